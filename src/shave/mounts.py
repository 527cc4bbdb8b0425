"""The mounts of a RUN: what is written there is in no layer.

Source: Dockerfile reference, "RUN --mount"; moby/buildkit, frontend/dockerfile/instructions/commands_runmount.go.
"""

import re
from posixpath import normpath

from msgspec import Struct

from shave.dockerfile.lexer import expand
from shave.dockerfile.parts import Flag
from shave.recipe import Step

_KINDS = frozenset({"cache", "tmpfs", "bind", "secret", "ssh"})
_NAME = re.compile(r"\$\{?(\w+)")


class Mount(Struct, frozen=True):
    """``kind`` as in ``type=``; ``target`` is an absolute path, None where only a build or the base image knows it."""

    kind: str
    target: str | None


def mounts(step: Step) -> tuple[Mount, ...]:
    """Those of a step, with its variables expanded. Secrets and agents without a target have a place of their own."""
    found = (_mount(step, flag) for flag in step.instruction.flags if flag.name == "mount")
    return tuple(each for each in found if each)


def _mount(step: Step, flag: Flag) -> Mount | None:
    keys = dict(part.partition("=")[::2] for part in (flag.value or "").split(","))
    kind = keys.get("type", "bind")
    target = keys.get("target") or keys.get("dst") or keys.get("destination")
    if kind not in _KINDS or not target:
        return None
    is_known = all(name in step.variables for name in _NAME.findall(target))
    path = expand(target, step.variables, step.file.escape) if is_known else None
    return Mount(kind, normpath(path) if path and path.startswith("/") else None)
