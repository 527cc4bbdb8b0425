"""Programs of others: what they print, how they fail, and that none is left running."""

from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.program import answer, output


def test_what_it_prints() -> None:
    assert answer(("printf", "%s", "caf\udce9"), "") == "caf\N{REPLACEMENT CHARACTER}"
    with output(("head", "-c", "3000000", "/dev/zero"), "") as stream:
        assert stream.read() == bytes(3_000_000)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo warning >&2; echo Error: no such image >&2; exit 125", "sh failed: no such image"),
        ("exit 3", "sh failed: it ended with status 3"),
        ("kill -9 $$", "sh failed: it ended with status -9"),
        ("yes | head -c 200000 >&2; echo last >&2; exit 1", "sh failed: last"),
    ],
)
def test_its_failure_is_told_in_its_own_words(script: str, words: str) -> None:
    with pytest.raises(CannotError) as caught:
        answer(("sh", "-c", f"printf half; {script}"), "try again")
    assert (str(caught.value), caught.value.hint) == (words, "try again")


def test_a_program_that_is_missing() -> None:
    with pytest.raises(CannotError, match="no-such-program cannot be started: No such file") as caught:
        answer(("no-such-program",), "install it")
    assert caught.value.hint == "install it"


def test_whoever_stops_reading_ends_it(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    stream = output(("sh", "-c", f"echo $$ > {tmp_path}/pid; exec yes"), "")
    assert stream.read(2) == b"y\n"
    stream.close()
    stream.close()
    assert not Path("/proc", (tmp_path / "pid").read_text().strip()).exists()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
