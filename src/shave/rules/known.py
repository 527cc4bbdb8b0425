"""What is known of the world around a Dockerfile: the image that was built from it, and its context."""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path

from msgspec import Struct

from shave.catalog.explained import Explained
from shave.needs.protocol import Files


class Context(Struct, frozen=True):
    """A directory that images are built from: the bytes of each regular file by its path, and the ignore file's text.

    ``ignore`` is None where there is no ignore file; ``files`` are all, also those that it leaves out. ``pack`` reads
    some of them, for the bytes that gzip would make of them together.
    """

    directory: Path
    files: Mapping[str, int]
    ignore: str | None = None
    pack: Callable[[Iterable[str]], int] | None = None


class BuiltImage(Struct, frozen=True, dict=True):
    """The image of a Dockerfile, and for the number of each step that made a layer the number of that layer.

    Of layers that several steps share (a squashed build) each has the number; the layers below all of them are those
    of the base image. ``differing`` are the numbers of steps whose layers nobody knows, as the image was built from
    another text. ``unpack`` reads all files once more, for ``files``.
    """

    explained: Explained
    layers: Mapping[int, int]
    differing: tuple[int, ...] = ()
    unpack: Callable[[], Files] | None = None

    @cached_property
    def files(self) -> Files:
        """The image's tree and the bytes of its files; without ``unpack`` of those that were kept: package records."""
        return self.unpack() if self.unpack else self.explained.survey

    @cached_property
    def base_layers(self) -> int:
        """How many layers came with the base image."""
        return min(self.layers.values(), default=len(self.explained.survey.layers))


class Known(Struct, frozen=True):
    """What is known; None where nobody gave it. Of an image that is not given, defaults of official images are assumed:
    apt removes the .debs that it installed (docker-clean), nothing else is done for anyone.
    """

    image: BuiltImage | None = None
    context: Context | None = None


NOTHING = Known()
