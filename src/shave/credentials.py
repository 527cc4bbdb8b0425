"""The door to what a user may show a registry: files of credentials and the helper programs that they name.

Sources: containers-auth.json(5); github.com/docker/cli, cli/config/configfile and cli/config/credentials;
github.com/docker/docker-credential-helpers, client and credentials.
"""

import os
import re
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from shave.errors import CannotError

HELPER_SECONDS = 60
"""How long a helper may take; it may have to ask its user."""
_MAX_BYTES = 4 << 20
_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")
_HUB_SERVER = "https://index.docker.io/v1/"
_TOKEN_USER = "<token>"
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*", re.ASCII)
_LOGIN = "write it anew with docker login, podman login or skopeo login"
T = TypeVar("T")


class Credentials(Struct, frozen=True):
    """What a registry is shown: user and password, or an identity token, which its token service changes for bearer
    tokens (OAuth 2 refresh token), or a registry token, which is a bearer token itself. The others are empty.
    """

    username: str
    password: str
    identity_token: str = ""
    registry_token: str = ""

    def __repr__(self) -> str:
        return f"Credentials({self.username!r}, …)"


class _Place(Struct, frozen=True):
    """A file of credentials. One that the user chose must be there; a legacy one is nothing but the entries."""

    path: Path
    chosen: bool = False
    legacy: bool = False


class _Settings(Struct, frozen=True):
    """What such a file says; the entries are looked at when they are wanted, so that others' mistakes do no harm."""

    auths: dict[str, msgspec.Raw] | None = None
    helpers: dict[str, str] | None = msgspec.field(name="credHelpers", default=None)
    store: str | None = msgspec.field(name="credsStore", default=None)


class _Entry(Struct, frozen=True):
    """Go writes null for an empty value and reads it back as one."""

    auth: str | None = None
    username: str | None = None
    password: str | None = None
    identitytoken: str | None = None
    registrytoken: str | None = None


class _Answer(Struct, frozen=True, rename="pascal"):
    """What a helper writes."""

    username: str = ""
    secret: str = ""


def find(host: str, repository: str, authfile: Path | None) -> Credentials | None:
    """The credentials for ``repository`` (``library/app``) at ``host[:port]``; None where nobody has any.

    The first file that has some wins, in this order: ``authfile``, ``REGISTRY_AUTH_FILE``, podman's of this session,
    podman's of this user, Docker's. In a file a helper for this registry comes before the helper for all, and that
    before the entries, the longest matching name first.

    Raises CannotError naming the file that cannot be read, the entry that is malformed, or the helper that is missing
    or fails; what they contain is never told.
    """
    keys = _keys(_normal(host), repository)
    for place in _places(authfile):
        settings = _read(place)
        found = _found(settings, keys, place.path) if settings else None
        if found:
            return found
    return None


def _keys(host: str, repository: str) -> tuple[str, ...]:
    """The names an entry can have, the most specific first."""
    parts = [part for part in repository.split("/") if part]
    return tuple("/".join((host, *parts[:count])) for count in range(len(parts), -1, -1))


def _normal(key: str) -> str:
    """An entry's name without what different programs add: a URL is all of its host, Docker Hub has many names."""
    bare = key.removeprefix("http://").removeprefix("https://")
    host, _, path = bare.partition("/")
    path = path.rstrip("/")
    host = "docker.io" if host in _HUB else host
    return host if bare != key or path in ("", "v1", "v2") else f"{host}/{path}"


def _places(authfile: Path | None) -> Iterator[_Place]:
    if authfile:
        yield _Place(authfile, chosen=True)
    if chosen := os.environ.get("REGISTRY_AUTH_FILE"):
        yield _Place(Path(chosen), chosen=True)
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    session = Path(runtime, "containers") if runtime else Path("/run/containers", str(os.getuid()))
    yield _Place(session / "auth.json")
    home = _home()
    if config := os.environ.get("XDG_CONFIG_HOME") or (home and home / ".config"):
        yield _Place(Path(config, "containers/auth.json"))
    if docker := os.environ.get("DOCKER_CONFIG") or (home and home / ".docker"):
        yield _Place(Path(docker, "config.json"))
    if home:
        yield _Place(home / ".dockercfg", legacy=True)


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without a home has no files there
        return None


def _read(place: _Place) -> _Settings | None:
    try:
        with place.path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if not place.chosen:
            return None
        hint = "--authfile or REGISTRY_AUTH_FILE names it"
        raise CannotError(f"{place.path} cannot be read: {error.strerror}", hint) from None
    except OSError as error:
        hint = "look at its owner and mode"
        raise CannotError(f"{place.path} cannot be read: {error.strerror or error}", hint) from error
    if len(data) > _MAX_BYTES:
        raise CannotError(f"{place.path} is too large for a file of credentials", _LOGIN)
    if place.legacy:
        return _Settings(auths=_decoded(data, dict[str, msgspec.Raw], str(place.path)))
    return _decoded(data, _Settings, str(place.path))


def _decoded(data: bytes | msgspec.Raw, kind: type[T], what: str) -> T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        # msgspec names the place and the type, never the value
        where = f": {error}" if isinstance(error, msgspec.DecodeError) else ""
        raise CannotError(f"{what} is malformed{where}", _LOGIN) from None


def _found(settings: _Settings, keys: Sequence[str], path: Path) -> Credentials | None:
    helpers = settings.helpers or {}
    if named := max((key for key in helpers if _normal(key) in keys), key=len, default=""):
        # a helper without a name says that this registry has none (docker/cli, configfile.go, GetCredentialsStore)
        return _asked(helpers[named], named, path) if helpers[named] else _listed(settings.auths or {}, keys, path)
    server = _HUB_SERVER if keys[-1] == "docker.io" else keys[-1]
    stored = _asked(settings.store, server, path) if settings.store else None
    return stored or _listed(settings.auths or {}, keys, path)


def _listed(auths: dict[str, msgspec.Raw], keys: Sequence[str], path: Path) -> Credentials | None:
    entries = {_normal(key): entry for key, entry in auths.items()} | auths
    for key in keys:
        what = f"{path}: the entry {key!r}"
        entry = _decoded(entries[key], _Entry | None, what) if key in entries else None  # type: ignore[arg-type]
        found = _of_entry(entry, what) if entry else None
        if found:
            return found
    return None


def _of_entry(entry: _Entry, what: str) -> Credentials | None:
    username, password = entry.username or "", entry.password or ""
    if entry.auth:
        username, password = _split(entry.auth, what)
    if entry.registrytoken and not _TOKEN.fullmatch(entry.registrytoken):
        raise CannotError(f"{what} has a registrytoken that is none", _LOGIN)
    if entry.identitytoken or entry.registrytoken:
        return Credentials(username, "", entry.identitytoken or "", entry.registrytoken or "")
    return Credentials(username, password) if username or password else None


def _split(auth: str, what: str) -> tuple[str, str]:
    """User and password of ``base64(user:password)``; a password may have colons, and Docker pads it with NULs."""
    try:
        username, colon, password = b64decode(auth.strip(), validate=True).decode().partition(":")
    except ValueError:  # binascii.Error is one
        colon = ""
    if not colon:
        raise CannotError(f"{what} has an auth that is not base64 of user:password", _LOGIN) from None
    return username, password.strip("\0")


def _asked(helper: str, server: str, path: Path) -> Credentials | None:
    """What the helper says; it is told the server on its standard input and answers in JSON."""
    program = f"docker-credential-{helper}"
    hint = f"{path} names it; `echo {server} | {program} get` shows what it says"
    if not re.fullmatch(r"[\w.-]+", helper, re.ASCII):
        raise CannotError(f"{path} names a credential helper that cannot be one: {helper[:100]!r}", _LOGIN)
    code, output = _run(program, server, hint)
    if code and b"credentials not found" in output.lower():
        return None
    if code:
        raise CannotError(f"{program} failed with status {code} when asked for {server}", hint)
    answer = _decoded(output, _Answer, f"the answer of {program}")
    if answer.username == _TOKEN_USER:
        return Credentials("", "", answer.secret)
    return Credentials(answer.username, answer.secret) if answer.username or answer.secret else None


def _run(program: str, server: str, hint: str) -> tuple[int, bytes]:
    """Its status and output. It keeps our terminal and standard error: some helpers ask for a password there."""
    try:
        done = subprocess.run(
            (program, "get"), input=server.encode(), stdout=subprocess.PIPE, timeout=HELPER_SECONDS, check=False
        )
    except FileNotFoundError:
        raise CannotError(f"{program} is not installed", hint.partition(";")[0]) from None
    except subprocess.TimeoutExpired:
        raise CannotError(f"{program} did not answer in {HELPER_SECONDS} s", hint) from None
    except OSError as error:
        raise CannotError(f"{program} cannot be run: {error.strerror or error}", hint) from error
    return done.returncode, done.stdout
