"""Plugins: distributions that offer an entry point in a group that other code names.

Source: the Python Packaging User Guide, "Entry points specification" and "Creating and discovering plugins".
"""

import re
from collections import defaultdict

from shave.needs.protocol import Files

_GROUP = re.compile(r"^\[([^\]\n]+)\]", re.MULTILINE)
_MODULE = re.compile(r"^[^=#\n\[]+=\s*([A-Za-z_][\w.]*)", re.MULTILINE)
_NOT_RUN = re.compile(
    r"(?:console_scripts|gui_scripts|distutils\.|setuptools\.|egg_info\.|pytest11|flake8|mypy|pip|sphinx).*"
)
"""Groups of scripts, which name their module themselves, and of tools that build and check."""
_MOST_BYTES = 1 << 18


class Plugins:
    """The groups of entry points in each directory of distributions."""

    def __init__(self, files: Files) -> None:
        self.files = files
        self.groups: defaultdict[bytes, dict[str, None]] = defaultdict(dict)
        for directory, children in files.tree.children.items():
            if directory.endswith((".dist-info", ".egg-info")) and f"{directory}/entry_points.txt" in children:
                self._read(f"{directory}/entry_points.txt")
        named = b"|".join(re.escape(group) for group in sorted(self.groups))
        self.named = re.compile(rb"[\"'](%s)[\"']" % named) if named else None

    def offered(self, source: bytes) -> dict[str, str]:
        """The modules that offer something in a group that is a string constant of a source, with that group."""
        groups = set(self.named.findall(source)) if self.named else set()
        return {module: group.decode() for group in sorted(groups) for module in self.groups[group]}

    def _read(self, path: str) -> None:
        entry = self.files.tree.get(path)
        data = self.files.read(path, 0, _MOST_BYTES) if entry and entry.kind == "file" else b""
        parts = _GROUP.split(data.decode("utf-8", "surrogateescape"))
        for group, lines in zip(parts[1::2], parts[2::2], strict=True):
            if not _NOT_RUN.fullmatch(group.strip()):
                modules = self.groups[group.strip().encode("utf-8", "surrogateescape")]
                modules.update(dict.fromkeys(_MODULE.findall(lines)))
