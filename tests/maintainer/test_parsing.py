"""Words of several variables, beside dash."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shave.maintainer.answers import ImageAnswers
from shave.maintainer.parsing import parsed
from shave.maintainer.script import followed
from shave.shell import MAX_PARSED_BYTES
from stages import staged

PIECE = st.sampled_from(["$a", "$bc", "${a}", "$1", "/", "-", ".", "x", '"$a"', "'$a'"])


def words(script: str, directory: Path) -> list[str | None]:
    answers = ImageAnswers(staged(directory, {}), "amd64", frozenset({"say"}))
    (call,) = (words for words in followed(script.encode(), ("configure", "2"), {}, answers) if words[0] == "say")
    return list(call[1:])


@pytest.mark.oracle
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(PIECE, min_size=1, max_size=6))
def test_a_word_is_what_it_is_to_dash(tmp_path: Path, pieces: list[str]) -> None:
    word = "".join(pieces)
    script = f"a=one; bc=two; y={word}; say /q{word} $y last"
    by_dash = ["dash", "-c", script.replace("say", "printf '%s\\n'"), "dash", "configure", "2"]
    output = subprocess.run(by_dash, capture_output=True, text=True, check=True).stdout
    assert words(script, tmp_path) == output.splitlines()


def test_arguments_of_a_function(tmp_path: Path) -> None:
    assert words("f() { say /srv/$1/$2 \\\n\t$2; }; f one two", tmp_path) == ["/srv/one/two", "two"]


def test_texts_that_are_not_parsed() -> None:
    assert parsed(b"x" * (MAX_PARSED_BYTES + 1)) is None
    root = parsed(b"x $a/$b" * 40 + b" $")
    assert root is not None and root.type == "program"
