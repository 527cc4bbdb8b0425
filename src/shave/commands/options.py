"""What the verbs share on the command line: the same names, the same meaning, on either side of the arguments."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click
from msgspec import Struct

from shave import config
from shave.config import Settings
from shave.errors import UsageError
from shave.oci import Platform
from shave.trust import Trust

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


class Verb(click.Command):
    """A verb: what stands after ``--`` is the command of the container, and nothing else is."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        """Split at the first ``--``; the second part is found by ``container_command``."""
        if "--" in args:
            at = args.index("--")
            context.meta["shave.command"] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(context, args)

    def collect_usage_pieces(self, context: click.Context) -> list[str]:
        """The usage line, with the command if the verb starts containers."""
        pieces = super().collect_usage_pieces(context)
        return [*pieces, "[-- ARG...]"] if any(p.name == "no_probe" for p in self.params) else pieces


def container_command() -> tuple[str, ...]:
    """What stood after ``--``; empty if nothing did."""
    command: tuple[str, ...] = click.get_current_context().meta.get("shave.command", ())
    return command


Params = dict[str, Any]
"""What click read of the shared options, by name."""


class View(Struct, frozen=True):
    """How a verb talks: the format of the answer, and what goes to stderr while it works."""

    format: str
    quiet: bool
    verbose: bool
    progress: bool


def viewing(*formats: str) -> Callable[[_Decorated], _Decorated]:
    """``--format`` with these choices, if any (the first is the default), ``-q``, ``-v`` and ``--no-progress``."""
    choice = click.option(
        "--format", "format_", type=click.Choice(formats), default=next(iter(formats), ""), help="Form of the answer."
    )
    return _all(
        *([choice] if formats else []),
        click.option("-q", "--quiet", is_flag=True, help="Nothing on stderr but errors."),
        click.option("-v", "--verbose", is_flag=True, help="More on stderr."),
        click.option("--no-progress", is_flag=True, help="No progress on stderr."),
    )


def view(params: Params) -> View:
    """How the verb was asked to talk."""
    return View(params.get("format_", ""), params["quiet"], params["verbose"], not params["no_progress"])


def running() -> Callable[[_Decorated], _Decorated]:
    """How the image is started for probes, and which probes are asked."""
    return _all(
        click.option(
            "--config",
            type=click.Path(dir_okay=False, path_type=Path),
            help="Settings [default: shave.toml or [tool.shave] in pyproject.toml, here or above in the repository].",
        ),
        click.option("--runner", default="auto", help="What runs containers: auto, or one by name.", show_default=True),
        click.option("--env", multiple=True, metavar="K=V", help="Set a variable (repeatable)."),
        click.option("--mount", multiple=True, metavar="SOURCE:TARGET[:ro]", help="Bind a host path (repeatable)."),
        click.option("--user", help="Run as this user instead of the image's."),
        click.option(
            "--network", type=click.Choice(["none", "host"]), help="Network of the container [default: none]."
        ),
        click.option("--entrypoint", help="Replace the image's entrypoint."),
        click.option("--ready", metavar="URL|HOST:PORT", help="Ready when this answers."),
        click.option("--probe", "only", multiple=True, metavar="NAME", help="Only these probes (repeatable)."),
        click.option("--no-probe", is_flag=True, help="No probes: the default start only."),
        click.option(
            "--from-tests", metavar="CMD", help="One more probe: this shell command of the host, in its network."
        ),
    )


def tracing() -> Callable[[_Decorated], _Decorated]:
    """``--tracer``: what sees the paths that the image uses."""
    return click.option(
        "--tracer", default="auto", show_default=True, help="What sees the paths used: auto, seccomp, strace."
    )


def settings(params: Params) -> Settings:
    """The settings file with the options of the command line over it."""
    return over(config.load(params["config"]), params)


def over(asked: Settings, params: Params) -> Settings:
    """The settings with the options of the command line over them."""
    return config.merge(
        asked,
        env=params["env"],
        mounts=params["mount"],
        user=params["user"],
        network=params["network"],
        entrypoint=params["entrypoint"],
        ready=params["ready"],
        arguments=container_command(),
        only=params["only"],
        no_probe=params["no_probe"],
        tests=params["from_tests"],
    )


def platform() -> Callable[[_Decorated], _Decorated]:
    """``--platform``: which image of an index."""
    return click.option("--platform", "platform_", metavar="OS/ARCH[/VARIANT]", help="Which image of an index.")


def registry() -> Callable[[_Decorated], _Decorated]:
    """What is shown to registries, and what is allowed them; for every verb that takes a reference."""
    return _all(
        click.option(
            "--authfile",
            type=click.Path(dir_okay=False, path_type=Path),
            help="File of registry logins, before all other places of them.",
        ),
        click.option("--insecure", is_flag=True, help="Allow registries plain HTTP and unknown certificates."),
    )


def trust(params: Params) -> Trust:
    """What the user allows towards registries."""
    return Trust(params["authfile"], params["insecure"])


def parse_platform(text: str | None) -> Platform | None:
    """``os/arch[/variant]`` as a value. Raises UsageError for anything else."""
    if text is None:
        return None
    parts = text.split("/")
    if len(parts) not in (2, 3) or not all(parts):
        raise UsageError(f"{text!r} is not a platform", "write os/architecture[/variant], such as linux/arm64")
    return Platform(parts[1], parts[0], parts[2] if len(parts) == 3 else "")


def _all(*options: Callable[[Any], Any]) -> Callable[[_Decorated], _Decorated]:
    def decorate(command: _Decorated) -> _Decorated:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate
