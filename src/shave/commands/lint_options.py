"""What ``shave lint`` was asked, from its options."""

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.commands.options import Params, settings
from shave.config import Settings
from shave.dockerfiles import STDIN
from shave.errors import UsageError
from shave.lint import LintSettings
from shave.verbs.lint_building import Building

Output = Literal["findings", "files", "text", "patch"]
"""What is made of Dockerfiles: what is found in them, mended files, the mended text of standard input, a patch."""


class Asked(Struct, frozen=True):
    """What to do with the Dockerfiles of these names; a ``building`` proves the fixes. ``words`` are the options that
    chose what is found, as they were given.
    """

    paths: tuple[str, ...]
    settings: Settings
    output: Output
    building: Building | None = None
    words: tuple[str, ...] = ()

    @property
    def mends(self) -> bool:
        """Whether fixes are applied to what is printed or written."""
        return self.output != "findings"


def asked(paths: tuple[str, ...], params: Params) -> Asked:
    """The options, with the settings file below them. Raises UsageError for what does not go together."""
    output = _output(paths, params)
    if output != "findings" and STDIN in paths and len(paths) > 1:
        raise UsageError("standard input is mended alone", "give the other files to a second shave lint")
    if output == "findings" and STDIN in paths and params["prove"]:
        raise UsageError("standard input is read once", "give --fix or --diff with --prove")
    if params["prove"] and params["image"]:
        raise UsageError("--prove builds the image itself", "leave --image away")
    if output in ("patch", "text") and params["format_"] != "text":
        raise UsageError(
            f"--format {params['format_']}: a {output} has no other form", "ask for the findings without it"
        )
    if params["statistics"] and (params["format_"] != "text" or params["diff"]):
        raise UsageError("--statistics is text", "--format json has the statistics beside the findings")
    found = settings(params)
    building = _building(params) if params["prove"] else None
    return Asked(paths, replace(found, lint=_over(found.lint, params)), output, building, tuple(_choosing(params)))


def _output(paths: Sequence[str], params: Params) -> Output:
    if params["diff"]:
        return "patch"
    if params["fix"] or params["fix_unsafe"]:
        return "text" if STDIN in paths else "files"
    return "findings"


def _building(params: Params) -> Building:
    arguments = tuple(_argument(each) for each in params["build_arg"])
    return Building(params["builder"], params["build_network"] or "", arguments)


def _argument(text: str) -> tuple[str, str]:
    """``NAME=VALUE``; of a NAME alone the value is that of the environment, as builders have it."""
    name, equals, value = text.partition("=")
    if not equals and name not in os.environ:
        raise UsageError(f"--build-arg: {name!r} has no value", "write --build-arg NAME=VALUE")
    return name, value if equals else os.environ[name]


def _choosing(params: Params) -> Iterator[str]:
    """The options that a next command has to have, too, to speak of the same."""
    for option in ("select", "ignore", "image", "context", "config", "platform_", "authfile", "fail_over"):
        given = params[option]
        for value in given if isinstance(given, tuple) else (given,) if given is not None else ():
            yield from (f"--{option.strip('_').replace('_', '-')}", str(value))
    yield from (f"--{option}" for option in ("bases", "insecure") if params[option])
    if params["stdin_filename"] != STDIN:
        yield from ("--stdin-filename", params["stdin_filename"])


def _over(lint: LintSettings, params: Params) -> LintSettings:
    """The settings with the options of the command line over them: rules that are ignored add up."""
    select, ignore = _words(params["select"]), _words(params["ignore"])
    fail_over = params["fail_over"]
    if fail_over is not None and not (params["image"] or params["context"] or params["bases"]):
        raise UsageError(
            "--fail-over: nothing is measured", "give --image REF, --context DIR or --bases: estimates do not count"
        )
    return replace(
        lint,
        select=select or lint.select,
        ignore=(*lint.ignore, *ignore),
        fail_over=lint.fail_over if fail_over is None else fail_over,
    )


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for each in given for word in each.split(",") if word.strip())
