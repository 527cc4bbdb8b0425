"""Which registry npm would ask for a package on this machine.

Source: npm's documentation, .npmrc ("Files"), config (registry, replace-registry-host, "Environment Variables") and
scope ("Associating a scope with a registry").
"""

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from shave.errors import UsageError

DEFAULT = "https://registry.npmjs.org"
_HOST = "registry.npmjs.org"
_MOST = 1 << 20
_KEY = re.compile(r"registry|@[^:=\s]+:registry")
_LINE = re.compile(r"\s*([^=;#\s]+)\s*=\s*[\"']?([^\"'\s]*)[\"']?\s*")
_VARIABLE = re.compile(r"\$\{([^${}?]+)(\?)?\}")


class Registries(Struct, frozen=True):
    """The registry of each scope ("@babel"), and that of all other packages, without secrets and final slashes."""

    usual: str = DEFAULT
    scopes: Mapping[str, str] = {}

    def tarball(self, name: str, version: str) -> str:
        """Where a package's tarball is, by the convention of all registries."""
        scope, _, bare = name.rpartition("/")
        return f"{self.scopes.get(scope, self.usual)}/{name}/-/{bare}-{version}.tgz"

    def replaced(self, url: str) -> str:
        """The URL of a lock file; what is at npm's own registry is asked from the usual one instead."""
        said, usual = urlsplit(url), urlsplit(self.usual)
        if said.hostname != _HOST or usual.hostname == _HOST:
            return public(url)
        path = said.path if said.path.startswith(f"{usual.path}/") else usual.path + said.path
        return urlunsplit((usual.scheme, usual.netloc, path, said.query, ""))


def registries(project: Path) -> Registries:
    """What is configured for a project in this directory, by this user. Raises UsageError for what is no URL."""
    found: dict[str, str] = {}
    said = {name.lower(): value for name, value in os.environ.items() if value}
    for path in _files(project, said.get("npm_config_userconfig", "~/.npmrc")):
        found.update(_parsed(_text(path)))
    found["registry"] = said.get("npm_config_registry", found.get("registry", ""))
    try:
        urls = {key: public(url).rstrip("/") for key, url in found.items() if url}
    except ValueError as error:
        raise UsageError(f"a registry of npm is no URL: {error}", "see npm config list") from error
    usual = urls.pop("registry", DEFAULT)
    return Registries(usual, {key.removesuffix(":registry"): url for key, url in urls.items()})


def public(url: str) -> str:
    """The URL without a user, a password or a fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _files(project: Path, user: str) -> Iterator[Path]:
    """Of least weight first. npm's global file lies beside the Node that runs it; Debian's npm has it in /etc."""
    yield Path("/etc/npmrc")
    if node := shutil.which("node"):
        yield Path(node).parent.parent / "etc/npmrc"
    with suppress(RuntimeError):  # a user without a home
        yield Path(user).expanduser()
    yield project / ".npmrc"


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""


def _parsed(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found and _KEY.fullmatch(found[1]):
            yield found[1], _VARIABLE.sub(_value, found[2])


def _value(found: re.Match[str]) -> str:
    return os.environ.get(found[1], "" if found[2] else found[0])
