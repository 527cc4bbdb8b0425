"""The same content at several paths.

Files of at least 4 KiB with the same bytes that are no hard links of each other: a copy made by `cp -r`, libraries
that several packages bundle, a model or an archive that two directories hold. In a gzip layer each copy costs as much
as the first; zstd finds copies that are near.

Fix: link to one of them (`ln` in the same RUN, or a symlink), or install what bundles it once.
"""

from collections import defaultdict
from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding, Place
from shave.waste.made import finding, place
from shave.waste.seen import Body, seen

_SHOWN = 3


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all copies but the first of each, in the order of layers."""
    groups = _groups(image)
    if groups:
        copies = [copy for _, *copies in groups for copy in copies]
        groups.sort(key=lambda group: -sum(copy.packed_bytes for copy in group[1:]))
        yield finding(
            "duplicates",
            "identical files",
            copies,
            fix="keep one and link the others to it in the same RUN, or install what bundles them once",
            confidence="possible",
            detail=f"{len(copies)} copies, such as {', '.join(map(_named, groups[:_SHOWN]))}",
        )


def _named(group: list[Place]) -> str:
    first, second, *more = group
    further = f" and {len(more)} more" if more else ""
    return f"/{first.path} at /{second.path}{further}"


def _groups(image: Explained) -> list[list[Place]]:
    """The bodies of each content that has several, each body once, lowest layer first."""
    repeated = image.once(seen).repeated
    bodies: defaultdict[bytes, dict[Body, Place]] = defaultdict(dict)
    for node in image.survey.tree if repeated else ():
        if node.entry.digest in repeated:
            bodies[node.entry.digest].setdefault((node.layer, node.entry.offset), place(image, node))
    return [[found[body] for body in sorted(found)] for found in bodies.values()]
