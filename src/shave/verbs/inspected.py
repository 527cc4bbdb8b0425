"""What ``shave inspect`` finds out, as values. Layers are numbered from 0, the lowest."""

from typing import Literal

from msgspec import Struct

from shave.changes import LayerChanges
from shave.finding import Finding
from shave.package import Unread


class LayerRow(Struct, frozen=True):
    """One layer: the instruction that made it ("" where history is silent), its bytes, what it did to those below.

    ``base`` says that the layer came with the base image.
    """

    number: int
    digest: str
    diff_id: str
    instruction: str
    packed_bytes: int
    unpacked_bytes: int
    changes: LayerChanges
    base: bool = False


class UnitRow(Struct, frozen=True):
    """A unit, the visible bytes that it owns, and the layer that brought most of it (None where nothing of it shows).

    A unit ``within`` a file (a jar's nested jar, a module linked into a program) owns no bytes of its own.
    """

    unit: str
    manager: str
    name: str
    version: str
    layer: int | None
    files: int
    unpacked_bytes: int
    packed_bytes: int
    kind: str = ""
    within: str = ""


class DirectoryRow(Struct, frozen=True):
    """Bytes that no unit owns, below a directory."""

    path: str
    files: int
    unpacked_bytes: int
    packed_bytes: int


class Base(Struct, frozen=True):
    """The base image: its name or digest, how many of the lowest layers are its own, and how that is known."""

    reference: str
    digest: str
    layers: int
    found_by: Literal["annotation", "label", "layers", "history"]


class Efficiency(Struct, frozen=True):
    """dive's three figures under its names: ``score`` 0 to 1, ``wasted_bytes``, ``user_wasted_percent`` 0 to 1 of the
    bytes above the base image.
    """

    score: float
    wasted_bytes: int
    user_wasted_percent: float


class Measures(Struct, frozen=True):
    """Bytes of an image; ``packed_estimated`` where its source has the layers uncompressed."""

    packed_bytes: int
    packed_estimated: bool
    unpacked_bytes: int
    content_bytes: int
    wasted_bytes: int
    wasted_packed_bytes: int
    files: int


class Inspected(Struct, frozen=True):
    """``shave.inspect/v1``. Units and directories are sorted by packed bytes, findings by those that their fix saves,
    the most first.
    """

    reference: str
    digest: str
    platform: str
    measures: Measures
    efficiency: Efficiency
    base: Base | None
    layers: tuple[LayerRow, ...]
    units: tuple[UnitRow, ...]
    unowned: tuple[DirectoryRow, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Unread, ...]
    saved_packed_bytes: int
    saved_unpacked_bytes: int
    next: str


class FileRow(Struct, frozen=True):
    """A visible path. ``unit`` is "" where nobody owns it, ``reason`` the rule of the finding it is in, if any."""

    path: str
    kind: str
    mode: int
    layer: int
    unit: str
    unpacked_bytes: int
    packed_bytes: int
    link: str = ""
    reason: str = ""


class Listing(Struct, frozen=True):
    """``shave.files/v1``: visible paths of an image, sorted."""

    reference: str
    digest: str
    files: tuple[FileRow, ...]
