"""Where else something is that was looked for, which instruction put it there, and whether it may be mounted."""

from collections.abc import Iterator
from itertools import islice
from posixpath import basename, join, normpath

from shave.causes.protocol import Patient
from shave.history import layer_instructions
from shave.tree import is_program

_MOST = 3


def elsewhere(patient: Patient, name: str) -> tuple[str, ...]:
    """Real paths of files that are called as the last part of a name, programs first; at most three."""
    wanted = basename(name.rstrip("/"))
    suffix = f"/{wanted}"
    nodes = patient.files.tree.nodes
    paths = (path for path in nodes if (path.endswith(suffix) or path == wanted) and nodes[path].entry.kind == "file")
    found = sorted(islice(paths, 100), key=lambda path: (not is_program(nodes[path].entry), path.count("/"), path))
    return tuple(found[:_MOST]) if wanted else ()


def is_mounted(patient: Patient, name: str) -> bool:
    """Whether a path may come with what is mounted on a volume."""
    volumes = (volume.rstrip("/") for volume in patient.config.run.volumes or ())
    return any(normpath(join("/", patient.directory, name)).startswith(f"{volume}/") for volume in volumes)


def brought(patient: Patient, path: str) -> str:
    """A sentence that names the instruction which put a path into the image; "" where its history is silent."""
    instructions = layer_instructions(patient.config)
    layer = patient.files.tree.nodes[path].layer
    made = instructions[layer] if layer < len(instructions) else ""
    return f"{made} put /{path} there" if made.startswith(("COPY", "ADD")) else ""


def shown(patient: Patient, paths: tuple[str, ...]) -> Iterator[str]:
    """Paths as evidence."""
    for path in paths:
        yield brought(patient, path) or f"/{path} is there"
