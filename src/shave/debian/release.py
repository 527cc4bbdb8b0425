"""The Release file of a suite: what it is called, when it was made, how long it holds, and what its files hash to.

Source: https://wiki.debian.org/DebianRepository/Format, "Release" files.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from msgspec import Struct

from shave.deb822 import paragraphs
from shave.errors import CannotError
from shave.spec import Archive

# as apt has it, Acquire::Max-FutureTime
_FUTURE = timedelta(seconds=10)
_FILE = re.compile(r"\s*([0-9a-f]{64})\s+([0-9]{1,15})\s+([^\s/][^\s]*)", re.ASCII)
_OTHER = "another mirror may be right: [[archive]] uri = …"


class Listed(Struct, frozen=True):
    """A file of the suite: SHA-256 in hex digits, and size in bytes."""

    sha256: str
    size: int


class ArchiveRelease(Struct, frozen=True):
    """``files`` are by their paths below the suite. ``all_apart``: packages for all architectures have an index of
    their own; else every architecture's has them too.
    """

    suite: str
    codename: str
    date: datetime
    valid_until: datetime | None
    by_hash: bool
    all_apart: bool
    files: dict[str, Listed]


def parse(text: str, what: str) -> ArchiveRelease:
    """What a Release file says. Raises CannotError that begins with ``what``."""
    fields = next(paragraphs(text), {})
    date = _date(fields.get("date", ""))
    until = _date(fields.get("valid-until", ""))
    if date is None or (until is None and "valid-until" in fields):
        raise CannotError(f"{what} does not say when it was made", _OTHER)
    return ArchiveRelease(
        fields.get("suite", ""),
        fields.get("codename", ""),
        date,
        until,
        fields.get("acquire-by-hash", "").lower() == "yes",
        "all" in fields.get("architectures", "").split() and "no-support-for-architecture-all" not in fields,
        dict(_files(fields.get("sha256", ""))),
    )


def refuse_other(release: ArchiveRelease, archive: Archive, now: datetime, what: str) -> None:
    """Raise CannotError if this is no release of ``archive``'s suite, or none that holds at ``now``.

    Whoever can answer in a mirror's place cannot sign, but could show what was once signed of another suite, or long
    ago.
    """
    flat = archive.suite.endswith("/")
    if not flat and archive.suite not in (release.suite, release.codename):
        raise CannotError(
            f"{what} is of {release.codename or release.suite or 'no suite'}, not {archive.suite}", _OTHER
        )
    if release.date > now + _FUTURE:
        raise CannotError(
            f"{what} is of {_shown(release.date)}, which is in the future", "is this machine's clock right?"
        )
    if release.valid_until is not None and release.valid_until < now:
        hint = f"the mirror is no longer kept, or the clock is wrong; {_OTHER}"
        raise CannotError(f"{what} has expired: it was valid until {_shown(release.valid_until)}", hint)


def _files(text: str) -> Iterator[tuple[str, Listed]]:
    for line in text.split("\n"):
        found = _FILE.fullmatch(line.rstrip())
        if found:
            yield found[3], Listed(found[1], int(found[2]))


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError, TypeError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def _shown(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
