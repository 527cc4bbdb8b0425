"""A stage that is copied whole onto nothing ships its files, not its layers: which rules speak about it, and when."""

from pathlib import Path

import pytest

from shave.events import silent
from shave.recipe import read
from shave.rules.known import Context, Known
from shave.testing import File, Member, image
from shave.verbs.lint import found
from shave.verbs.lint_context import proposed
from shave.verbs.lint_fix import fix, is_safe
from shave.verbs.lint_image import built
from shave.verbs.lint_price import priced

HISTORY = ({"created_by": "COPY / / # buildkit"}, {"created_by": 'CMD ["app"]', "empty_layer": True})
INSTALL = "RUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"


def dockerfile(stage: str, copy: str = "COPY --from=x / /") -> bytes:
    return f'FROM debian:13-slim AS x\n{stage}FROM scratch\n{copy}\nCMD ["app"]\n'.encode()


def rules(stage: str, copy: str = "COPY --from=x / /") -> list[str]:
    return [each.rule for each in found(read(dockerfile(stage, copy)))]


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (INSTALL, ["SHV101"]),
        ("RUN pip install flask\n", ["SHV120"]),
        ("RUN apt-get update && apt-get install -y libpq5 && apt-get dist-clean\n", ["SHV102"]),
        ("RUN git clone https://x/y /y\n", ["SHV214"]),
        # gone at the end of the stage
        (f"{INSTALL}RUN rm -rf /var/lib/apt/lists/*\n", []),
        (f"{INSTALL}RUN apt-get dist-clean\n", []),
        ("RUN pip install flask\nRUN pip cache purge\n", []),
        ("RUN pip install flask\nRUN rm -rf /root/.cache\n", []),
        # only layers have these
        ("RUN head -c 9999999 /dev/zero >/x\nRUN rm /x\n", []),
        ("COPY app /app\nRUN chown -R 7:7 /app\n", []),
        ("RUN curl -o /tmp/a https://x/a\nRUN mv /tmp/a /usr/bin/a\n", []),
        ("RUN apt-get update && apt-get upgrade -y && apt-get dist-clean\n", []),
    ],
)
def test_files_ship_and_layers_do_not(stage: str, expected: list[str]) -> None:
    assert rules(stage) == expected


@pytest.mark.parametrize("copy", ["COPY --from=x /app /app", "COPY --from=x / /srv/", "COPY app /"])
def test_of_a_part_nothing_is_known(copy: str) -> None:
    assert rules(INSTALL, copy) == []


def test_stages_below_are_read_too() -> None:
    text = f"FROM debian:13-slim AS base\n{INSTALL}FROM base AS x\nRUN true\nFROM scratch\nCOPY --from=x / /\n"
    assert [each.rule for each in found(read(text.encode()))] == ["SHV101"]


def test_the_fix_is_in_the_stage() -> None:
    made = fix(dockerfile(INSTALL), Known(), is_safe)
    assert made.text == dockerfile(INSTALL.replace("libpq5", "libpq5 && rm -rf /var/lib/apt/lists/*"))


def test_its_bytes_are_those_of_the_copy(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4000
    files: dict[str, Member] = {"bin/sh": b"x", "var/lib/apt/lists/one": File(noise)}
    for there, layer in ((len(noise), files), (None, {"bin/sh": b"x"})):
        recipe = read(dockerfile(INSTALL))
        made = image(layer, history=HISTORY)
        known = Known(built(recipe, made, tmp_path, silent))
        amounts = [each.amount for each in priced(found(recipe, known), recipe, known)]
        assert [each and (each.measured, each.unpacked_bytes) for each in amounts] == ([(True, there)] if there else [])


def test_its_copies_are_of_the_context() -> None:
    context = Context(Path("/nowhere"), {".git/pack": 1 << 20, "app.py": 9})
    recipe = read(dockerfile("COPY . /app\n"))
    assert [each.rule for each in found(recipe, Known(context=context))] == ["SHV207"]
    ignored = proposed(recipe, context)
    assert ignored
    assert ignored.files == 1
