"""Owners and modes that COPY is told instead of RUN: whatever goes together, all files end as they did."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave.dockerfile.edits import apply
from shave.recipe import Recipe, Step, read
from shave.rules.known import NOTHING, Context, Known
from shave.rules.later_owner import look
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import fix, is_any

COPIES = "FROM debian:13-slim\nCOPY a.bin /a\nCOPY b.bin /b\n"
COMMANDS = st.builds(
    "{} {}".format,
    st.sampled_from(["chown 1000:1000", "chown 33:33", "chown 7", "chgrp 9", "chmod 755", "chmod 640", "chmod +x"]),
    st.sampled_from(["/a", "/b", "/a /b"]),
)
JOINTS = st.sampled_from([" && ", "; ", " && \\\n  # why\n  ", "\nRUN ", "\nRUN echo x && "])
RUNS = st.builds(
    lambda first, rest: f"RUN {first}{''.join(rest)}\n",
    COMMANDS,
    st.lists(st.builds("{}{}".format, JOINTS, COMMANDS), max_size=4),
)
SCRIPTS = st.builds("RUN <<E\n{}\nE\n".format, st.lists(COMMANDS, min_size=1, max_size=5).map("\n# and\n".join))


def final(recipe: Recipe) -> dict[str, tuple[str, str, int]]:
    """Owner, group and mode of each file that is copied, when all steps have run."""
    found: dict[str, tuple[str, str, int]] = {}
    for step in recipe.steps:
        if step.keyword == "COPY":
            found[step.instruction.arguments[-1].value] = _copied(step)
        for call in step.calls:
            if call.tool in ("chown", "chgrp", "chmod"):
                wanted, *paths = (word or "" for word in call.operands)
                found |= {path: _granted(found[path], call.tool, wanted) for path in paths}
    return found


def _copied(step: Step) -> tuple[str, str, int]:
    flags = {flag.name: flag.value or "" for flag in step.instruction.flags}
    assert len(flags) == len(step.instruction.flags)
    owner, _, group = flags.get("chown", "0:0").partition(":")
    return owner, group or owner, int(flags.get("chmod", "644"), 8)


def _granted(was: tuple[str, str, int], tool: str, wanted: str) -> tuple[str, str, int]:
    owner, group, mode = was
    if tool == "chmod":
        return owner, group, mode | 0o111 if wanted == "+x" else int(wanted, 8)
    if tool == "chgrp":
        return owner, wanted, mode
    name, _, other = wanted.partition(":")
    return name, other or group, mode


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(RUNS, SCRIPTS), min_size=1, max_size=3).map("".join))
def test_all_files_end_as_they_did(runs: str) -> None:
    text = f"{COPIES}{runs}CMD true\n".encode()
    made = fix(text, NOTHING, is_any, Chosen(("SHV202",)))
    after = read(made.text)
    assert final(after) == final(read(text))
    assert not after.file.problems
    assert all(step.calls for step in after.steps if step.keyword == "RUN")
    texts = [*(each.text for each in made.rounds), made.text]
    for each, then in zip(made.rounds, texts[1:], strict=True):
        assert apply(each.text, [edit for found in each.applied if found.fix for edit in found.fix.edits]) == then


def test_flags_of_one_name_are_given_once() -> None:
    text = f"{COPIES}RUN chown 1000:1000 /a\nRUN chown 33:33 /a && chmod 755 /a\n"
    made = fix(text.encode(), NOTHING, is_any, Chosen(("SHV202",))).text.decode()
    assert "COPY --chmod=755 --chown=1000:1000 a.bin /a\n" in made
    assert made.endswith("RUN chown 33:33 /a\n")


@pytest.mark.parametrize("command", ["chmod 777 /srv/storage", "chmod 700 /srv/storage", "chown 33 /srv/storage"])
def test_a_directory_that_is_granted_alone_has_no_files_written_again(command: str) -> None:
    text = f"FROM debian:13-slim\nCOPY storage /srv/storage\nRUN {command}\n"
    assert not list(look(read(text.encode()), NOTHING))


@pytest.mark.parametrize("text", ["COPY app/ /srv/app/\nRUN chmod 755 /srv/app", "COPY app /a\nRUN chmod -R 755 /a"])
def test_nothing_more_is_said_of_what_the_fix_made_of_it(text: str) -> None:
    made = fix(f"FROM node:22\nWORKDIR /a\n{text}\n".encode(), NOTHING, is_any, Chosen(("SHV202",))).text
    assert b"RUN chmod 755 /" in made
    assert not list(look(read(made), NOTHING))


def test_a_copy_that_has_modes_is_not_told_to_set_modes() -> None:
    text = b"FROM node:22\nCOPY --chmod=644 app/ /srv/app/\nRUN chmod -R 755 /srv/app\n"
    (finding,) = look(read(text), NOTHING)
    assert finding.advice == "leave chmod to what this RUN makes: the COPY sets a mode"


def test_no_owner_of_copy_is_surely_that_of_chown() -> None:
    """COPY gives it to new directories, too, and to none in the file's place; chown may have been told less."""
    known = Known(context=Context(Path(), {"app.bin": 1}))
    for run in ("chown 1000:1000 /new/deep/app.bin", "chown --from=5:5 1000:1000 /new/deep/app.bin"):
        text = f"FROM debian\nCOPY app.bin /new/deep/app.bin\nRUN {run}\n"
        (finding,) = look(read(text.encode()), known)
        assert finding.fix is None or not finding.fix.is_safe
