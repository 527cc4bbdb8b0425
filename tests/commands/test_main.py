"""The program as a whole: help is quick because nothing heavy is imported for it; bugs are ours."""

import subprocess
import sys
from pathlib import Path

import pytest

from cli import Shave
from shave.commands.failure import guarded
from shave.errors import CannotError

HEAVY = ("docker", "rich", "msgspec", "xxhash", "isal", "tomllib", "http.client", "shave.api", "shave.store")


def test_help_imports_nothing_heavy() -> None:
    code = f"""
import sys
from shave.commands import guarded, shave
guarded(lambda: shave.main(["--help"], standalone_mode=False))
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
    assert "slim" in done.stdout


@pytest.mark.parametrize("verb", ["slim", "verify", "why"])
def test_every_verb_has_help(shave: Shave, verb: str) -> None:
    done = shave(verb, "--help")
    assert (done.code, "Usage:" in done.out) == (0, True)


def test_version(shave: Shave) -> None:
    assert shave("--version").out.startswith("shave ")


def test_a_bug_is_ours(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ZeroDivisionError("of ours")

    assert guarded(broken) == 4
    said = capsys.readouterr().err
    assert "a bug in shave: ZeroDivisionError: of ours" in said
    trace = Path(said.partition("the trace is in ")[2].partition(";")[0])
    assert "in broken" in trace.read_text()
    trace.unlink()


def test_what_an_image_says_is_shown_not_obeyed(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> None:
        raise CannotError("it wrote:\n\x1b]0;mine\a", "\x1b[2J")

    assert guarded(refuse) == 3
    assert capsys.readouterr().err == "shave: it wrote:\n\\x1b]0;mine\\x07\nhint: \\x1b[2J\n"


def test_a_reader_that_went_away(tmp_path: Path) -> None:
    command = f"{sys.executable} -m shave slim --help | (exec <&-; sleep 1)"
    done = subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
