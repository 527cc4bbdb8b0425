"""What this machine's apt shows archives that want a password. Source: apt_auth.conf(5)."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

APT = Path("/etc/apt")
_MOST = 1 << 20
_MACHINE = re.compile(r"(?:(?P<scheme>[a-z0-9+]+)://)?(?P<host>[^:/]+)(?::(?P<port>[0-9]+))?(?P<path>/.*)?", re.ASCII)


class _Login(Struct, frozen=True):
    machine: str
    user: str
    password: str

    def __repr__(self) -> str:
        return f"_Login({self.machine!r}, …)"


def authorization(url: str) -> dict[str, str]:
    """The header for an URL, or none. Files that this user may not read say nothing to him."""
    for login in _logins(APT):
        if _is_for(login.machine, url):
            secret = b64encode(f"{login.user}:{login.password}".encode()).decode()
            return {"Authorization": f"Basic {secret}"}
    return {}


def _is_for(machine: str, url: str) -> bool:
    found, parts = _MACHINE.fullmatch(machine), urlsplit(url)
    return bool(
        found
        and (found["scheme"] or "https") == parts.scheme
        and found["host"].lower() == parts.hostname
        and (not found["port"] or int(found["port"]) == parts.port)
        and parts.path.startswith(found["path"] or "")
    )


@cache
def _logins(etc: Path) -> tuple[_Login, ...]:
    paths = (etc / "auth.conf", *sorted((etc / "auth.conf.d").glob("*.conf")))
    return tuple(login for path in paths for login in _parsed(_words(path)))


def _words(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            lines = file.read(_MOST).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [word for line in lines if not line.lstrip().startswith("#") for word in line.split()]


def _parsed(words: Iterable[str]) -> Iterator[_Login]:
    said: dict[str, str] = {}
    pairs = iter(words)
    for word in pairs:
        if word in ("machine", "login", "password"):
            if word == "machine" and said:
                yield _login(said)
                said = {}
            said[word] = next(pairs, "")
    if said:
        yield _login(said)


def _login(said: dict[str, str]) -> _Login:
    return _Login(said.get("machine", ""), said.get("login", ""), said.get("password", ""))
