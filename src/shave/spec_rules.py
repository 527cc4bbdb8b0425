"""What the words of a spec must look like, by their keys. Sources: deb-control(5) and Debian policy 5.6 for packages,
sources.list(5) for archives, passwd(5), group(5) and useradd(8) for users, the OCI image specification, config.md, for
users and ports of images, and signal(7).
"""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from shave.architectures import PLATFORMS
from shave.errors import UsageError
from shave.tar_reader import WHITEOUT

_PACKAGE = r"[a-z0-9][a-z0-9+.-]+"
_VERSION = r"(?:[0-9]+:)?[0-9A-Za-z][0-9A-Za-z.+~-]*"
_SUITE = r"[A-Za-z0-9][A-Za-z0-9.+~_-]*"
_WANTED = rf"{_PACKAGE}(?:={_VERSION}|/{_SUITE})?"
_NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,31}"
_MOST_ID = 2**32 - 2
"""The number above means nobody at all (chown(2)): it cannot own a file."""
_LONGEST = 4096
"""PATH_MAX of Linux."""


class Rule(Struct, frozen=True):
    """Which words are good, and what to say of others: "… is no ``noun``", with ``hint``."""

    good: Callable[[str], object]
    noun: str
    hint: str


def _like(expression: str) -> Callable[[str], object]:
    return re.compile(expression, re.ASCII).fullmatch


def _absolute(text: str) -> bool:
    """A whiteout's name is none: it would delete the file of the other name."""
    is_plain = text == posixpath.normpath(text) and not text.startswith("//") and f"/{WHITEOUT}" not in text
    return text.startswith("/") and is_plain and _short(text)


def _below_context(text: str) -> bool:
    return not text.startswith("/") and ".." not in text.split("/") and _short(text)


def _short(text: str) -> bool:
    return bool(text) and text.isprintable() and len(text) <= _LONGEST


def _port(text: str) -> bool:
    found = re.fullmatch(r"([0-9]{1,5})(?:/(?:tcp|udp|sctp))?", text, re.ASCII)
    return found is not None and 0 < int(found[1]) < 65536


def _owner(text: str) -> bool:
    if re.fullmatch(r"[0-9]{1,10}", text, re.ASCII):
        return int(text) <= _MOST_ID
    return _like(_NAME)(text) is not None


def _container_user(text: str) -> bool:
    user, colon, group = text.partition(":")
    return _owner(user) and (_owner(group) if colon else True)


def _field(text: str) -> bool:
    return ":" not in text and text.isprintable()


def _or_nothing(rule: Rule) -> Rule:
    return Rule(lambda text: not text or rule.good(text), rule.noun, rule.hint)


_PATH = Rule(_absolute, "absolute path", f"write it from / on, without ., .. or {WHITEOUT}*, or a slash at its end")
_MADE = Rule(lambda text: _absolute(text) and text != "/", "path of the image", _PATH.hint)
_GLOB = Rule(_short, "glob", 'write "/usr/share/locale/de/**"')
_HERE = Rule(_below_context, "path in the directory of the spec", 'write "app" or "./requirements.txt"')
_MODE = Rule(_like(r"[0-7]{3,4}"), "mode", 'write octal digits, such as "0755"')
_OWNED = Rule(_owner, "user or group", "write a name or a number")

RULES = {
    "suite": _or_nothing(Rule(_like(_SUITE), "suite", 'write "bookworm" or "trixie"')),
    "architecture": _or_nothing(
        Rule(PLATFORMS.__contains__, "architecture of Debian", f"expected one of {', '.join(PLATFORMS)}")
    ),
    "packages": Rule(
        _like(rf"{_WANTED}(?: *\| *{_WANTED})*"),
        "Debian package",
        'write "libc6", "libc6=2.36-9", "libc6/trixie", or "libicu76 | libicu72" for the first that the suite has',
    ),
    "without": Rule(_like(_PACKAGE), "name of a Debian package", 'write "openssl"'),
    "include": _GLOB,
    "exclude": _GLOB,
    "archive.uri": Rule(
        _like(r"(?:https?|file|copy):[!-~]+"), "URI of an archive", 'write "https://deb.debian.org/debian"'
    ),
    "archive.suite": Rule(_like(rf"{_SUITE}(?:/{_SUITE})*"), "suite", 'write "bookworm-backports"'),
    "archive.components": Rule(_like(rf"{_SUITE}(?:/{_SUITE})*"), "component", 'write "main"'),
    "archive.signers": Rule(
        _like(r"[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64}"), "fingerprint", "write all 40 hexadecimal digits, without spaces"
    ),
    "user.name": Rule(_like(_NAME), "name of a user", "write letters, digits, _ . - and at most 32 of them"),
    "user.home": Rule(lambda text: _absolute(text) and _field(text), "home directory", _PATH.hint),
    "user.shell": Rule(lambda text: _absolute(text) and _field(text), "shell", _PATH.hint),
    "user.comment": Rule(_field, "comment of a user", "leave out colons and line ends"),
    "group.name": Rule(_like(_NAME), "name of a group", "write letters, digits, _ . - and at most 32 of them"),
    "group.members": Rule(_like(_NAME), "name of a user", 'write members = ["app"]'),
    "directory.path": _MADE,
    "directory.mode": _MODE,
    "directory.user": _OWNED,
    "directory.group": _or_nothing(_OWNED),
    "symlink.path": _MADE,
    "symlink.target": Rule(_short, "target of a symlink", 'write "../lib/app/run" or "/usr/bin/python3"'),
    "file.path": _MADE,
    "file.mode": _MODE,
    "file.user": _OWNED,
    "file.group": _or_nothing(_OWNED),
    "copy.path": Rule(lambda text: _absolute(text.removesuffix("/") or "/"), "absolute path", "write it from / on"),
    "copy.source": _or_nothing(_HERE),
    "copy.from": _or_nothing(Rule(_short, "reference", 'write "docker://host/app:1" or "oci:dir:tag"')),
    "copy.paths": _GLOB,
    "copy.exclude": _GLOB,
    "copy.mode": _or_nothing(_MODE),
    "copy.user": _or_nothing(_OWNED),
    "copy.group": _or_nothing(_OWNED),
    "python.requirements": _HERE,
    "python.packages": Rule(_like(r"[^\s-][ -~]*"), "requirement", 'write "flask==3.1.0"; options are not taken'),
    "python.target": _or_nothing(_PATH),
    "node.lock": _HERE,
    "node.path": _PATH,
    "image.user": _or_nothing(Rule(_container_user, "user", 'write "app", "65532" or "app:app"')),
    "image.workdir": _or_nothing(_PATH),
    "image.ports": Rule(_port, "port", 'write "8080", "8080/tcp", "53/udp" or "80/sctp"'),
    "image.volumes": _PATH,
    "image.stop_signal": _or_nothing(Rule(_like(r"SIG[A-Z][A-Z0-9+-]*|[0-9]{1,2}"), "signal", 'write "SIGTERM"')),
}
"""By key, positions in lists left out. What has no rule here may be any text, but for NULs."""


def hold(path: Path, table: Mapping[str, Any]) -> None:
    """Raise UsageError for the first word of a spec, as TOML has it, that breaks a rule, and for each number of a user
    that cannot be one.
    """
    for key, where, found in _leaves(table, "", ""):
        if isinstance(found, str):
            _hold_text(f"{path}: {where}", found, RULES.get(key))
        elif key.endswith((".uid", ".gid")) and not 0 <= found <= _MOST_ID:
            raise UsageError(f"{path}: {where}: {found} is no number of a user", f"expected 0 to {_MOST_ID}")


def _hold_text(where: str, text: str, rule: Rule | None) -> None:
    if "\0" in text:
        raise UsageError(f"{where}: a NUL is in it", "leave it out: no program can be given one")
    if rule and not rule.good(text):
        raise UsageError(f"{where}: {text!r} is no {rule.noun}", rule.hint)


def _leaves(given: Any, key: str, where: str) -> Iterator[tuple[str, str, Any]]:
    """Words and numbers with their keys, without positions and with."""
    if isinstance(given, Mapping):
        for name, below in given.items():
            yield from _leaves(below, f"{key}.{name}".lstrip("."), f"{where}.{name}".lstrip("."))
    elif isinstance(given, list):
        for position, below in enumerate(given):
            yield from _leaves(below, key, f"{where}[{position}]")
    else:
        yield key, where, given
