"""Safe fixes change neither what a RUN does nor whether it is well: both texts are run by real shells, and compared.

The programs are stand-ins that write down how they were called; a few fail, and clean-ups fail where their tool has
not worked before, as it may not be there at all.
"""

import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from shave.recipe import read
from shave.rules.known import NOTHING
from shave.verbs.lint_chosen import EVERY
from shave.verbs.lint_fix import fix, is_safe

STAND_IN = """#!/bin/sh
echo "${0##*/} $*" >>"$SCRATCH/calls"
case " $* " in *" clean "*)
  while read -r tool; do [ "$tool" = "$0" ] && exit 0; done <"$SCRATCH/worked"
  exit 127
esac
for word; do case " $FAILING " in *" $word "*) exit 3; esac; done
echo "$0" >>"$SCRATCH/worked"
"""
TOOLS = ("apt-get", "apk", "yum", "npm", "pip", "go", "curl", "tar", "rm", "check")
ELSEWHERE = "conda"
"""What is not in PATH."""
ADDED = frozenset({"--no-install-recommends", "--no-cache-dir", "--no-cache"})
"""What fixes give to a call."""
COMMANDS = (
    "apt-get install -y {}",
    "apt-get update && apt-get install -y {}",
    "yum install -y {}",
    "npm ci {}",
    "pip install {}",
    "apk add {}",
    "go build {}",
    "./more/conda install -y {}",
    "PATH=$PWD/more:$PATH conda install {}",
    "(PATH=$PWD/more:$PATH; conda install a && conda install {})",
    "check {}",
    "check {} >/dev/null 2>&1",
    "check {} | check",
    "[ -f {} ]",
    "! check {}",
    "curl -fsSLo /opt/{}.tgz https://example.com/a.tgz",
    "tar -xzf /opt/{}.tgz -C /opt",
    "rm -f /opt/{}.tgz",
    "apt-get update",
    "exec check {}",
    "exit 0",
    "cd .",
    "read each <calls",
    "X=1 npm ci {}",
    "timeout 5 npm ci {}",
    "bash -c 'npm ci {}'",
    'sh -c "set -e; npm ci {}; check 5"',
    "trap 'check {}' EXIT",
    "npm ci '{} größe \\\n b'",
    "yum install -y {} || yum install -y {}",
    "exec >log",
    "set -f",
    "npm ci {} \\\n    # why\n\n\t--x",
    "true",
    "false",
)
WHOLE = (
    "{0}",
    "{0} && {1}",
    "{0} || {1}",
    "{0}; {1}",
    "{0} && {1} && {2}",
    "{0} && {1}; {2}",
    "{0}; {1} && {2}",
    "{0}; {1} || {2}",
    "{0} || {1} && {2}",
    "if {0}; then {1}; fi",
    "if {0}; then {1}; else {2}; fi",
    "if {0}; then {1}; {2}; fi",
    "for each in a b; do {0}; {1}; done",
    "case a in a) {0};; *) {1};; esac",
    "({0}; {1})",
    "({0} && {1}) || {2}",
    "{{ {0}; {1}; }} && {2}",
    "{{ {0}; {1}; }}",
    "work() {{ {0}; {1}; }}; work",
    "{0}; {1} & wait",
    "! {{ {0}; {1}; }}",
    "until {0}; do {1}; break; done",
    "if ! {0}; then {1}; elif {2}; then {1}; fi",
    "work() ( {0}; {1} ); work && {2}",
    "{0}; \\\n    {1}; \\\n    # why\n    {2}",
    "{0}\n{1}\n",
    "{0}\nif {1}\nthen {2}\nfi",
    "set -o errexit; {0}; {1}",
)
HEADS = ("", "", "set -e; ", "set -eux; ", "set -e; set +e; ", "if check; then set -e; fi; ", "(set -e; check 1); ")
TAILS = ("", "", "", " # why", ";", "; # why", " || true", "; set +e; check 2", " && check 2")
FAILING = ("", "3", "4 1", "5 2", "update")
"""Words at which calls fail: the numbers in commands, and others."""
SHELLS = ("", "", "", 'SHELL ["/bin/bash", "-ec"]\n', 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]\n')


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """What a RUN may do, with a number in each of its commands."""
    pieces = [draw(st.sampled_from(COMMANDS)).format(*[draw(st.integers(3, 5))] * 2) for _ in range(3)]
    inner = draw(st.sampled_from(WHOLE)).format(*pieces)
    whole = draw(st.sampled_from(WHOLE)).format(inner, *pieces[1:])
    return draw(st.sampled_from(HEADS)) + whole + draw(st.sampled_from(TAILS))


@st.composite
def dockerfiles(draw: st.DrawFn) -> str:
    """A few RUNs that tools leave something in."""
    runs = draw(st.lists(bodies(), min_size=1, max_size=3))
    return f"FROM debian:12\n{draw(st.sampled_from(SHELLS))}" + "".join(map(instruction, runs))


def instruction(body: str) -> str:
    """A RUN of one line or of continued ones, or with a here-document."""
    lines = [line for line in body.split("\n") if line.strip() and not line.lstrip().startswith("#")]
    is_continued = all(line.endswith("\\") for line in lines[:-1])
    return f"RUN {body}\n" if is_continued else f"RUN <<EOF\n{body}\nEOF\n"


def is_read(text: bytes) -> bool:
    """Whether the shells read what they are given."""
    return all(
        subprocess.run([*step.scope.shell(step.start)[:1], "-n"], input=shell.text.text, capture_output=True).returncode
        == 0
        for step in read(text).steps
        if step.keyword == "RUN" and (shell := step.shell)
    )


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the programs."""
    directory = tmp_path_factory.mktemp("scratch")
    for tool in (*(f"bin/{each}" for each in TOOLS), f"more/{ELSEWHERE}"):
        (directory / tool).parent.mkdir(exist_ok=True)
        (directory / tool).write_text(STAND_IN)
        (directory / tool).chmod(0o755)
    for shell in ("sh", "bash"):
        (directory / "bin" / shell).symlink_to(f"/bin/{shell}")
    return directory


def run(text: bytes, failing: str, scratch: Path) -> tuple[int, Counter[str]]:
    """The status of the first RUN that fails, and what was called."""
    for each in ("calls", "worked"):
        (scratch / each).write_bytes(b"")
    world = {"PATH": f"{scratch}/bin", "SCRATCH": str(scratch), "FAILING": failing, "HOME": str(scratch)}
    status = 0
    for step in read(text).steps:
        if step.keyword == "RUN" and step.shell and not status:
            words = [*step.scope.shell(step.start), os.fsdecode(step.shell.text.text)]
            status = subprocess.run(words, cwd=scratch, env=world, capture_output=True, check=False).returncode
    return status, Counter(called((scratch / "calls").read_text().splitlines()))


def called(lines: Iterable[str]) -> Iterable[str]:
    """Calls without what fixes add."""
    for line in lines:
        words = line.split()
        if "clean" not in words and words[0] != "rm":
            yield " ".join(word for word in words if word not in ADDED)


def differing(text: str, scratch: Path) -> str:
    """What a fixed Dockerfile does otherwise, "" for nothing."""
    before = text.encode()
    after = fix(before, NOTHING, is_safe, EVERY).text
    if after == before:
        return ""
    if is_read(before) and not is_read(after):
        return f"not read:\n{after.decode()}"
    for failing in FAILING:
        if (old := run(before, failing, scratch)) != (new := run(after, failing, scratch)):
            return f"{failing!r} fails: {old} is now {new}\n{after.decode()}"
    return ""


FUNCTION = "if check; then set -e; fi; work() { apt-get update; apt-get install -y 3; }; work"
BRANCHES = "set -e; if apt-get install -y 3; then apt-get update && apt-get install -y 3; else yum install -y 3; fi"


@settings(max_examples=30, derandomize=True)
@example(f"FROM debian:12\nRUN {BRANCHES}\n")
@example(f"FROM debian:12\nRUN apt-get install -y 3\nRUN {FUNCTION}\n")
@given(dockerfiles())
def test_runs_do_what_they_did(scratch: Path, text: str) -> None:
    # lists that nobody installs from are no longer fetched, and that is another call
    assume(text.rfind("apt-get install") >= text.rfind("apt-get update"))
    assert differing(text, scratch) == ""
