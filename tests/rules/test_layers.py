"""Rules about layers, beyond their pages: what peers get wrong, what images show, and that fixes do what they say."""

from pathlib import Path
from random import Random

import pytest

from dockerfiles import WRITTEN
from shave import recipe
from shave.catalog.explained import explain
from shave.dockerfile.edits import apply
from shave.dockerfile.parser import parse
from shave.dockerfile.parts import render
from shave.events import silent
from shave.lint import LintFinding
from shave.rules import RULES
from shave.rules.known import NOTHING, BuiltImage, Context, Known
from shave.testing import Member, Whiteout, image

OURS = tuple(rule for rule in RULES if "SHV201" <= rule.id <= "SHV211")
NOISE = Random(8).randbytes(200_000)


def found(text: str, known: Known = NOTHING) -> list[LintFinding]:
    read = recipe.read(text.encode())
    return [finding for rule in OURS for finding in rule.look(read, known)]


def told(text: str, known: Known = NOTHING) -> list[str]:
    """The rules that speak, in order, each with the text that it points at."""
    return [f"{each.rule} {text.encode()[each.start : each.end].decode()}" for each in found(text, known)]


def fixed(text: str, rule: str) -> str | None:
    edits = [edit for each in found(text) if each.rule == rule and each.fix for edit in each.fix.edits]
    return apply(text.encode(), edits).decode() if edits else None


def built(*layers: dict[str, Member]) -> Known:
    """An image of a base and of a layer for each RUN."""
    explained = explain(image(*layers), silent)
    return Known(BuiltImage(explained, {step: step for step in range(1, len(layers))}))


def test_a_deletion_behind_other_commands_is_seen_which_slim_overlooks() -> None:
    text = "FROM x\nRUN curl -o /opt/a.bin https://h/a\nRUN cd /opt && set -x; rm -f a.bin\n"
    assert told(text) == ["SHV201 rm -f a.bin"]


def test_two_runs_are_nothing_to_speak_of_which_hadolint_says_they_are() -> None:
    assert told("FROM x\nRUN make\nRUN make install\nRUN useradd app\n") == []


def test_what_is_deleted_and_written_again_in_one_run_is_no_deletion() -> None:
    assert told("FROM x\nRUN rm -rf /opt/x && git clone https://h/r /opt/x\n") == []


def test_an_archive_is_told_of_once() -> None:
    text = "FROM x\nCOPY a.zip /tmp/\nRUN unzip /tmp/a.zip -d /opt\nRUN rm /tmp/a.zip\n"
    assert told(text) == ["SHV210 COPY a.zip /tmp/"]


def test_a_part_of_what_is_copied_may_not_be_there() -> None:
    (finding,) = found("FROM x\nCOPY . /app\nRUN rm -rf /app/tests\n")
    assert finding.severity == "info"
    assert finding.about
    assert finding.about.globs == ("app/tests", "app/tests/**")


def test_line_ends_and_continuations_are_the_authors() -> None:
    text = "FROM x\r\nRUN wget -P /tmp https://h/a.deb \\\r\n && x\r\n# why\r\nRUN dpkg -i /tmp/a.deb\r\n"
    assert fixed(text, "SHV209") == (
        "FROM x\r\nRUN wget -P /tmp https://h/a.deb \\\r\n && x \\\r\n"
        "# why\r\n && dpkg -i /tmp/a.deb \\\r\n && rm -f /tmp/a.deb\r\n"
    )


OWNERS = [
    ("chown -R 1000:1000 /app", "--chown=1000:1000"),
    ("chown -R 1000 /app", "--chown=1000:0"),
    ("chown -R www-data:www-data /app", "--chown=www-data:www-data"),
    ("chgrp -R 1000 /app", "--chown=0:1000"),
    ("chmod -R 755 /app", "--chmod=755"),
    ("chown -R app: /app", None),
    ("chown -R $USER /app", None),
    ("chown -R 1000 /app /srv", None),
    ("chown -R 1000 /app/data", None),
    ("chmod -R g+w /app", None),
    ("useradd app && chown -R app /app", None),
    ("chown -R 1000 /app || true", None),
]


@pytest.mark.parametrize(("command", "flag"), OWNERS)
def test_owners_are_given_as_they_were(command: str, flag: str | None) -> None:
    expected = f"FROM x\nCOPY {flag} src /app\nCMD a\n" if flag else None
    assert fixed(f"FROM x\nCOPY src /app\nRUN {command}\nCMD a\n", "SHV202") == expected


@pytest.mark.parametrize("name", ["entrypoint", "run.sh", "crontab", "nginx.conf"])
def test_scripts_are_too_small_to_speak_of(name: str) -> None:
    assert told(f"FROM x\nCOPY {name} /etc/{name}\nRUN chmod 755 /etc/{name}\nRUN rm /etc/{name}\n") == []


LEFT = [
    'RUN d=$(mktemp -d) && wget -P "$d" https://h/x && rm -rf "$d"',
    'RUN set -e; d="$(mktemp -d)"; trap \'rm -rf "$d"\' EXIT; wget -P "$d" https://h/x',
    "RUN wget https://h/x.tgz && tar xf x.tgz && rm x.tgz",
    "RUN cd /tmp && wget https://h/x.tgz && tar xf x.tgz -C /opt && rm -rf /tmp/*",
    "RUN wget -P /srv/www https://h/x.tgz",
    "RUN curl https://h/x.tgz | tar xz -C /opt",
    "RUN curl -o /tmp/install.sh https://h/i.sh && sh /tmp/install.sh",
    "RUN wget -P /tmp https://h/x.dat\nCMD serve /tmp/x.dat",
    "RUN wget -P /tmp https://h/x.bin && mv /tmp/x.bin /opt",
    "RUN git clone https://h/r /usr/src/app && make -C /usr/src/app",
]


@pytest.mark.parametrize("text", LEFT)
def test_nothing_is_left(text: str) -> None:
    assert told(f"FROM x\n{text}\n") == []


def test_temporary_files_of_earlier_steps_make_a_deletion_of_all_unsafe() -> None:
    text = "FROM x\nCOPY a.dat /tmp/\nRUN curl https://h/x.tgz | tar xz -C /tmp && true\n"
    (finding,) = found(text)
    assert finding.fix
    assert not finding.fix.is_safe


def test_a_copy_that_a_later_step_names_too_is_not_mounted() -> None:
    text = "FROM x\nCOPY a.deb /opt/a.deb\nRUN dpkg -i /opt/a.deb\nRUN sha256sum /opt/a.deb\n"
    (finding,) = found(text)
    assert (finding.rule, finding.fix) == ("SHV208", None)


def test_what_a_program_deletes_is_read_from_the_layer() -> None:
    text = "FROM x\nRUN build\nRUN clean-up --all\n"
    known = built({"usr/x": b"1"}, {"opt/big": NOISE}, {"opt/big": Whiteout()})
    assert told(text, known) == ["SHV204 RUN clean-up --all"]
    known = built({"usr/x": b"1"}, {"opt/big": NOISE}, {"opt/b": NOISE}, {"opt/big": Whiteout(), "opt/b": Whiteout()})
    text = "FROM x\nRUN build\nRUN build b\nRUN clean-up --all\n"
    assert told(text, known) == ["SHV201 clean-up --all", "SHV204 RUN clean-up --all"]


def test_what_a_run_moves_is_not_told_a_second_time_as_deleted() -> None:
    text = "FROM x\nCOPY a.bin /opt/a.bin\nRUN mv /opt/a.bin /opt/b.bin\n"
    known = built({"usr/x": b"1"}, {"opt/a.bin": NOISE}, {"opt/a.bin": Whiteout(), "opt/b.bin": NOISE})
    assert told(text, known) == ["SHV203 mv /opt/a.bin /opt/b.bin"]


def test_what_the_base_brought_no_step_can_free() -> None:
    known = built({"opt/big": NOISE}, {"x": b"1"}, {"opt/big": Whiteout()})
    assert told("FROM x\nRUN build\nRUN clean-up --all\n", known) == []


def test_a_run_that_writes_over_files_of_the_one_before_is_read_from_the_layers() -> None:
    text = "FROM x\nRUN one\nRUN two\n"
    known = built({"usr/x": b"1"}, {"opt/big": NOISE}, {"opt/big": NOISE[1:]})
    (finding,) = found(text, known)
    assert (finding.rule, finding.fix and finding.fix.is_safe) == ("SHV204", True)


def test_caches_are_left_to_their_rules() -> None:
    known = built({"usr/x": b"1"}, {"root/.cache/pip/a": NOISE}, {"root/.cache/pip": Whiteout()})
    assert told("FROM x\nRUN one\nRUN two\n", known) == []


GIT = {".git/objects/pack/a.pack": 9_000_000, "main.py": 10}


def of_context(files: dict[str, int], ignore: str | None = None, copy: str = "COPY . /app") -> list[LintFinding]:
    return found(f"FROM x\n{copy}\n", Known(context=Context(Path(), files, ignore)))


def test_the_bytes_of_a_context_are_those_that_no_line_leaves_out() -> None:
    files = {**GIT, "venv/pyvenv.cfg": 10, "venv/lib/x.so": 2_000_000, "a/__pycache__/b.pyc": 300_000}
    (finding,) = of_context(files, "# comment\n**/__pycache__\n")
    assert finding.amount
    assert finding.amount.unpacked_bytes == 11_000_010
    assert finding.advice == "add to .dockerignore: **/.git, venv"


@pytest.mark.parametrize("ignore", [".git", "*\n!main.py", "**/*.pack"])
def test_a_context_with_an_ignore_file_is_clean(ignore: str) -> None:
    assert of_context(GIT, ignore) == []


@pytest.mark.parametrize(
    "copy", ["COPY main.py /app/", "COPY --exclude=.git . /app", "COPY --from=0 . /app", "ADD https://h/x /", "COPY"]
)
def test_a_copy_of_something_else_takes_no_repository(copy: str) -> None:
    assert [each for each in of_context(GIT, copy=copy) if each.rule == "SHV207"] == []


def test_large_files_are_asked_for_unless_a_copy_names_them() -> None:
    files = {"data/dump.sql": 50_000_000, "model.bin": 90_000_000}
    assert [each.severity for each in of_context(files)] == ["info"]
    assert of_context(files, copy="COPY data/dump.sql /") == []


@pytest.mark.parametrize("name", ["a b.tgz", "a;b.tgz", "a'$(b)'.tgz", "a\udcff.tgz", "-a.tgz"])
def test_names_that_a_shell_would_read_are_in_no_fix(name: str) -> None:
    quoted = name.replace("'", "'\\''")
    text = f"FROM x\nRUN curl -o '/tmp/{quoted}' https://h/a\nRUN tar xf '/tmp/{quoted}'\n".encode(
        "utf-8", "surrogateescape"
    )
    for rule in OURS:
        for finding in rule.look(recipe.read(text), NOTHING):
            assert not finding.fix or name == "-a.tgz"


@pytest.mark.parametrize("text", WRITTEN)
def test_any_text_is_looked_at_and_its_fixes_parse(text: str) -> None:
    for finding in found(text):
        assert 0 <= finding.start <= finding.end <= len(text.encode())
        if finding.fix:
            after = apply(text.encode(), finding.fix.edits)
            assert render(parse(after)) == after
