"""Files of others for the image: of the build context, as COPY takes them, and of other images."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave import context as contexts
from shave.accounts import Accounts
from shave.errors import CannotError
from shave.events import Sink
from shave.globs import matcher
from shave.image import Image
from shave.lock import LockedImage
from shave.oci import Platform
from shave.origins.accounts import known, owner
from shave.origins.files import mode_of
from shave.origins.image_copies import of_image
from shave.origins.placing import Member, placed
from shave.reference import Reference
from shave.sources import locate, open_image
from shave.spec import Copy, Spec
from shave.stage import Stage, Stratum, laid
from shave.tree import Tree
from shave.trust import CAREFUL, Trust

_IN_FILES = ("oci", "oci-archive", "docker-archive", "rootfs")


class Sources(Struct, frozen=True):
    """Where copies come from: the directory of the spec, images for a platform, registries that are trusted so far, and
    what is locked of images.
    """

    context: Path
    platform: Platform
    trust: Trust = CAREFUL
    images: tuple[LockedImage, ...] = ()


def locked_images(spec: Spec, sources: Sources, sink: Sink) -> Iterator[LockedImage]:
    """The images that a spec copies of, each once. Raises CannotError for one that cannot be had."""
    for name in dict.fromkeys(copy.image for copy in spec.copies if copy.image):
        with _opened(name, sources, sink) as image:
            yield LockedImage(name, image.config_digest)


def copies(spec: Spec, sources: Sources, below: Stage, directory: Path, mtime: int, sink: Sink) -> tuple[Stratum, ...]:
    """A stratum for each copy, over ``below`` and the copies before it.

    Raises UsageError for a source outside the context, CannotError for one that is not there or cannot be read, for a
    glob that matches nothing, an unknown user, and what stands in the way.
    """
    stage = below
    for number, copy in enumerate(spec.copies):
        members = _members(copy, sources, stage, directory / f"copy-{number}", mtime, sink)
        members = placed(_owned(members, copy, known(stage)), stage.tree, mtime)
        unit, place = f"copy:{copy.image or copy.source}", directory / f"copy-{number}.tar"
        stage = stage.over(laid(unit, "application", members, place))
    return stage.strata[len(below.strata) :]


def _members(copy: Copy, sources: Sources, stage: Stage, directory: Path, mtime: int, sink: Sink) -> Iterator[Member]:
    if not copy.image:
        yield from _of_context(copy, sources.context, stage.tree, mtime)
        return
    directory.mkdir(mode=0o700)
    with _opened(copy.image, sources, sink) as image:
        yield from of_image(copy, image, stage, directory, sink)


@contextmanager
def _opened(name: str, sources: Sources, sink: Sink) -> Iterator[Image]:
    """The image of that name. Raises CannotError if it is not the one that is locked: tags move."""
    with open_image(_located(name, sources.context), sources.platform, sink, sources.trust) as image:
        if any(each.reference == name and each.config != image.config_digest for each in sources.images):
            raise CannotError(f"{name} is not the image that is locked", "--lock takes it as it is now; a digest stays")
        yield image


def _located(text: str, context: Path) -> Reference:
    """The image that a spec names: paths are relative to it."""
    reference = locate(text)
    if reference.transport in _IN_FILES and text.startswith(f"{reference.transport}:"):
        return replace(reference, name=str(context.absolute() / reference.name))
    return reference


def _of_context(copy: Copy, context: Path, tree: Tree, mtime: int) -> Iterator[Member]:
    """What is in a directory goes below ``path``, a file to it; directories that are there stay as they are."""
    base, leaves_out = copy.path.strip("/"), contexts.ignored(context)
    for entry, body in contexts.members(context, copy.source, leaves_out, matcher(copy.exclude)):
        below = entry.path
        if not below and entry.kind != "directory" and copy.path.endswith("/"):
            below = copy.source.rpartition("/")[2]
        path = f"{base}/{below}".strip("/")
        if entry.kind != "directory" or tree.resolve(path).path is None:
            yield replace(entry, path=path, mtime=mtime), body


def _owned(members: Iterable[Member], copy: Copy, accounts: Accounts) -> Iterator[Member]:
    """The members with what the spec says of all of them."""
    uid, gid = owner(accounts, copy.user, copy.group)
    mode = mode_of(copy.mode) if copy.mode else None
    for entry, body in members:
        is_moded = mode is not None and entry.kind in ("file", "hardlink")
        owned = replace(
            entry,
            mode=mode if is_moded else entry.mode,
            uid=uid if copy.user else entry.uid,
            gid=gid if copy.user or copy.group else entry.gid,
        )
        yield owned, body
