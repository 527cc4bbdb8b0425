"""Files of others for the image: of the build context, as COPY takes them, and of other images."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec.structs import replace

from shave import context as contexts
from shave.events import Sink
from shave.globs import matcher
from shave.oci import Platform
from shave.origins.accounts import Owners, owners
from shave.origins.files import mode_of
from shave.origins.image_copies import of_image
from shave.origins.placing import Member, placed
from shave.spec import Copy, Spec
from shave.stage import Stage, Stratum, laid
from shave.tree import Tree


def copies(
    spec: Spec, context: Path, below: Stage, platform: Platform, directory: Path, mtime: int, sink: Sink
) -> tuple[Stratum, ...]:
    """A stratum for each copy, over ``below`` and the copies before it.

    Raises UsageError for a source outside the context, CannotError for one that is not there or cannot be read, for a
    glob that matches nothing, an unknown user, and what stands in the way.
    """
    stage = below
    for number, copy in enumerate(spec.copies):
        known, place = owners(stage), directory / f"copy-{number}"
        if copy.image:
            place.mkdir(mode=0o700)
            members: Iterable[Member] = of_image(copy, stage, platform, place, sink)
        else:
            members = _of_context(copy, context, stage.tree, mtime)
        owned = _owned(members, copy, known)
        unit = f"copy:{copy.image or copy.source}"
        stage = stage.over(
            laid(unit, "application", placed(owned, stage.tree, mtime), directory / f"copy-{number}.tar")
        )
    return stage.strata[len(below.strata) :]


def _of_context(copy: Copy, context: Path, tree: Tree, mtime: int) -> Iterator[Member]:
    """What is in a directory goes below ``path``, a file to it; directories that are there stay as they are."""
    base, found = (
        copy.path.strip("/"),
        contexts.members(context, copy.source, contexts.ignored(context), matcher(copy.exclude)),
    )
    for entry, body in found:
        below = entry.path
        if not below and entry.kind != "directory" and copy.path.endswith("/"):
            below = copy.source.rpartition("/")[2]
        path = f"{base}/{below}".strip("/")
        if entry.kind != "directory" or tree.resolve(path).path is None:
            yield replace(entry, path=path, mtime=mtime), body


def _owned(members: Iterable[Member], copy: Copy, known: Owners) -> Iterator[Member]:
    """The members with what the spec says of all of them."""
    uid, gid = known.of(copy.user, copy.group)
    mode = mode_of(copy.mode) if copy.mode else None
    for entry, body in members:
        yield (
            replace(
                entry,
                mode=mode if mode is not None and entry.kind in ("file", "hardlink") else entry.mode,
                uid=uid if copy.user else entry.uid,
                gid=gid if copy.user or copy.group else entry.gid,
            ),
            body,
        )
