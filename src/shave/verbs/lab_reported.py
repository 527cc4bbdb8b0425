"""What ``shave lab report`` tells of a lab."""

from typing import Literal, get_args

from msgspec import Struct

from shave.diagnosis import Cause
from shave.lab import Expectation
from shave.verbs.lab_judged import Judged
from shave.verbs.lab_techniques import Technique
from shave.verbs.pull import Model, Pull
from shave.verbs.sharing import Sharing

Part = Literal["program", "builder", "runner"]
PARTS: tuple[Part, ...] = get_args(Part)
"""What variants have in common when they share a part of their names."""


class Change(Struct, frozen=True):
    """What is different from an older report; None where either does not know. ``verdict`` is the one of then."""

    packed_bytes: int | None
    unpacked_bytes: int | None
    start_seconds: float | None
    verdict: str


class LabRow(Struct, frozen=True):
    """What one variant came to; None where it is not known, or there is none.

    ``base`` is what its last stage is built from: the name of an image, or of another variant. ``packed_bytes`` are
    gzip's, or those of the blobs that are there; ``ratio`` is theirs to the baseline's. ``verdict`` is "not run" too
    where another image was run than was built. ``is_front`` says that no other that works is smaller and starts as
    soon. ``message`` is one line: why it was not built, or fails.
    """

    variant: str
    program: str
    base: str
    build: Literal["built", "failed", "timeout", "skipped", "not built"]
    verdict: Literal["works", "fails", "not run"]
    expected: Expectation | None
    judged: Judged
    message: str = ""
    build_seconds: float | None = None
    reference: str = ""
    digest: str = ""
    layers: int | None = None
    packed_bytes: int | None = None
    repacked_bytes: int | None = None
    unpacked_bytes: int | None = None
    content_bytes: int | None = None
    ratio: float | None = None
    pulls: tuple[Pull, ...] = ()
    start_seconds: float | None = None
    peak_memory_bytes: int | None = None
    predicted: Cause | None = None
    observed: Cause | None = None
    models: tuple[str, ...] = ()
    is_front: bool = False
    change: Change | None = None


class Program(Struct, frozen=True):
    """The variants of one program. ``baseline`` is the one that ratios are to, ``smallest`` the one of the fewest
    packed bytes that works, "" for none; ``front`` are those that no other beats in packed bytes and start, the
    smallest first.
    """

    name: str
    variants: int
    works: int
    baseline: str = ""
    smallest: str = ""
    front: tuple[str, ...] = ()


class Stored(Struct, frozen=True):
    """Packed bytes of all images whose names have a part in common: each layer once, and each image whole."""

    part: Part
    name: str
    images: int
    stored_bytes: int
    separate_bytes: int


class Report(Struct, frozen=True):
    """``shave.lab/v1``. ``rows`` are in the order of the lab, programs together.

    ``compression`` is that of ``repacked_bytes``, such as ``zstd:9``, "" for none. ``sharing`` is of the images of
    ``shared``, in this order. ``compared`` says that there was an older report, ``gone`` which of its variants are no
    more.
    """

    lab: str
    rows: tuple[LabRow, ...]
    programs: tuple[Program, ...]
    techniques: tuple[Technique, ...]
    compression: str
    model: Model | None
    shared: tuple[str, ...]
    sharing: Sharing | None
    stored: tuple[Stored, ...]
    compared: bool
    gone: tuple[str, ...]
    next: str

    @property
    def unmet(self) -> tuple[LabRow, ...]:
        """The variants that are otherwise than expected."""
        return tuple(row for row in self.rows if row.judged.held is False)
