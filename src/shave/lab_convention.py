"""A directory of Dockerfiles that are one lab by their names: ``Dockerfile.PROGRAM.BUILDER[-option][.RUNNER][.err]``.

Source: the convention of github.com/jpetazzo/minimage (README, "Wow that's a lot of Dockerfiles"; mkcompose.sh).
"""

from collections.abc import Collection, Iterator
from pathlib import Path

from shave.errors import UsageError
from shave.lab import DockerfileBuild, Expectation, Variant

PREFIX, ERROR = "Dockerfile.", ".err"
# What lies beside Dockerfiles by the name of one: BuildKit's own ignore files, what editors leave
_BESIDE = (".dockerignore", "~", ".orig", ".rej", ".swp", ".bak")
MOST_BYTES = 1_000_000


def variants(directory: Path, but: Collection[str] = ()) -> Iterator[Variant]:
    """What the names of the Dockerfiles say, sorted; ``but`` are names of files that are something else.

    With the ending ``.err`` a variant is expected not to build; of others nothing but that they do.
    """
    for path in sorted(directory.glob(f"{PREFIX}?*")):
        if path.is_file() and not path.name.endswith(_BESIDE) and path.name not in but:
            yield variant(path.name, read(path))


def variant(name: str, text: str) -> Variant:
    """The variant that a Dockerfile is by its file name.

    >>> variant("Dockerfile.hello-go.golang-alpine.scratch", "").runner
    'scratch'
    """
    whole = name.removeprefix(PREFIX)
    short = whole.removesuffix(ERROR)
    program, builder, runner, *_ = (*short.split(".", 2), "", "")
    expected = Expectation("build-fails") if whole != short else None
    return Variant(short, program, builder, runner, DockerfileBuild(name, text), expected=expected)


def read(path: Path) -> str:
    """The text of a Dockerfile, bytes that are no UTF-8 as surrogates."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", "give a Dockerfile that can be") from error
    if len(data) > MOST_BYTES:
        raise UsageError(f"{path} is larger than {MOST_BYTES} bytes", "is it a Dockerfile?")
    return data.decode("utf-8", "surrogateescape")
