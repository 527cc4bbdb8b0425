"""Every path of an image with what put it there and why: written into the image itself on request."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from shave.debian.dependencies import alternatives
from shave.documents import document
from shave.lock import Lock
from shave.origins.installed import Controls
from shave.stage import Stage

PLACE = "usr/share/shave/manifest.json"
_DEPENDENCIES = ("Pre-Depends", "Depends")


class Origin(Struct, frozen=True):
    """What put paths into the image: a package with its version, or a part of the spec; ``reason`` in words."""

    unit: str
    version: str
    reason: str
    paths: tuple[str, ...]


class Manifest(Struct, frozen=True):
    """All paths but those of the manifest itself, each once, as the image shows them."""

    origins: tuple[Origin, ...]


def manifest(stage: Stage, lock: Lock, controls: Controls) -> bytes:
    """The document. ``controls`` are the fields of the control files of Debian's packages by unit."""
    paths: dict[str, list[str]] = {}
    for path, node in stage.tree.nodes.items():
        if path and node.entry.kind != "directory":
            paths.setdefault(stage.strata[node.layer].unit, []).append(f"/{path}")
    versions = {f"dpkg:{package.name}": package.version for package in lock.packages}
    versions |= {f"python:{wheel.name}": wheel.version for wheel in lock.wheels}
    versions |= {f"node:{module.name}": module.version for module in lock.modules}
    reasons = dict(_reasons(lock, controls))
    return document(
        "manifest",
        Manifest(
            tuple(
                Origin(unit, versions.get(_bare(unit), ""), reasons.get(unit, _spec(unit)), tuple(found))
                for unit, found in sorted(paths.items())
            )
        ),
        indent=1,
    )


def _reasons(lock: Lock, controls: Controls) -> Iterator[tuple[str, str]]:
    asked = {package.name for package in lock.packages if package.asked}
    for unit, own in controls.items():
        if own["Package"] in asked:
            yield unit, "asked for by the spec or its base"
            continue
        names = {own["Package"], *_names(own.get("Provides", ""))}
        wanting = _wanting(names, unit, controls)
        yield unit, f"needed by {', '.join(wanting)}" if wanting else "chosen by apt"


def _wanting(names: set[str], unit: str, controls: Controls) -> Sequence[str]:
    """The units that depend on one of the names."""
    return [
        other
        for other, control in controls.items()
        if other != unit and any(names.intersection(_names(control.get(field, ""))) for field in _DEPENDENCIES)
    ]


def _names(relations: str) -> set[str]:
    """All packages that a field of relations names, alternatives too."""
    return {name for names in alternatives(relations) for name in names}


def _bare(unit: str) -> str:
    return ":".join(unit.split(":")[:2])


def _spec(unit: str) -> str:
    return "asked for by the spec" if not unit.startswith(("python:", "node:")) else "needed by a requirement"
