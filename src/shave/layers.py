"""One layer read once, from its blob to its index, with every claim about it checked on the way."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from msgspec import Struct
from xxhash import xxh3_128

from shave import sparse
from shave.allowance import Allowance
from shave.compression import decompress, detect
from shave.errors import BadImageError
from shave.folded import Hold
from shave.image import Layer
from shave.positions import Guesses, Notes, Positions, stored_bytes
from shave.records import Interest, Keeper, Records
from shave.tar_reader import Contents, scan
from shave.tree import Entry, LayerIndex
from shave.weighing import weighed

CHUNK = 64 << 10
Scan = Callable[[Iterable[bytes], Hold], Contents]


class Surveyed(Struct, frozen=True):
    """What one pass over a layer finds: its index, what each part costs packed, what was kept of its bodies."""

    index: LayerIndex
    positions: Positions
    records: Records


def analyse(layer: Layer, tee: BinaryIO | None, advance: Callable[[int], None], allowance: Allowance) -> LayerIndex:
    """Read the layer in one pass: packed digest and size, diff ID, entries with hashes; its plain tar goes to ``tee``.

    ``advance`` is told the packed bytes as they are read; the plain ones and the index come out of ``allowance``.
    Raises BadImageError naming the layer if anything is not as descriptor, config or tar header claim.
    """
    return _read(layer, tee, advance, allowance, scan, Notes())


def survey(
    layer: Layer, interest: Interest, advance: Callable[[int], None], allowance: Allowance, *, estimate: bool = False
) -> Surveyed:
    """As ``analyse``, with what each part costs packed and what ``interest`` wants of the bodies, in the same pass.

    ``estimate`` is for plain layers that are only at hand uncompressed: packed bytes are what gzip would make of them.
    """
    keeper, notes = Keeper(interest, allowance.hold), Guesses() if estimate else Notes()

    def watched(chunks: Iterable[bytes], hold: Hold) -> Contents:
        return scan(chunks, hold, keeper)

    index = _read(layer, None, advance, allowance, watched, notes)
    return Surveyed(index, weighed(notes.positions(), index.entries, notes.window), keeper.records())


def verify(layer: Layer, tee: BinaryIO | None, advance: Callable[[int], None], allowance: Allowance) -> int:
    """As ``analyse`` for a layer whose index is known: all checks but no scan. The value is the plain tar's bytes."""
    return _read(layer, tee, advance, allowance, _drain, Notes()).tar_bytes


def body(layer: Layer, entry: Entry) -> Iterator[bytes]:
    """What is stored of a regular file's body in a layer that was verified before: the blob is read up to its end.

    Raises BadImageError at the end if the body is not what it was then.
    """
    at, end = 0, entry.offset + stored_bytes(entry)
    check = xxh3_128(b"" if entry.sparse is None else sparse.seed(entry.size, entry.sparse))
    for chunk in _unpacked(layer, _nobody, Notes()):
        piece = chunk[max(0, entry.offset - at) : max(0, end - at)]
        at += len(chunk)
        if piece:
            check.update(piece)
            yield piece
        if at >= end:
            break
    if check.digest() != entry.digest:
        raise BadImageError(f"layer {layer.descriptor.digest} is not what it was: /{entry.path} has other bytes")


def _nobody(amount: int) -> None:
    pass


def _drain(chunks: Iterable[bytes], hold: Hold) -> Contents:
    for _ in chunks:
        pass
    return Contents((), (), ())


def _read(
    layer: Layer,
    tee: BinaryIO | None,
    advance: Callable[[int], None],
    allowance: Allowance,
    scan: Scan,
    notes: Notes,
) -> LayerIndex:
    try:
        plain = Counted(allowance.spend(_unpacked(layer, advance, notes)), tee, _algorithm(layer.diff_id))
        contents = scan(plain, allowance.hold)
        if plain.digest != layer.diff_id:
            if layer.descriptor.digest == layer.diff_id and layer.descriptor.size == plain.size:
                raise BadImageError(f"its bytes have the digest {plain.digest}")
            raise BadImageError(f"its content has the diff ID {plain.digest}, the config says {layer.diff_id}")
    except BadImageError as error:
        raise BadImageError(f"layer {layer.descriptor.digest}: {error}", error.hint) from error
    return LayerIndex(layer.diff_id, contents.entries, contents.whiteouts, contents.opaque, plain.size)


def _unpacked(layer: Layer, advance: Callable[[int], None], notes: Notes) -> Iterator[bytes]:
    with layer.open() as blob:
        packed = Counted(_chunks(blob, layer.descriptor.size, advance), None, _algorithm(layer.descriptor.digest))
        chunks = iter(packed)
        first = next(chunks, b"")
        compression = detect(first, layer.descriptor.media_type)
        if compression == "none" and layer.descriptor.digest == layer.diff_id:
            packed.hash = None  # who hashes the plain bytes hashes these
        yield from _joined(notes.plain(decompress(notes.pieces(chain((first,), chunks)), compression)))
    if packed.size != layer.descriptor.size:
        raise BadImageError(f"it has {packed.size} packed bytes, its descriptor says {layer.descriptor.size}")
    if packed.hash and packed.digest != layer.descriptor.digest:
        raise BadImageError(f"its bytes have the digest {packed.digest}")


def _joined(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Small chunks made larger: whoever hashes and scans them has a price for each."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= CHUNK:
            yield b"".join(held) if len(held) > 1 else chunk
            held, size = [], 0
    yield from held


def _chunks(blob: BinaryIO, size: int, advance: Callable[[int], None]) -> Iterator[bytes]:
    """The blob's bytes, at most one more than it should have: a stream without end must end."""
    left = size + 1
    while left and (chunk := blob.read(min(CHUNK, left))):
        left -= len(chunk)
        advance(len(chunk))
        yield chunk


class Counted:
    """Chunks passed on, their number of bytes and their digest so far; a copy goes to ``tee``."""

    def __init__(self, chunks: Iterable[bytes], tee: BinaryIO | None = None, algorithm: str = "sha256") -> None:
        self.chunks = chunks
        self.tee = tee
        self.size = 0
        self.algorithm = algorithm
        self.hash: hashlib._Hash | None = hashlib.new(algorithm)

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self.chunks:
            self.size += len(chunk)
            if self.hash:
                self.hash.update(chunk)
            if self.tee:
                self.tee.write(chunk)
            yield chunk

    @property
    def digest(self) -> str:
        """``algorithm:hex`` of what has passed."""
        return f"{self.algorithm}:{self.hash.hexdigest() if self.hash else ''}"


def _algorithm(digest: str) -> str:
    algorithm = digest.partition(":")[0]
    if algorithm in ("sha256", "sha512"):
        return algorithm
    raise BadImageError(f"the digest {digest!r} is neither sha256 nor sha512")
