"""What a catalogue finds in an image made up: in one whose layers pass, and in one that is unpacked, it is the same."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from shave.catalog import interest
from shave.catalog.protocol import Read
from shave.events import silent
from shave.package import Package, Unread
from shave.store import unpack
from shave.survey import survey
from shave.testing import Member, image


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
