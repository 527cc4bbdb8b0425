"""What COPY carries out of other stages is told of: where it lies in what is taken, and nobody takes it away again."""

from pathlib import Path

import pytest

from shave.events import silent
from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.carried import carried, carriers
from shave.rules.known import NOTHING, Known
from shave.testing import File, image
from shave.verbs.lint import found as all_found
from shave.verbs.lint_image import built
from shave.verbs.lint_price import priced

RULE = {rule.id: rule for rule in RULES}


def found(rule: str, text: str, known: Known = NOTHING) -> list[LintFinding]:
    return list(RULE[rule].look(read(text.encode()), known))


NODE = "FROM node:20 AS build\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n{}FROM node:20-slim\n"


@pytest.mark.parametrize(
    ("stage", "copy", "is_told"),
    [
        ("", "COPY --from=build /app /app", True),
        ("", "COPY --from=0 /app/ .", True),
        ("", "COPY --from=build app .", True),
        ("", "COPY --from=build /app/* /app/", True),
        ("", "COPY --from=build /app/package.json /app/node_modules /app/", True),
        ("", "ARG D=/app\nCOPY --from=build $D /app", True),
        ("", "COPY --from=build / /", True),
        ("", "COPY --from=build /app/dist /app", False),
        ("", "COPY --from=build /app/*.json /app/", False),
        ("", "COPY --from=build /app/node_modules/x /app/", False),
        ("", "COPY --from=node:20 /app /app", False),
        ("RUN npm prune --omit=dev\n", "COPY --from=build /app /app", False),
        ("RUN npm ci --omit=dev\n", "COPY --from=build /app /app", False),
        ("RUN rm -rf node_modules\n", "COPY --from=build /app /app", False),
        ("RUN rm -rf node_modules/x\n", "COPY --from=build /app /app", True),
        ("RUN rm -rf /app/node_modules && npm ci --production\n", "COPY --from=build /app /app", False),
        ("", 'COPY --from=build /app /app\nCMD ["npm", "run", "dev"]', False),
    ],
)
def test_packages_for_development(stage: str, copy: str, is_told: bool) -> None:
    assert bool(found("SHV123", f"{NODE.format(stage)}{copy}\n")) == is_told


@pytest.mark.parametrize(
    ("rule", "stage", "copy", "is_told"),
    [
        ("SHV123", "FROM node\nRUN cd /srv && npm --prefix web ci\n", "/srv/web", True),
        ("SHV123", "FROM node\nRUN cd /srv && npm --prefix web ci\n", "/srv/api", False),
        ("SHV125", "FROM ruby\nRUN bundle install\n", "/usr/local/bundle/", True),
        ("SHV125", "FROM ruby\nRUN bundle install\nRUN rm -rf /usr/local/bundle/cache\n", "/usr/local/bundle/", False),
        ("SHV126", "FROM composer\nWORKDIR /app\nRUN composer install\n", "/app/vendor", True),
        ("SHV126", "FROM composer\nWORKDIR /app\nRUN composer install -d api\n", "/app/vendor", False),
        ("SHV126", "FROM composer\nWORKDIR /a\nRUN composer install\nRUN composer install --no-dev\n", "/a", False),
        ("SHV128", "FROM python\nRUN /venv/bin/pip install sympy\n", "/venv", True),
        (
            "SHV128",
            "FROM python\nRUN /venv/bin/pip install sympy\nRUN find / -name '*.pyc' -delete\n",
            "/venv",
            False,
        ),
        ("SHV128", "FROM python\nENV PATH=/venv/bin:$PATH\nRUN pip install sympy\n", "/venv", True),
        ("SHV128", "FROM python\nRUN . /venv/bin/activate && pip install sympy\n", "/venv", True),
        ("SHV128", "FROM python\nRUN pip install sympy\n", "/venv", False),
        ("SHV128", "FROM python\nRUN pip install --user sympy\n", "/root/.local", True),
        ("SHV129", "FROM python\nRUN pip install --target /deps pandas\n", "/deps", True),
        ("SHV129", "FROM python\nRUN pip install --prefix=/install pandas\n", "/install", True),
        ("SHV129", "FROM python\nRUN pip install pandas\n", "/usr/local/lib/python3.13/site-packages", True),
        ("SHV129", "FROM python\nRUN pip install pandas\n", "/usr/local/bin", False),
        ("SHV214", "FROM debian\nWORKDIR /src\nRUN git clone https://x/y.git\n", "/src/y", True),
        ("SHV214", "FROM debian\nWORKDIR /src\nRUN git clone https://x/y.git\nRUN rm -rf y/.git\n", "/src/y", False),
        ("SHV214", "FROM debian\nRUN git clone https://x/y.git /y\n", "/y/bin", False),
    ],
)
def test_contents(rule: str, stage: str, copy: str, is_told: bool) -> None:
    assert bool(found(rule, f"{stage}FROM debian:12\nCOPY --from=0 {copy} /x/\n")) == is_told


def test_stages_are_followed_to_where_files_come_from() -> None:
    text = (
        "FROM node AS base\nWORKDIR /a\nRUN npm ci\nFROM base AS build\nRUN true\n"
        "FROM debian AS pack\nCOPY --from=build /a /b\nFROM debian\nCOPY --from=pack /b/node_modules /c\n"
    )
    recipe = read(text.encode())
    assert [(each.recipe.target, dict(each.places)) for each in carried(recipe)] == [
        (2, {"/b/node_modules": (8,)}),
        (1, {"/a/node_modules": (8,)}),
    ]
    assert carriers(recipe) == {3: (), 2: (8,), 1: (8,), 0: (8,)}
    assert [(finding.step, finding.text.partition(", ")[2]) for finding in found("SHV123", text)] == [
        (2, "which line 9 copies into the image")
    ]


def test_a_stage_that_starts_from_itself_or_copies_from_later_ones_ends() -> None:
    assert carried(read(b"FROM a AS x\nCOPY --from=x / /\nCOPY --from=y / /\nCOPY --from=1 / /\nFROM b AS y\n")) == ()


def test_a_stage_that_is_copied_whole_is_told_once() -> None:
    text = b"FROM debian:13-slim AS x\nRUN git clone https://x/y /y\nFROM scratch\nCOPY --from=x / /\n"
    assert [finding.rule for finding in all_found(read(text))] == ["SHV214"]


def test_its_bytes_are_those_of_the_copy(tmp_path: Path) -> None:
    recipe = read(b"FROM debian AS x\nRUN git clone https://x/y /y\nFROM debian\nCOPY --from=x /y /z\n")
    files = {"z/.git/pack": File(bytes(range(256)) * 4000), "z/a.py": File(b"1" * 7)}
    made = image({"bin/sh": b"x"}, files, history=({"created_by": "base"}, {"created_by": "COPY /y /z # buildkit"}))
    known = Known(built(recipe, made, tmp_path, silent))
    (finding,) = (each for each in priced(all_found(recipe, known), recipe, known) if each.rule == "SHV214")
    assert finding.amount and (finding.amount.measured, finding.amount.unpacked_bytes) == (True, 1024000)
