"""What is set for a call: by variables and files that it sees, and by no text that only looks like it."""

import pytest

from shave.lint import LintFinding
from shave.recipe import read
from shave.rules import RULES
from shave.rules.known import NOTHING
from shave.rules.settings import said

RULE = {rule.id: rule for rule in RULES}


def found(rule: str, text: str) -> list[LintFinding]:
    return list(RULE[rule].look(read(text.encode()), NOTHING))


APT = "apt-get install -y {}vim && rm -rf /var/lib/apt/lists/*"
TWICE = (
    ("SHV102", f"apt-get update && {APT}", "--no-install-recommends "),
    ("SHV105", "aptitude update && aptitude install -y {}vim && rm -rf /var/lib/apt/lists/*", "--without-recommends "),
    ("SHV115", "dnf install -y {}vim && dnf clean all", "--setopt=install_weak_deps=False "),
    ("SHV120", "pip install {}flask", "--no-cache-dir "),
    ("SHV121", "pipx install {}ruff", "--pip-args=--no-cache-dir "),
)


@pytest.mark.parametrize(("rule", "command", "option"), TWICE)
def test_an_option_of_one_call_is_none_of_those_behind_it(rule: str, command: str, option: str) -> None:
    text = f"FROM debian:12\nRUN {command.format(option)}\nRUN {command.format('')}\n"
    assert [finding.step for finding in found(rule, text)][-1:] == [2]


@pytest.mark.parametrize(("rule", "command", "option"), TWICE)
@pytest.mark.parametrize("comment", ["# {}\nRUN ", "RUN true && \\\n    # {}\n    ", "RUN echo {} && "])
def test_what_nobody_reads_sets_nothing(rule: str, command: str, option: str, comment: str) -> None:
    text = f"FROM debian:12\n{comment.format(option)}{command.format('')}\n"
    assert found(rule, text)


def test_of_two_calls_in_a_run_one_is_told() -> None:
    assert found("SHV120", "FROM x\nRUN pip install --no-cache-dir a && pip install b\n")
    assert found("SHV115", "FROM fedora\nRUN dnf install -y --setopt=install_weak_deps=0 a && dnf install -y b\n")


@pytest.mark.parametrize("word", ["# nodocs would be good\n", "RUN dnf install -y --setopt=tsflags=nodocs less\n"])
def test_documentation_is_not_gone_by_a_word_above(word: str) -> None:
    assert found("SHV221", f"FROM debian:12\n{word}RUN apt-get update && apt-get install -y git\n")


WRITES = (
    "RUN echo '{}' >/etc/conf",
    "RUN printf '[main]\\n{}\\n' | tee -a /etc/conf",
    "RUN { echo '[main]'; echo '{}'; } >/etc/conf",
    "RUN sed -i 's/^x=.*/{}/' /etc/conf",
    "RUN cat >/etc/conf <<EOF\n{}\nEOF",
    "RUN <<EOF\ncat >/etc/conf <<E2\n{}\nE2\nEOF",
    "COPY <<EOF /etc/conf\n{}\nEOF",
    "RUN sh -c \"echo '{}' >/etc/conf\"",
)
SETTINGS = (
    ("SHV102", 'APT::Install-Recommends "false";', "apt-get install -y vim"),
    ("SHV105", "APT::Install-Recommends=0;", "aptitude install -y vim"),
    ("SHV115", "install_weak_deps=False", "dnf install -y vim"),
    ("SHV115", "solver.onlyRequires = true", "zypper install -y vim"),
    ("SHV120", "no-cache-dir = true", "pip install flask"),
    ("SHV221", "path-exclude /usr/share/doc/*", "apt-get install -y git"),
)


@pytest.mark.parametrize(("rule", "setting", "command"), SETTINGS)
@pytest.mark.parametrize("write", WRITES)
def test_what_is_written_to_a_file_holds_behind_it(rule: str, setting: str, command: str, write: str) -> None:
    before = f"FROM debian:12\n{write.replace('{}', setting)}\n" if "{}" in write else write
    assert not found(rule, f"{before}RUN {command}\n")
    assert not found(rule, f"{before.replace('debian:12', 'debian:12 AS base')}FROM base\nRUN {command}\n")
    assert found(rule, f"{before}FROM debian:12\nRUN {command}\n")


def test_a_file_that_is_written_later_comes_too_late() -> None:
    write = "RUN echo no-cache-dir=1 >>/etc/pip.conf\n"
    assert found("SHV120", f"FROM x\nRUN pip install a\n{write}")
    assert not found("SHV120", f"FROM x\n{write}RUN pip install a\n")
    assert not found("SHV120", f"FROM x\n{write.strip()} && pip install a\n")
    assert found("SHV120", f"FROM x\nRUN pip install a && {write.removeprefix('RUN ')}")


@pytest.mark.parametrize(
    ("script", "value"),
    [
        ("X=1 tool", "1"),
        ("X='a b' tool", ""),
        ("X=$(date) tool", ""),
        ("env -i X=1 tool", "1"),
        ("sudo X=1 tool", "1"),
        ("sudo -E env X=1 tool", "1"),
        ("export X=1 && tool", "1"),
        ("declare -x X=1; tool", "1"),
        ("X=1; export X; tool", "1"),
        ("set -a; X=1; tool", "1"),
        ("export X=0; X=1 tool", "1"),
        ("(export X=1; tool)", "1"),
        ("if true; then export X=1; fi; tool", "1"),
        ("sh -c 'X=1 tool'", "1"),
        ('export X=1; bash -lc "tool"', "1"),
        ("export X=1; export Y=$(tool)", "1"),
        # of other commands
        ("tool && X=1 other", None),
        ("X=1 other && tool", None),
        ("tool && export X=1", None),
        ("echo X=1 >.env && tool", None),
        ("tool X=1", None),
        ("X=1; tool", None),
        ("(export X=1) && tool", None),
        ("Y=$(export X=1; other) tool", None),
        ("export YX=1; tool", None),
        ("sh -c 'X=1 other' && tool", None),
    ],
)
def test_a_variable_is_that_of_its_command(script: str, value: str | None) -> None:
    recipe = read(f"FROM x\nRUN {script}\n".encode())
    step = recipe.steps[1]
    (call,) = (each for each in step.calls if each.tool == "tool")
    assert said(recipe, step, call, "X") == value


@pytest.mark.parametrize(
    ("above", "script", "value"),
    [
        ("ENV X=1", "tool", "1"),
        ("ENV X=1", "X=2; tool", "2"),
        ("ARG X", "tool", ""),
        ("ENV X=1", '["tool"]', "1"),
        ("", '["env", "X=1", "tool"]', "1"),
        ("", "<<EOF\nexport X=1\ntool\nEOF", "1"),
        ("", "<<EOF\ntool\nexport X=1\nEOF", None),
        # which no shell would read
        ("", "if X=1 tool", "1"),
    ],
)
def test_the_environment_is_that_of_the_stage(above: str, script: str, value: str | None) -> None:
    recipe = read(f"FROM x\n{above}\nRUN {script}\n".encode())
    step = recipe.steps[-1]
    call = next(each for each in step.calls if each.tool == "tool")
    assert said(recipe, step, call, "X") == value


def test_an_argument_without_a_value_is_not_known() -> None:
    recipe = read(b"ARG X\nFROM x\nRUN tool\n")
    assert said(recipe, recipe.steps[-1], recipe.steps[-1].calls[0], "X") == ""


@pytest.mark.parametrize(
    ("rule", "script"),
    [
        ("SHV123", "npm ci && NODE_ENV=production npm run build"),
        ("SHV123", "npm ci && echo NODE_ENV=production >.env"),
        ("SHV120", "PIP_NO_CACHE_DIR=1 pip install uv && pip install b"),
        ("SHV126", "COMPOSER_NO_DEV=1 composer update x/y && composer install"),
    ],
)
def test_variables_of_other_commands_silence_nothing(rule: str, script: str) -> None:
    assert found(rule, f"FROM x\nRUN {script}\n")


@pytest.mark.parametrize(
    ("above", "before", "is_told"),
    [
        ("ENV CGO_ENABLED=1", "", True),
        ("", "CGO_ENABLED=1 ", True),
        ("# CGO_ENABLED=1 does not work", "", False),
        ("RUN CGO_ENABLED=1 go test ./...", "", False),
        ("ENV CGO_ENABLED=1", "CGO_ENABLED=0 ", False),
    ],
)
def test_a_program_is_linked_as_its_own_call_says(above: str, before: str, is_told: bool) -> None:
    stage = f"FROM golang:1.22 AS build\n{above}\nRUN {before}go build -o /app .\n"
    assert bool(found("SHV218", f'{stage}FROM scratch\nCOPY --from=build /app /app\nCMD ["/app"]\n')) == is_told
