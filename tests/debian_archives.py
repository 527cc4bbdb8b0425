"""Small Debian archives made for a test by Debian's own tools: dpkg-deb, apt-ftparchive, gpg; served from disk."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from math import inf
from pathlib import Path
from threading import Event, Thread
from typing import Any

from msgspec import Struct

from shave.spec import Archive

NOW = datetime.now(UTC)
PACKAGES: dict[str, str] = {
    "app_1.0": "Depends: lib (>= 1), debconf (>= 0.5) | debconf-2.0",
    "lib_1.0": "",
    "lib_2.0": "Provides: single",
    "debconf_1.5": "Pre-Depends: perl-base",
    "perl-base_5": "Essential: yes",
    "broken_1.0": "Depends: absent (>= 2)",
    "demanding_1.0": "Depends: lib (>= 9)",
    "warm_1.0": "",
    "cold_1.0": "Conflicts: warm",
    "mawk_1.0": "Provides: awk",
    "gawk_1.0": "Provides: awk",
    "plus+plus_1:2.0+b1~x": "",
}


class Key(Struct, frozen=True):
    """A key pair: gpg's directory, the fingerprint, and the file of the public key."""

    home: Path
    fingerprint: str
    public: Path

    def sign(self, release: Path, *options: str) -> None:
        """Make the InRelease beside a Release."""
        target = release.with_name("InRelease")
        target.unlink(missing_ok=True)
        gpg(self.home, "--local-user", self.fingerprint, *options, "--clearsign", "--output", str(target), str(release))


def gpg(home: Path, *words: str) -> str:
    """gpg without anything of this user's."""
    command = ("gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback")
    return subprocess.run((*command, *words), check=True, capture_output=True, text=True).stdout


@contextmanager
def keys(*names: str) -> Iterator[tuple[Key, ...]]:
    """Key pairs in a directory with a short path, as the agent's socket needs one; the agent ends with them."""
    with tempfile.TemporaryDirectory(prefix="gpg-") as place:
        home = Path(place)
        try:
            yield tuple(_key(home, name) for name in names)
        finally:
            subprocess.run(["gpgconf", "--homedir", place, "--kill", "all"], check=False, capture_output=True)


def _key(home: Path, name: str) -> Key:
    gpg(home, "--quick-generate-key", f"{name} <{name}@example.org>", "ed25519", "sign", "never")
    rows = gpg(home, "--list-keys", "--with-colons", name).splitlines()
    fingerprint = next(row.split(":")[9] for row in rows if row.startswith("fpr:"))
    public = home / f"{name}.asc"
    gpg(home, "--armor", "--output", str(public), "--export", fingerprint)
    return Key(home, fingerprint, public)


class Repository(Struct, frozen=True):
    """An archive on disk with one suite, signed by ``key``."""

    root: Path
    key: Key
    suite: str = "test"

    @property
    def dist(self) -> Path:
        """The suite's directory."""
        return self.root / "dists" / self.suite

    def archive(self, uri: str = "", **changes: Any) -> Archive:
        """It in the words of a spec; by default where it lies on disk."""
        fields = {"uri": uri or self.root.as_uri(), "suite": self.suite, "keyring": str(self.key.public)}
        return Archive(**(fields | changes))

    def index(self) -> None:
        """Packages files of what is in the pool."""
        folder = self.dist / "main/binary-amd64"
        folder.mkdir(parents=True, exist_ok=True)
        made = subprocess.run(
            ["apt-ftparchive", "packages", "pool"], cwd=self.root, check=True, capture_output=True
        ).stdout
        (folder / "Packages").write_bytes(made)
        subprocess.run(["xz", "-kf", "Packages"], cwd=folder, check=True)
        subprocess.run(["gzip", "-nkf", "Packages"], cwd=folder, check=True)

    def release(self, sign: bool = True, **fields: str) -> None:
        """A Release file, and its signature; ``fields`` stand in for its own, those that are empty are left out."""
        usual = {
            "Origin": "Test",
            "Suite": f"{self.suite}-suite",
            "Codename": self.suite,
            "Date": date(),
            "Valid-Until": date(days=7),
            "Architectures": "amd64",
            "Components": "main",
        }
        said = {name: value for name, value in (usual | fields).items() if value}
        for name in ("Release", "InRelease"):
            (self.dist / name).unlink(missing_ok=True)
        sums = subprocess.run(
            ["apt-ftparchive", "release", "."], cwd=self.dist, check=True, capture_output=True, text=True
        )
        _, mark, hashes = sums.stdout.partition("SHA256:\n")
        head = "".join(f"{name}: {value}\n" for name, value in said.items())
        release = self.dist / "Release"
        release.write_text(head + mark + hashes.partition("SHA512:")[0])
        if sign:
            self.key.sign(release)

    def copy(self, root: Path) -> "Repository":
        """The same to be spoilt."""
        shutil.copytree(self.root, root)
        return Repository(root, self.key, self.suite)


def date(**delta: float) -> str:
    """A time from now, as a Release file has it."""
    return format_datetime(NOW + timedelta(**delta), usegmt=True)


def repository(root: Path, key: Key, packages: Mapping[str, str] = PACKAGES, suite: str = "test") -> Repository:
    """An archive of empty packages: their names and versions, and their other fields."""
    made = Repository(root, key, suite)
    pool = root / "pool"
    pool.mkdir(parents=True)
    for name, fields in packages.items():
        deb(pool, name, fields)
    made.index()
    made.release()
    return made


def deb(pool: Path, name: str, fields: str) -> Path:
    """A package that holds one file with its name."""
    package, _, version = name.partition("_")
    path = pool / f"{package}_{version.rpartition(':')[2]}_all.deb"
    with tempfile.TemporaryDirectory() as place:
        control = Path(place, "DEBIAN/control")
        control.parent.mkdir()
        more = f"{fields}\n" if fields else ""
        control.write_text(
            f"Package: {package}\nVersion: {version}\nArchitecture: all\n{more}"
            "Maintainer: Nobody <nobody@example.org>\nDescription: nothing\n"
        )
        file = Path(place, "usr/share", package)
        file.parent.mkdir(parents=True)
        file.write_text(name)
        command = ["dpkg-deb", "--root-owner-group", "-Znone", "--build", place, str(path)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1"})
    return path


class Server(ThreadingHTTPServer):
    """A mirror that knows ranges. ``asked`` are the paths and their statuses; the next ``breaks`` answers with a body
    end in its half; ``alive`` is how many more get any; ``authorization`` is wanted if it is set; bodies wait for
    ``going``.
    """

    daemon_threads = True

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root, self.asked, self.breaks, self.authorization = root, list[tuple[str, int]](), 0, ""
        self.alive = inf
        self.going = Event()
        self.going.set()
        self.uri = f"http://127.0.0.1:{self.server_port}"


class _Handler(SimpleHTTPRequestHandler):
    server: Server

    def __init__(self, request: Any, address: Any, server: Server) -> None:
        super().__init__(request, address, server, directory=str(server.root))

    def do_GET(self) -> None:
        self.server.alive -= 1
        if self.server.alive < 0:
            return
        if self.server.authorization not in ("", self.headers.get("Authorization")):
            self.send_error(401)
            return
        path = Path(self.translate_path(self.path))
        if self._start() and path.is_file() and self._start() >= path.stat().st_size:
            self.send_error(416)
            return
        source = self.send_head()
        if source:
            with source:
                data = source.read()
                start = self._start()
                self.server.going.wait()
                self.wfile.write(data[start : start + (len(data) - start) // 2 if self._breaks() else None])

    def send_response(self, code: int, message: str | None = None) -> None:
        partial = code == 200 and self._start()
        super().send_response(206 if partial else code, message)

    def send_header(self, keyword: str, value: str) -> None:
        start = self._start()
        if keyword == "Content-Length" and start and value.isdigit() and int(value) > start:
            super().send_header("Content-Range", f"bytes {start}-{int(value) - 1}/{value}")
            value = str(int(value) - start)
        super().send_header(keyword, value)

    def _start(self) -> int:
        return int(self.headers.get("Range", "bytes=0-")[6:-1])

    def _breaks(self) -> bool:
        self.server.breaks -= 1
        return self.server.breaks >= 0

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        self.server.asked.append((self.path, int(code)))

    def log_message(self, *words: Any) -> None:
        pass


@contextmanager
def served(root: Path) -> Iterator[Server]:
    """A server of a directory, gone at the end."""
    with Server(root) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
