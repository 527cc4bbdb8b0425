"""Paths in the making over an image: what an emulation lays down before it becomes a stratum."""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.maintainer.protocol import Effects
from shave.stage import Made, Remark, Stage
from shave.tree import Entry

_MOST_LINKS = 40
Owner = tuple[int, int]
"""A user's number and a group's."""


class Draft:
    """An image with changes. Paths are absolute as in scripts; symbolic links to directories are followed."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.members: dict[str, tuple[str, Made]] = {}
        self.remarks: list[Remark] = []
        self.emptied: set[str] = set()
        self.changes = 0

    def effects(self) -> Effects:
        """What came of it."""
        return Effects(tuple(self.members.values()), tuple(self.remarks))

    def remark(self, unit: str, text: str) -> None:
        """Something that could not be done."""
        self.remarks.append(Remark(unit, text))

    def real(self, path: str, follow_last: bool = False) -> str:
        """Where a path leads, with what is not there yet taken for directories; path_resolution(7)."""
        here, links = "", 0
        todo = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        while todo:
            part = todo.pop()
            if part == "..":
                here = here.rpartition("/")[0]
                continue
            step = f"{here}/{part}" if here else part
            entry = self._entry(step)
            if entry is not None and entry.kind == "symlink" and (todo or follow_last) and links < _MOST_LINKS:
                links += 1
                here = "" if entry.link.startswith("/") else here
                todo.extend(piece for piece in reversed(entry.link.split("/")) if piece not in ("", "."))
            else:
                here = step
        return here

    def entry(self, path: str, follow_last: bool = True) -> Entry | None:
        """What is at a path; None if nothing is."""
        return self._entry(self.real(path, follow_last))

    def _entry(self, real: str) -> Entry | None:
        made = self.members.get(real)
        return made[1][0] if made else self.stage.tree.get(real)

    def read(self, path: str) -> bytes | None:
        """The bytes of a regular file; None if there is none."""
        real = self.real(path, follow_last=True)
        if real in self.members:
            return self.members[real][1][1]
        entry = self.stage.tree.get(real)
        return self.stage.read(real) if entry is not None and entry.kind in ("file", "hardlink") else None

    def owner(self, path: str) -> str:
        """The unit that a path of the image comes from, or would: that of the nearest directory above it."""
        real = self.real(path, follow_last=True)
        return self.stage.origin(real).unit if real in self.stage.tree else ""

    def put(self, unit: str, entry: Entry, body: bytes = b"") -> None:
        """Lay down an entry whose path is real, and the directories above it that are not there."""
        parts = entry.path.split("/")[:-1]
        for at in range(1, len(parts) + 1):
            above = "/".join(parts[:at])
            if self._entry(above) is None:
                self.members[above] = (unit, (Entry(above, "directory", 0o755), b""))
        self.members[entry.path] = (unit, (replace(entry, size=len(body) if entry.kind == "file" else 0), body))

    def file(self, unit: str, path: str, body: bytes, mode: int = 0o644, owner: Owner | None = None) -> None:
        """Write a regular file; one that is there keeps its owner and mode, as it does under ``>``."""
        real = self.real(path, follow_last=True)
        before = self._entry(real)
        if before is not None and before.kind == "file":
            self.put(unit, replace(before, digest=b"", offset=0, sparse=None), body)
        else:
            self.put(unit, Entry(real, "file", mode, *(owner or (0, self._group(real) or 0))), body)

    def symlink(self, unit: str, path: str, target: str) -> None:
        """Make a symbolic link, in the place of a link or file of that name."""
        self.put(unit, Entry(self.real(path), "symlink", 0o777, link=target))

    def directory(self, unit: str, path: str, mode: int = 0o755, owner: Owner | None = None) -> None:
        """Make a directory if nothing is there."""
        real = self.real(path, follow_last=True)
        if real and self._entry(real) is None:
            group = None if owner else self._group(real)
            inherited = 0 if group is None else 0o2000
            self.put(unit, Entry(real, "directory", mode | inherited, *(owner or (0, group or 0))))

    def _group(self, real: str) -> int | None:
        """The group that what is made in a set-group-ID directory gets; mkdir(2)."""
        above = self._entry(real.rpartition("/")[0])
        return above.gid if above is not None and above.mode & 0o2000 else None

    def change(self, unit: str, real: str, entry: Entry) -> None:
        """Give a path that is there other metadata."""
        self.changes += 1
        if entry.kind == "hardlink":
            entry = replace(entry, kind="file", link="")
        body = (self.read(real) or b"") if entry.kind == "file" else b""
        self.put(unit, replace(entry, digest=b"", offset=0, sparse=None), body)

    def forget(self, path: str) -> Made | None:
        """Take back what was laid down at a path that the image itself does not have; None if that is not so."""
        real = self.real(path)
        if real in self.stage.tree or real not in self.members:
            return None
        return self.members.pop(real)[1]

    def migrate(self, unit: str, real: str, target: str) -> None:
        """Put a link in the place of a directory; what is below it goes where the link leads."""
        there = self.real(f"/{target}" if target.startswith("/") else f"/{real}/../{target}", follow_last=True)
        paths = [path for path in self.below(real) if path != real]
        moved = [(path, self._entry(path), self.read(f"/{path}") or b"") for path in paths]
        for path in (real, *paths):
            self.members.pop(path, None)
        self.put(unit, Entry(real, "symlink", 0o777, link=target))
        for path, entry, body in moved:
            place = there + path[len(real) :]
            if entry is not None and self._entry(place) is None:
                self.put(unit, replace(entry, path=place), body)

    def below(self, real: str) -> Iterator[str]:
        """A path and all that is below it."""
        todo = [real]
        pending: dict[str, set[str]] = {}
        for path in self.members:
            pending.setdefault(path.rpartition("/")[0], set()).add(path)
        while todo:
            here = todo.pop()
            yield here
            below = pending.get(here, set()).union(self.stage.tree.children.get(here, ()))
            todo.extend(sorted(below, reverse=True))
