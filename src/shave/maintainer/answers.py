"""What an image says to a maintainer script that asks: is there this file, this program, this architecture."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence

from shave.architectures import TRIPLETS
from shave.maintainer.conditions import Status, compared
from shave.maintainer.words import Words, matches
from shave.needs.protocol import Files
from shave.tree import Entry, is_program

_PATH = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
_ELSEWHERE = ("/proc", "/sys", "/dev", "/tmp")
_CONFMODULE = "/usr/share/debconf/confmodule"
"""Sourcing it gives the debconf functions; what they set is RET, which only a run knows (confmodule(3))."""
_MOST_SOURCED = 1 << 18


class ImageAnswers:
    """Answers from the tree, and from the questions of the package. Programs that are ``emulated`` are there,
    whatever the image has, and succeed.
    """

    def __init__(
        self, image: Files, architecture: str, emulated: frozenset[str], questions: Mapping[str, str] | None = None
    ) -> None:
        self.image = image
        self.questions = questions or {}
        self.architecture = architecture
        self.emulated = emulated

    def exists(self, operator: str, path: str) -> Status:
        if operator == "-x" and self._program(posixpath.basename(path)) == path:
            return True
        if path.startswith(_ELSEWHERE):
            return None
        entry = self._entry(path, follow=operator not in ("-L", "-h"))
        if entry is None:
            return False
        holds = _HOLDS.get(operator)
        return holds(entry) if holds else True

    def status(self, words: Words) -> Status:
        match words:
            case ("dpkg", "--compare-versions", *versions):
                return compared(tuple(versions))
            case ("command", "-v" | "-V", str(name), *_) | ("which" | "type" | "hash", str(name)):
                return bool(self._program(name))
            case ("dpkg-statoverride" | "dpkg-divert", *options) if "--list" in options:
                return False
            case (str(name), *_):
                return True if name in self.emulated else None
        return None

    def output(self, words: Words) -> str | None:
        match words:
            case ("echo" | "printf", str(only)) if not only.startswith("-") and not set("%\\") & set(only):
                return only
            case ("echo", *parts) if not any(part is None or part.startswith("-") or "\\" in part for part in parts):
                return " ".join(part or "" for part in parts)
            case ("command", "-v", str(name)) | ("which", str(name)):
                return self._program(name)
            case ("dpkg", "--print-architecture"):
                return self.architecture
            case ("dpkg-architecture", "-qDEB_HOST_MULTIARCH"):
                return TRIPLETS.get(self.architecture)
            case ("dpkg-divert", "--truename", str(path)) | ("dpkg-realpath", str(path)):
                return path
            case ("dpkg-divert", "--listpackage" | "--list", *_):
                return ""
            case ("basename", str(path)):
                return posixpath.basename(path.rstrip("/"))
            case ("dirname", str(path)):
                return posixpath.dirname(path.rstrip("/")) or "."
            case ("mktemp", *_):
                return "/tmp/mktemp"
        return None

    def filtered(self, words: Words, text: str) -> str | None:
        match words:
            case ("cut", str(delimiter), str(field)) if re.fullmatch("-f[0-9]{1,4}", field) and delimiter[:2] == "-d":
                parts = text.split(delimiter[2:] or None)
                return parts[int(field[2:]) - 1] if 0 < int(field[2:]) <= len(parts) else ""
        return None

    def files(self, pattern: str) -> Sequence[str] | None:
        """Patterns whose last part alone has wildcards; the others are not known."""
        directory, _, name = pattern.rpartition("/")
        if not pattern.startswith("/") or set("*?[") & set(directory):
            return None
        real = self.image.tree.resolve(directory).path
        below = self.image.tree.children.get(real, ()) if real is not None else ()
        names = sorted(path.rpartition("/")[2] for path in below)
        found = [f"{directory}/{each}" for each in names if matches(each, name) and not each.startswith(".")]
        return found or (pattern,)

    def debconf(self, question: str) -> str | None:
        return self.questions.get(question)

    def source(self, path: str) -> bytes | None:
        if path == _CONFMODULE:
            return b"read RET"
        entry = self._entry(path, follow=True)
        if entry is None or entry.kind != "file" or entry.size > _MOST_SOURCED:
            return None
        return self.image.read(entry.path)

    def _program(self, name: str) -> str:
        """Where a program is, as ``command -v`` prints it; empty if it is nowhere."""
        if "/" in name:
            return name if is_program(self._entry(name, follow=True)) else ""
        places = (f"{place}/{name}" for place in _PATH)
        found = next((place for place in places if is_program(self._entry(place, follow=True))), "")
        return found or (f"/usr/bin/{name}" if name in self.emulated else "")

    def _entry(self, path: str, follow: bool) -> Entry | None:
        if not path.startswith("/"):
            return None
        found = self.image.tree.resolve(path, follow_last=follow).path
        return None if found is None else self.image.tree.get(found)


_HOLDS: dict[str, Callable[[Entry], bool]] = {
    "-f": lambda entry: entry.kind in ("file", "hardlink"),
    "-d": lambda entry: entry.kind == "directory",
    "-L": lambda entry: entry.kind == "symlink",
    "-h": lambda entry: entry.kind == "symlink",
    "-s": lambda entry: entry.size > 0,
    "-x": lambda entry: bool(entry.mode & 0o111),
}
