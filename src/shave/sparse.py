"""Maps of sparse files in tar streams: which parts of a file are stored.

Old GNU, GNU.sparse 0.0, 0.1 and 1.0. Source: GNU tar manual, "Sparse Formats".
"""

from collections.abc import Sequence

from shave.errors import BadImageError

Segments = tuple[tuple[int, int], ...]
# A segment is a pair of numbers, 120 bytes of memory, and a map is held whole: more holes than files in images have.
MAX_SEGMENTS = 1 << 17


def checked(numbers: Sequence[int], size: int, stored: int) -> Segments:
    """The (offset, length) segments of ``numbers``, if they fit a file of ``size`` bytes, ``stored`` of them stored."""
    if len(numbers) % 2:
        raise BadImageError("its sparse map is cut off")
    segments = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    end = total = 0
    for offset, length in segments:
        if offset < end or length < 0 or offset + length > size:
            raise BadImageError("its sparse map contradicts itself")
        end, total = offset + length, total + length
    if total != stored:
        raise BadImageError("its sparse map disagrees with its size")
    return segments


def parse_list(text: bytes, separator: bytes) -> list[int]:
    """Decimal numbers between separators."""
    words = text.split(separator) if text else []
    if len(words) > 2 * MAX_SEGMENTS or not all(word.isdigit() and len(word) < 20 for word in words):
        raise BadImageError("its sparse map is not a list of numbers")
    return [int(word) for word in words]


def serialise(segments: Segments) -> bytes:
    """The map of format 1.0, padded to whole blocks, as it stands before the stored data."""
    numbers = [len(segments), *(number for segment in segments for number in segment)]
    text = b"".join(b"%d\n" % number for number in numbers)
    return text + bytes(-len(text) % 512)


def seed(size: int, segments: Segments) -> bytes:
    """What stands for the holes of a file in its hash, before what is stored of it."""
    return b"%d\n" % size + serialise(segments)
