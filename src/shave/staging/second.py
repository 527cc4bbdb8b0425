"""The text of a last stage: what a ``Runtime`` says, and behind it what the author says of containers, as it stands."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from posixpath import dirname

from shave.dockerfile.edits import Edit
from shave.dockerfile.pairs import pairs
from shave.recipe import Step
from shave.staging.protocol import Building, Runtime

_KEPT = frozenset(
    {"ENV", "LABEL", "MAINTAINER", "WORKDIR", "USER", "EXPOSE", "VOLUME", "STOPSIGNAL", "SHELL"}
    | {"HEALTHCHECK", "ENTRYPOINT", "CMD", "ONBUILD"}
)
_VARIABLE = re.compile(rb"\$\{?([A-Za-z_][A-Za-z0-9_]*)")
_JAVA = ("openjdk-", "default-jre")
"""They want the directory of manuals, which slim images have not (Debian bug 863199)."""
_NAMES = ("build", "builder", "compile", "build-stage")


def edits(building: Building, runtime: Runtime) -> tuple[Edit, ...]:
    """The stage gets a name, if it has none, and the last stage stands behind it."""
    file, stage = building.recipe.file, building.recipe.file.stages[building.stage]
    taken = {each.name for each in file.stages}
    name = stage.name or next(each for each in (*_NAMES, f"build{len(file.text)}") if each not in taken)
    first = building.steps[0]
    # all of FROM, so that nobody else's edit of it goes together with this one
    written = file.text[first.start : first.end]
    named = () if stage.name else (Edit(first.start, first.end, written + b" AS " + name.encode()),)
    end = b"\r\n" if b"\r\n" in file.text else b"\n"
    lines = [*_removed(building, runtime), b"", *_made(building, runtime, name), *_kept(building, runtime.base)]
    text = b"".join(line.rstrip(b"\r\n") + end for line in lines)
    last = Edit(len(file.text), len(file.text), text if file.text.endswith(b"\n") else end + text)
    return (*named, *_closed(building, runtime, end), last)


def _closed(building: Building, runtime: Runtime, end: bytes) -> Iterator[Edit]:
    if runtime.closing:
        behind = building.recipe.steps[runtime.closing.step].end
        yield Edit(behind, behind, end + b"RUN " + runtime.closing.command.encode())


def _removed(building: Building, runtime: Runtime) -> Iterator[bytes]:
    """Behind all that the build says, as root: whoever runs it says nothing of the last stage."""
    if runtime.removed:
        if building.last("USER"):
            yield b"USER root"
        yield f"RUN {json.dumps(['rm', '-rf', *runtime.removed])}".encode()


def kept(building: Building) -> tuple[Step, ...]:
    """The steps that say something of containers, and the ARGs that these name, also by other ARGs."""
    found: list[Step] = []
    wanted: set[bytes] = set()
    for step in reversed(building.steps):
        text = building.recipe.file.text[step.start : step.instruction.end]
        is_named = step.keyword == "ARG" and any(
            pair.name.value.encode("utf-8", "surrogateescape") in wanted for pair in pairs(step.instruction)
        )
        if step.keyword in _KEPT or is_named:
            found.append(step)
            wanted.update(_VARIABLE.findall(text))
    return tuple(reversed(found))


def _kept(building: Building, base: str) -> Iterator[bytes]:
    for step in kept(building):
        if not (base == "scratch" and step.keyword == "SHELL"):
            yield building.recipe.file.text[step.start : step.instruction.end]


def _made(building: Building, runtime: Runtime, name: str) -> Iterator[bytes]:
    copy = f"COPY --from={name}"
    platform = building.recipe.file.stages[building.stage].platform
    yield f"FROM {f'--platform={platform} ' if platform else ''}{runtime.base}".encode()
    if runtime.has_accounts:
        yield f"{copy} /etc/passwd /etc/group /etc/".encode()
    commands = (*_installed(runtime), *_directories(runtime))
    if commands:
        yield _run(commands, building.recipe.file.escape)
    for paths, place in _together(runtime):
        yield f"{copy} {' '.join(paths)} {place}".encode()
    if runtime.has_libraries:
        yield b"RUN ldconfig"
    yield from (each.encode() for each in runtime.settings)


def _together(runtime: Runtime) -> Iterator[tuple[tuple[str, ...], str]]:
    """What each COPY takes, and where to: files of one directory are one layer."""
    for place, each in groupby(runtime.copies, lambda path: dirname(path) if path in runtime.files else path):
        paths = tuple(each)
        yield (paths, f"{place.rstrip('/')}/") if len(paths) > 1 else (paths, paths[0])


def _installed(runtime: Runtime) -> Iterator[str]:
    names = " ".join(runtime.packages)
    if names and runtime.base.startswith("alpine"):
        yield f"apk add --no-cache {names}"
    elif names:
        if "slim" in runtime.base and any(name.startswith(_JAVA) for name in runtime.packages):
            yield "mkdir -p /usr/share/man/man1"
        yield "apt-get update"
        yield f"apt-get install -y --no-install-recommends {names}"
        yield "rm -rf /var/lib/apt/lists/*"


def _directories(runtime: Runtime) -> Iterator[str]:
    for each in runtime.directories:
        yield f"install -d -m {each.mode:04o} -o {each.uid} -g {each.gid} {each.path}"


def _run(commands: Sequence[str], escape: str) -> bytes:
    return f"RUN {f' {escape}{chr(10)} && '.join(commands)}".encode()
