"""The stream under a tar: blocks, bodies and sparse maps from chunks of any size, bodies hashed as they pass."""

from collections.abc import Callable, Iterable

from xxhash import xxh3_128, xxh3_128_digest

from shave import sparse
from shave.errors import BadImageError
from shave.records import Keeper
from shave.tar_header import BLOCK, bounded


class Stream:
    """Chunks of any size read as blocks and bodies; at most one chunk and a block is held."""

    def __init__(self, chunks: Iterable[bytes], keeper: Keeper | None = None) -> None:
        self.chunks = iter(chunks)
        self.keeper = keeper
        self.buffer = b""
        self.view = memoryview(b"")
        self.at = self.size = self.base = self.extensions = 0

    @property
    def offset(self) -> int:
        """Where in the stream the next byte stands."""
        return self.base + self.at

    def more(self) -> bool:
        """Replace the buffer, read to its end, by the next chunk; False at the end of the stream."""
        self.base += self.size
        self.at = self.size = 0
        for chunk in self.chunks:
            if chunk:
                self.buffer, self.view, self.size = chunk, memoryview(chunk), len(chunk)
                return True
        return False

    def take(self, length: int) -> bytes:
        """The next ``length`` bytes, fewer only at the end of the stream."""
        at = self.at
        end = at + length
        if end <= self.size:
            self.at = end
            return self.buffer[at:end]
        return b"".join(self.parts(length))

    def parts(self, length: int) -> Iterable[memoryview]:
        """The next ``length`` bytes in pieces of the chunks they stand in; fewer only at the end of the stream."""
        while length:
            if self.at == self.size and not self.more():
                return
            piece = self.view[self.at : self.at + length]
            self.at += len(piece)
            length -= len(piece)
            yield piece

    def skip(self, length: int) -> None:
        """Pass over padding, which may be missing at the end of the stream."""
        self.at += length
        if self.at > self.size:
            length = self.at - self.size
            self.at = self.size
            for _ in self.parts(length):
                pass

    def peek(self, length: int) -> bytes:
        """The next ``length`` bytes without passing over them; fewer only at the end of the stream."""
        while self.size - self.at < length:
            rest, at = self.buffer[self.at : self.size], self.base + self.at
            if not self.more():
                self.buffer, self.view, self.size, self.base, self.at = rest, memoryview(rest), len(rest), at, 0
                break
            self.buffer, self.base = rest + self.buffer, at
            self.view, self.size = memoryview(self.buffer), len(self.buffer)
        return self.buffer[self.at : self.at + length]

    def watched(self, length: int, watch: Callable[[memoryview], object]) -> bytes:
        """As ``body``, with each piece of it shown to ``watch``."""
        digest = self._long_body(bounded(length, (1 << 63) - 1, "size"), b"", watch)
        self.skip(-length & 511)
        return digest

    def body(self, length: int, before: bytes = b"") -> bytes:
        """Pass over a body of ``length`` bytes and its padding; the xxh3-128 of ``before`` and it."""
        at = self.at
        end = at + length
        if not before and length >= 0 and end <= self.size:
            digest = xxh3_128_digest(self.view[at:end])
            self.at = end
        else:
            digest = self._long_body(bounded(length, (1 << 63) - 1, "size"), before)
        if length & 511:
            self.skip(-length & 511)
        return digest

    def _long_body(self, length: int, before: bytes, watch: Callable[[memoryview], object] = len) -> bytes:
        hasher = xxh3_128(before)
        end = self.offset + length
        for piece in self.parts(length):
            hasher.update(piece)
            watch(piece)
        if self.offset < end:
            raise BadImageError(f"the tar stream is cut off: a body lacks {end - self.offset} bytes")
        return hasher.digest()

    def sparse_map(self, stored: int) -> tuple[list[int], int]:
        """The numbers of a GNU.sparse 1.0 map, which begins a body of ``stored`` bytes, and the map's length."""
        numbers: list[int] = []
        tail = b""
        length = 0
        while not numbers or len(numbers) <= 2 * numbers[0]:
            length += BLOCK
            if length > stored or len(tail) > 20 or (numbers and numbers[0] > sparse.MAX_SEGMENTS):
                raise BadImageError("a sparse map is cut off")
            *lines, tail = (tail + self.take(BLOCK)).split(b"\n")
            numbers += sparse.parse_list(b"\n".join(lines), b"\n")
        return numbers[1 : 2 * numbers[0] + 1], length

    def drain(self) -> None:
        """Read to the end, for whoever counts and hashes the chunks."""
        while self.more():
            pass
