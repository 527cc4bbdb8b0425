"""Inputs that are nearly right: seeds changed a little, with checksums and digests that fit again."""

from collections.abc import Iterator, Sequence
from random import Random

from shave.tar_header import BLOCK

_NUMBERS = (b"", b"0", b"-1", b"9" * 20, b"1e9", b"\xff" * 8, b"\x80" + b"\0" * 10 + b"\1", b"7777777\0", bytes(12))
_WORDS = (b"\0", b"\n", b"/", b"../", b"=", b" ", b":", b"@", b"\x1b", b"\xff", b".wh.", b"null", b"[", b"{", b'"')


def inputs(seeds: Sequence[bytes], chance: Random) -> Iterator[bytes]:
    """Endless variations of ``seeds``; the same ``chance`` gives the same."""
    yield from seeds
    while True:
        yield variation(chance.choice(seeds), seeds, chance)


def variation(data: bytes, seeds: Sequence[bytes], chance: Random) -> bytes:
    """``data`` changed in a few places, sometimes by pieces of the seeds."""
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        data = _changed(data, chance.choice(seeds), chance)
    return data


def _changed(data: bytes, other: bytes, chance: Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    end = min(len(data), at + chance.choice((1, 1, 2, 8, 12, 100, BLOCK)))
    middle = chance.choice(
        (
            bytes([chance.randrange(256)]),
            b"",
            data[at:end] * chance.choice((2, 3, 50)),
            chance.choice(_NUMBERS),
            chance.choice(_WORDS),
            other[at:end],
            data[end:][:BLOCK],
        )
    )
    if chance.random() < 0.5:  # a field is overwritten, the rest stays where it is
        end = at + len(middle)
    return data[:at] + middle + data[end:]


def summed(data: bytes) -> bytes:
    """A tar whose headers, where they stand and look like any, have the checksum that fits."""
    blocks = [data[at : at + BLOCK] for at in range(0, len(data), BLOCK)]
    return b"".join(_summed(block) if b"ustar" in block[257:263] else block for block in blocks)


def _summed(block: bytes) -> bytes:
    total = sum(block[:148]) + 8 * 0x20 + sum(block[156:])
    return block[:148] + b"%06o\0 " % total + block[156:] if len(block) == BLOCK else block
