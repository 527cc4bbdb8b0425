"""What a Dockerfile asks of a builder, and what it takes: images, and files of its context."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal

from shave.dockerfile.heredocs import parse_opening
from shave.dockerfile.pairs import fields
from shave.dockerfile.parts import Dockerfile, Instruction, Stage, Word
from shave.dockerfile.scopes import scopes

Ability = Literal["heredoc", "mount", "link", "chmod", "parents", "checksum", "unpack", "exclude", "git", "network"]
"""What a Dockerfile may ask for that not every builder has, as its reference names it."""

_BY_FLAG: dict[tuple[str, str], Ability] = {
    ("RUN", "mount"): "mount",
    ("RUN", "network"): "network",
    ("COPY", "link"): "link",
    ("ADD", "link"): "link",
    ("COPY", "chmod"): "chmod",
    ("ADD", "chmod"): "chmod",
    ("COPY", "parents"): "parents",
    ("COPY", "exclude"): "exclude",
    ("ADD", "exclude"): "exclude",
    ("ADD", "checksum"): "checksum",
    ("ADD", "unpack"): "unpack",
    ("ADD", "keep-git-dir"): "git",
}
_REMOTE = re.compile(r"(?:https?|ftp)://|git://|ssh://|git@[\w.-]+:", re.IGNORECASE)
# moby/buildkit util/gitutil: a URL is a repository if it has a git scheme, or its path ends in .git
_GIT = re.compile(r"git://|ssh://|git@[\w.-]+:|https?://[^?#]*\.git(?:[?#].*)?\Z", re.IGNORECASE)


def abilities(dockerfile: Dockerfile) -> frozenset[Ability]:
    """What not every builder has."""
    return frozenset(ability for each in dockerfile.instructions for ability in _abilities(each))


def _abilities(instruction: Instruction) -> Iterator[Ability]:
    if instruction.inner:
        yield from _abilities(instruction.inner)
    if instruction.heredocs:
        yield "heredoc"
    for flag in instruction.flags:
        if ability := _BY_FLAG.get((instruction.keyword, flag.name.lower())):
            yield ability
    if instruction.keyword == "ADD" and any(_GIT.match(word.value) for word in sources(instruction)):
        yield "git"


def sources(instruction: Instruction) -> tuple[Word, ...]:
    """What a COPY or ADD names, as it is written: paths, patterns, URLs; not the destination, no here-documents."""
    if instruction.keyword not in ("COPY", "ADD"):
        return ()
    return tuple(word for word in instruction.arguments[:-1] if not parse_opening(word.value))


def copied(instruction: Instruction) -> tuple[Word, ...]:
    """The sources of a COPY or ADD that lie in the context: paths and patterns, which may have variables in them."""
    if instruction.keyword == "COPY" and instruction.flag("from"):
        return ()
    return tuple(
        word for word in sources(instruction) if not (instruction.keyword == "ADD" and _REMOTE.match(word.value))
    )


def bases(dockerfile: Dockerfile, arguments: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The images that stages start from, in order, each once, with variables expanded; neither stages nor scratch."""
    found: dict[str, None] = {}
    stages: set[str] = set()
    for stage, name in zip(dockerfile.stages, scopes(dockerfile, arguments).bases, strict=True):
        if name and name != "scratch" and name.lower() not in stages:
            found[name] = None
        stages |= {stage.name} - {""}
    return tuple(found)


def needed(stage: Stage) -> tuple[str, ...]:
    """The stages and images, by name or number, that a stage copies from or mounts, as they are written."""
    return tuple(dict.fromkeys(name for each in stage.instructions for name in _needed(each)))


def _needed(instruction: Instruction) -> Iterator[str]:
    flags = instruction.flags
    if instruction.keyword == "COPY":
        names = [flag.value for flag in flags if flag.name == "from"]
    else:
        names = [fields(flag).get("from") for flag in flags if (instruction.keyword, flag.name) == ("RUN", "mount")]
    yield from (name for name in names if name)
