"""What a catalogue finds in an image made up: in one whose layers pass, and in one that is unpacked, it is the same."""

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from shave.catalog import interest
from shave.catalog.protocol import Read
from shave.events import silent
from shave.package import Package, Unread
from shave.reference import parse
from shave.sources import open_image
from shave.store import unpack
from shave.survey import survey
from shave.testing import Member, image
from shave.tree import Entry, Kind, Node, Tree, parents


def found(read: Read, members: Mapping[str, Member]) -> list[Package | Unread]:
    """What ``read`` finds."""
    made = image(members, compression="none")
    passing = list(read(survey(made, interest(), silent)))
    with TemporaryDirectory() as directory:
        assert list(read(unpack(made, Path(directory), silent))) == passing
    return passing


def why(read: Read, members: Mapping[str, Member]) -> str:
    """Why the one record cannot be read."""
    (unread,) = (each for each in found(read, members) if isinstance(each, Unread))
    return unread.why


def installed(read: Read, directory: Path) -> list[Package]:
    """What ``read`` finds in a real directory, all of which it can read."""
    with open_image(parse(f"rootfs:{directory}"), None, silent) as made:
        said = list(read(survey(made, interest(), silent)))
    assert not [each for each in said if isinstance(each, Unread)]
    return [each for each in said if isinstance(each, Package)]


def survives(read: Read, *paths: str) -> Callable[[bytes], None]:
    """A check that any bytes as each of the records give packages of sound paths or a reason why not."""

    def check(data: bytes) -> None:
        for each in read(Memory(dict.fromkeys(paths, data))):
            if isinstance(each, Unread):
                assert each.why
            else:
                assert each.name
                assert all(path and ".." not in path.split("/") and path[0] != "/" for path in each.paths)

    return check


class Memory:
    """``Files`` from a dictionary."""

    def __init__(self, contents: Mapping[str, bytes]) -> None:
        self.contents = contents
        kinds: dict[str, Kind] = {above: "directory" for path in contents for above in parents(path)}
        kinds |= {"": "directory"} | dict.fromkeys(contents, "file")
        entries = [Entry(path, kind, size=len(contents.get(path, b""))) for path, kind in sorted(kinds.items())]
        self.tree = Tree({entry.path: Node(entry, 0, (0, entry.path)) for entry in entries})

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        return self.contents[path][offset : offset + length if length >= 0 else None]
