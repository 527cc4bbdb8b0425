"""What an image is started with, by Docker's rules."""

import pytest

from shave.oci import Config, RunConfig
from shave.probe import RunOptions
from shave.verbs.doctor import started_with

CONFIG = Config(config=RunConfig("app", env=("A=1", "B=2"), entrypoint=("a",), cmd=("b",), volumes={"/data": {}}))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (RunOptions(), ("a", "b")),
        (RunOptions(command=("x",)), ("a", "x")),
        (RunOptions(entrypoint=("y",)), ("y",)),
        (RunOptions(entrypoint=("y",), command=("x",)), ("y", "x")),
    ],
)
def test_words(options: RunOptions, words: tuple[str, ...]) -> None:
    run = started_with(CONFIG, options).run
    assert (*(run.entrypoint or ()), *(run.cmd or ())) == words
    assert run.user == "app"


def test_the_rest() -> None:
    run = started_with(CONFIG, RunOptions(user="0", env={"A": "3"}, mounts=("/x:/srv:ro",))).run
    assert (run.user, run.env, [*(run.volumes or ())]) == ("0", ("A=1", "B=2", "A=3"), ["/data", "/srv"])
    assert started_with(Config(), RunOptions(user="9")).run.user == "9"
