"""The images that a reference and ``--platform`` mean, for verbs that may be asked for all platforms."""

from collections.abc import Iterator
from contextlib import contextmanager

from shave.commands.options import Params, parse_platform, trust
from shave.events import Remark, Sink
from shave.image import ImageIndex
from shave.reference import Reference
from shave.sources import open_image, open_images


@contextmanager
def opened(source: Reference, params: Params, sink: Sink) -> Iterator[ImageIndex]:
    """All images of ``source`` for ``--platform all``, else the one that is chosen, usable inside the context."""
    sink(Remark(f"reading {source}"))
    if params["platform_"] == "all":
        with open_images(source, sink, trust(params)) as images:
            yield images
    else:
        with open_image(source, parse_platform(params["platform_"]), sink, trust(params)) as image:
            yield ImageIndex(image.reference, (image,))
