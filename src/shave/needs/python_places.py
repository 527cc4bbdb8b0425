"""Where interpreters look for modules: their standard libraries, the directories of distributions, ``.pth`` files.

Sources: the Python library reference, "The initialization of the sys.path module search path", site, venv
(pyvenv.cfg); Debian Python Policy, 3 (dist-packages).
"""

import re
from collections.abc import Iterable, Iterator
from posixpath import join, normpath

from msgspec import Struct

from shave.needs.protocol import Files
from shave.oci import DEFAULT_PATH
from shave.tree import parents

_LIBRARY = re.compile(r"(?:(.*)/)?lib(?:64)?/python(\d+\.\d+)")
_SITE = re.compile(r"(?:(.*)/)?lib(?:64)?/python(\d+(?:\.\d+)?)/(?:site|dist)-packages")
_METADATA = (".dist-info", ".egg-info")
_INTERPRETER = re.compile(r"python\d*(?:\.\d+)?")
_MOST_BYTES = 1 << 16
"""Of a pyvenv.cfg or a .pth file."""


class Place(Struct, frozen=True):
    """Where one interpreter looks, in order: its standard library, then directories of distributions."""

    library: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


class Places:
    """The interpreters of an image, and which of them a file is for."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files, self.tree = files, files.tree
        self.libraries = frozenset(path for path in self.tree.children if self._is_library(path))
        self.path = environment.get("PATH", DEFAULT_PATH).split(":")
        self.of_site = {path: self._of_site(path) for path in self.tree.children if _SITE.fullmatch(path)}
        self.others = (*self._directories(environment.get("PYTHONPATH", "").split(":")), *self._loose())
        self.usual = self._usual()

    def home(self, path: str) -> str:
        """The directory of distributions, or the standard library, that a file lies in; "" for an application's."""
        places = (above for above in parents(path) if above in self.of_site or above in self.libraries)
        return next(places, "") or next((above for above in parents(path) if above in self.others), "")

    def of(self, path: str, head: bytes) -> tuple[Place, ...]:
        """Where imports of a file are looked for: by the interpreter it was installed for or that its first line
        names, else by each that PATH finds or that is a virtual environment.
        """
        home = self.home(path)
        if home in self.of_site:
            return self.of_site[home]
        if home in self.libraries:
            return (Place((home, f"{home}/lib-dynload")),)
        return self._interpreter(head) or self.usual

    def _interpreter(self, head: bytes) -> tuple[Place, ...]:
        words = head[2:].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").split() if head[:2] == b"#!" else []
        if not words or words[0].endswith("/env"):
            return ()
        return tuple(self.executable(words[0]))

    def _by_path(self) -> Iterator[Place]:
        """The interpreters of the first directory on PATH that has any."""
        for directory in self.path:
            if found := [place for name in ("python3", "python") for place in self.executable(join(directory, name))]:
                yield from found
                return

    def executable(self, path: str) -> Iterator[Place]:
        """The place of an interpreter by its absolute path: a virtual environment's is told by the name in it."""
        real = self.tree.resolve(path).path
        if real is None or not _INTERPRETER.fullmatch(real.rpartition("/")[2]):
            return
        called = normpath(path).lstrip("/").rpartition("/")[0].rpartition("/")[0]
        prefix = self.tree.resolve(called).path or called
        if f"{prefix}/pyvenv.cfg" not in self.tree:
            prefix = real.rpartition("/")[0].rpartition("/")[0]
        version = real.rpartition("python")[2]
        yield from self._of_prefix(prefix, version if "." in version else "")

    def _virtual(self) -> Iterator[Place]:
        for path in self.tree.nodes:
            if path.endswith("/pyvenv.cfg"):
                yield from self._of_prefix(path.rpartition("/")[0], "")

    def _usual(self) -> tuple[Place, ...]:
        found = tuple(dict.fromkeys((*self._by_path(), *self._virtual())))
        known = found or tuple(dict.fromkeys(place for places in self.of_site.values() for place in places))
        return tuple(Place(place.library, (*self.others, *place.sites)) for place in known or (Place(),))

    def _loose(self) -> Iterator[str]:
        """Directories elsewhere that distributions were installed into (``pip install --target``), the outermost."""
        for path in self.tree.children:
            above = path.rpartition("/")[0]
            if path.endswith(_METADATA) and above and not any(up in self.of_site for up in (above, *parents(above))):
                yield above

    def _of_site(self, site: str) -> tuple[Place, ...]:
        prefix, version = _prefix(_SITE, site)
        version = version if "." in version else ""
        owners = (prefix, "usr") if prefix == "usr/local" else (prefix,)
        places = [place for owner in owners for place in self._of_prefix(owner, version) if site in place.sites]
        return tuple(places) or (Place((), self._with_paths((site,))),)

    def _of_prefix(self, prefix: str, version: str) -> Iterator[Place]:
        """The interpreters below a prefix, of one version or of all."""
        settings = self._settings(prefix)
        base = self._base(settings.get("home", "")) if settings else prefix
        for library in self.libraries:
            above, number = _prefix(_LIBRARY, library)
            sites = [site for site in _sites_of(prefix, number) if site in self.tree.children]
            if above != base or version not in ("", number) or (settings and not sites):
                continue
            if settings.get("include-system-site-packages", "").lower() == "true":
                sites += [site for site in _sites_of(base, number) if site in self.tree.children]
            yield Place((library, f"{library}/lib-dynload"), self._with_paths(sites))

    def _is_library(self, path: str) -> bool:
        return bool(_LIBRARY.fullmatch(path)) and (f"{path}/os.py" in self.tree or f"{path}/os.pyc" in self.tree)

    def _settings(self, prefix: str) -> dict[str, str]:
        lines = self._text(f"{prefix}/pyvenv.cfg").splitlines()
        return {key.strip().lower(): value.strip() for key, _, value in (line.partition("=") for line in lines)}

    def _base(self, home: str) -> str:
        """The prefix of the interpreter that an environment was made with: above the directory of the program."""
        above = self.tree.resolve(home).path or home.strip("/")
        for name in ("python3", "python"):
            real = self.tree.resolve(f"/{above}/{name}").path
            if real:
                return real.rpartition("/")[0].rpartition("/")[0]
        return above.rpartition("/")[0]

    def _with_paths(self, sites: Iterable[str]) -> tuple[str, ...]:
        """Directories with those that their ``.pth`` files add."""
        found: dict[str, None] = {}
        for site in sites:
            found[site] = None
            for path in self.tree.children.get(site, ()):
                if path.endswith(".pth"):
                    lines = [line for line in self._text(path).splitlines() if not line.startswith(("import", "#"))]
                    found.update(dict.fromkeys(self._directories(join("/", site, line.strip()) for line in lines)))
        return tuple(found)

    def _directories(self, paths: Iterable[str]) -> Iterator[str]:
        for path in paths:
            real = self.tree.resolve(path).path if path else None
            if real and real in self.tree.children:
                yield real

    def _text(self, path: str) -> str:
        real = self.tree.resolve(path).path
        entry = self.tree.get(real) if real else None
        if real is None or entry is None or entry.kind != "file":
            return ""
        return self.files.read(real, 0, _MOST_BYTES).decode("utf-8", "surrogateescape")


def _prefix(pattern: re.Pattern[str], path: str) -> tuple[str, str]:
    """What is above ``lib`` in a path, and the version in it."""
    found = pattern.fullmatch(path)
    return (found[1] or "", found[2]) if found else ("", "")


def _sites_of(prefix: str, version: str) -> Iterator[str]:
    """Where an interpreter looks for distributions; a distribution's own also below /usr/local."""
    for base in (f"{prefix}/local", prefix) if prefix == "usr" else (prefix,):
        for lib in ("lib", "lib64"):
            for name in (f"python{version}", "python3"):
                yield from (f"{base}/{lib}/{name}/{kind}-packages".lstrip("/") for kind in ("site", "dist"))
