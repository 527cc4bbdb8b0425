"""Whether words stand in a file, however large it is."""

from collections.abc import Sequence

from shave.needs import Files

_CHUNK = 1 << 22
# More than any program has; a sparse file may claim what nobody could read
_MOST = 1 << 30


def holds(files: Files, path: str, words: Sequence[bytes]) -> bool:
    """Whether one of the words stands in the regular file at ``path`` (real), read a piece at a time."""
    entry = files.tree.get(path)
    if entry is None or entry.kind != "file":
        return False
    longest = max(map(len, words))
    pieces = (files.read(path, at, _CHUNK + longest) for at in range(0, min(entry.size, _MOST), _CHUNK))
    return any(word in piece for piece in pieces for word in words)
