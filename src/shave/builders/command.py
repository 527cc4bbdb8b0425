"""A build by a command: what all members have in common."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from shave.builders.protocol import Ability, Order, Outcome
from shave.builders.reason import reason
from shave.supervised import Stopped, Work, supervised

Versions = Mapping[Ability, tuple[int, ...]]
_TAIL = 64 << 10
_PLAIN = re.compile(
    r"(?!(?:PATH|HOME|TMPDIR)$|(?:XDG_|LD_|GO|DOCKER|BUILD|CONTAINER|PODMAN|STORAGE)|.*_proxy$)[A-Za-z_]\w*",
    re.IGNORECASE | re.ASCII,
)


def carried_out(
    order: Order, command: tuple[str, ...], environment: Mapping[str, str], reference: str, is_stopped: Stopped
) -> Outcome:
    """The outcome of a command that gets the Dockerfile on standard input and makes the image ``reference``."""
    arguments = {name: value for name, value in order.arguments if _fits(name, environment)}
    text = order.dockerfile.encode("utf-8", "surrogateescape")
    work = Work(command, order.log, order.timeout, {**environment, **arguments}, text=text)
    return worked(work, reference, is_stopped)


def worked(work: Work, reference: str, is_stopped: Stopped) -> Outcome:
    """The outcome of a program that makes the image ``reference``. Raises CannotError if it cannot be started."""
    ended = supervised(work, is_stopped)
    if ended.how == "timeout":
        return Outcome("", ended.seconds, f"it was not done in {work.timeout:g} s", is_timeout=True)
    if ended.how == "stopped":
        return Outcome("", ended.seconds, "it was interrupted")
    if ended.status:
        words = reason(tail(work.log)) or f"{work.command[0]} ended with status {ended.status}"
        return Outcome("", ended.seconds, words)
    return Outcome(reference, ended.seconds)


def options(order: Order, tag: str, environment: Mapping[str, str]) -> Iterator[str]:
    """What docker, podman and buildah understand alike, the context last."""
    yield from ("--file", "-", "--tag", tag)
    if order.target:
        yield from ("--target", order.target)
    if order.is_anew:
        yield "--no-cache"
    if order.network:
        yield from ("--network", order.network)
    for name, value in order.arguments:
        yield from ("--build-arg", name if _fits(name, environment) else f"{name}={value}")
    yield str(order.context)


def _fits(name: str, environment: Mapping[str, str]) -> bool:
    """Whether a build argument can be handed over in the environment, where other users of the machine do not see it.

    Not if the builder might take it for its own, as it would PATH, DOCKER_HOST or LD_PRELOAD.
    """
    return name not in environment and _PLAIN.fullmatch(name) is not None


def tail(log: Path) -> str:
    """The last 64 KiB of a log."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - _TAIL))
            return file.read(_TAIL).decode(errors="replace")
    except OSError:
        return ""


def numbers(text: str) -> tuple[int, ...]:
    """The first two numbers of a version such as ``20.10.24+dfsg1``."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def lacking(abilities: frozenset[Ability], since: Versions, version: str) -> frozenset[Ability]:
    """Which of these a version has not, by the one that each came with."""
    here = numbers(version)
    return frozenset(ability for ability in abilities if ability not in since or here < since[ability])
