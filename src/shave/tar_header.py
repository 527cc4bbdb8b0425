"""One 512-byte header of a tar archive: its numbers, its checksum, the path it names.

Source: POSIX.1-2017 pax ("ustar Interchange Format"), GNU tar manual ("Basic Tar Format"), tar(5) of libarchive.
"""

import zlib

from shave.errors import BadImageError

BLOCK = 512
ZEROS = bytes(BLOCK)
# Linux refuses longer paths (PATH_MAX), so no container can have them.
MAX_PATH = 4096
NO_HEADER = "this is no tar header (its checksum is wrong)"
MAX_ID = (1 << 32) - 1

_sums: dict[bytes, int] = {}


def verify(block: bytes) -> None:
    """Check the header's own checksum; raises BadImageError if it is another."""
    field = block[148:156]
    # The low half of Adler-32 is one plus the sum of the bytes modulo 65521: the fastest sum Python has.
    if zlib.adler32(block) & 0xFFFF != (_sums.get(field) or _expected(field)) and _signed_sum(block) != number(field):
        raise BadImageError(NO_HEADER)


def _expected(field: bytes) -> int:
    """The low half of the Adler-32 of a header with this checksum field, which counts as eight spaces in the sum."""
    if len(_sums) > 1 << 14:
        _sums.clear()
    try:
        return _sums.setdefault(field, (1 + number(field) - 8 * 0x20 + sum(field)) % 65521)
    except BadImageError as error:
        raise BadImageError(NO_HEADER) from error


def _signed_sum(block: bytes) -> int:
    """The sum that old Sun and V7 tars made of signed bytes; archive/tar of Go reads it too."""
    total = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:])
    return total + 8 * 0x20


def number(field: bytes) -> int:
    """An octal field, or GNU's base-256 where the first bit is set. Raises BadImageError."""
    digits = field.rstrip(b"\0 ")
    if digits.isdigit():
        # Digits only: int() would also read underscores, signs and 0o.
        try:
            return int(digits, 8)
        except ValueError as error:
            raise BadImageError(f"a number in a tar header is not octal: {digits!r}") from error
    if field[0] & 0x80:
        value = int.from_bytes(field, "big") & ((1 << (8 * len(field) - 1)) - 1)
        return value if not field[0] & 0x40 else value - (1 << (8 * len(field) - 1))
    digits = field.strip(b" \0")
    if digits and not digits.isdigit():
        raise BadImageError(f"a number in a tar header is not octal: {digits!r}")
    return number(digits) if digits else 0


def text(field: bytes) -> bytes:
    """A string field: up to its first NUL."""
    return field.partition(b"\0")[0]


def name(block: bytes) -> bytes:
    """The path in the header, its ustar prefix joined."""
    own = block[:100].partition(b"\0")[0]
    # GNU headers ("ustar  \0") hold times where ustar has the prefix; so has star at the prefix's end.
    if block[345] and block[257:263] == b"ustar\0":
        prefix = text(block[345:476] if block[508:512] == b"tar\0" else block[345:500])
        return prefix + b"/" + own
    return own


def normalise(raw: bytes) -> str:
    """``raw`` as a path of the tree: ``./a//b/`` is ``a/b``, a leading slash goes, the root is ``""``.

    Raises BadImageError for a NUL, a ``..`` part, and what is longer than Linux allows.
    """
    if b"\0" in raw:
        raise BadImageError("its path holds a NUL")
    if len(raw) > MAX_PATH:
        raise BadImageError(f"its path has {len(raw)} bytes, more than Linux allows")
    path = raw.decode("utf-8", "surrogateescape")
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise BadImageError("its path leads out of the image (..)")
    if max(map(len, raw.split(b"/"))) > 255:
        raise BadImageError("a part of its path has more than 255 bytes, more than Linux allows")
    return "/".join(parts)


def bounded(value: int, most: int, what: str) -> int:
    """``value`` if it is from 0 to ``most``; else BadImageError says ``what`` is wrong."""
    if 0 <= value <= most:
        return value
    raise BadImageError(f"its {what} {value} is impossible")
