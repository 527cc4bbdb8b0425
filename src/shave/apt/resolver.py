"""The door to apt: a private root in which it chooses packages, and nothing is ever installed.

apt-get runs as an ordinary user there: the lists are those of ``mirror``, already verified, no package is installed or
essential, and none of the machine's own configuration is read. Sources: apt.conf(5); apt-pkg/pkgcachegen.cc for
pkgCacheGen::ForceEssential.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec
from msgspec import Struct

from shave import cache
from shave.apt import mirror
from shave.cache import LISTS
from shave.errors import CannotError, ShaveError
from shave.spec import Archive
from shave.workspace import workspace

_INST = re.compile(r"Inst (\S+) (?:\[\S*\] )?\((\S+) .*?\[(\w[\w-]*)\]\)", re.ASCII)
_UNMET = re.compile(r"\s*(\S+) : ((?:Pre)?Depends|Conflicts|Breaks): (.+?)(?: but (.+))?", re.ASCII)
_VERBS = {"Depends": "depends on", "PreDepends": "depends on", "Conflicts": "conflicts with", "Breaks": "breaks"}
_HINTS = {
    os.strerror(errno.ENOSPC): "look at the disk and at XDG_CACHE_HOME",
    "Release '": "the suite after / must be one of the archives (where there are [[archive]], these), and have it",
}
_OTHER_VERSION = "a version or suite is for one package alone: name those it needs too, as NAME=VERSION or NAME/SUITE"
_CONF = """\
Dir "{root}/";
Dir::State::status "{root}/var/lib/dpkg/status";
Dir::Cache::srcpkgcache "";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
pkgCacheGen::ForceEssential "none";
Acquire::Languages "none";
Debug::NoLocking "true";
"""


class Root(Struct, frozen=True):
    """A private root of apt."""

    path: Path

    @property
    def lists(self) -> Path:
        """Where apt reads lists from."""
        return self.path / "var/lib/apt/lists"


class Chosen(Struct, frozen=True):
    """A package that apt would install."""

    name: str
    version: str
    architecture: str


@contextmanager
def private_root(archives: Sequence[Archive], architecture: str) -> Iterator[Root]:
    """A root for these archives, ours alone until the end of the context. It stays on its shelf, so that lists and what
    apt made of them serve again; where there is no shelf it goes.

    Raises CannotError if it cannot be made.
    """
    identity = msgspec.json.encode((architecture, archives))
    with ExitStack() as closing:
        try:
            root = Root(cache.directory(LISTS) / hashlib.sha256(identity).hexdigest())
            closing.enter_context(_held(root.path))
        except OSError:
            root = Root(closing.enter_context(workspace()))
        _fill(root, archives, architecture)
        _guard(root, closing)
        yield root
        closing.callback(_bound)


def _guard(root: Root, closing: ExitStack) -> None:
    """Hold what is there from before, so that no other shave evicts it meanwhile; what is new goes last anyway."""
    for path in root.lists.glob("*_*"):
        with suppress(OSError):
            fcntl.flock(closing.enter_context(path.open("rb")), fcntl.LOCK_SH)


def _bound() -> None:
    with suppress(OSError, ShaveError):
        cache.bound(LISTS)


@contextmanager
def _held(path: Path) -> Iterator[None]:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fill(root: Root, archives: Sequence[Archive], architecture: str) -> None:
    """What apt wants to find; what is there is left alone, as apt believes its cache by the times of files."""
    texts = {
        "var/lib/dpkg/status": "",
        "etc/apt/sources.list": mirror.sources(archives),
        "apt.conf": _CONF.format(root=root.path, architecture=architecture),
    }
    try:
        for folder in ("var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "tmp"):
            (root.path / folder).mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            path = root.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.is_file() or path.read_text() != text:
                path.write_text(text)
    except OSError as error:
        words = error.strerror or error
        raise CannotError(f"apt has no place to work in: {words}", "look at the disk and at XDG_CACHE_HOME") from error


def choose(root: Root, wanted: Sequence[str], state: Sequence[str]) -> tuple[Chosen, ...]:
    """What apt-get would install for ``wanted`` (apt-get(8): NAME, NAME=VERSION, NAME/SUITE), in its order. For the
    same question in the same ``state`` of the archives (what their Release files hash to) the answer is kept.

    Raises CannotError with apt's reason, in a sentence, if that cannot be, or if there is no apt.
    """
    question = msgspec.json.encode((wanted, state))
    place = root.path / "chosen" / hashlib.sha256(question).hexdigest()
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(place.read_bytes(), type=tuple[Chosen, ...])
    chosen = _ask(root, wanted)
    with suppress(OSError):
        cache.put(LISTS, place, msgspec.json.encode(chosen))
    return chosen


def _ask(root: Root, wanted: Sequence[str]) -> tuple[Chosen, ...]:
    apt = shutil.which("apt-get")
    if not apt:
        hint = "on Debian and Ubuntu it is there; elsewhere --locked builds from a lock without it"
        raise CannotError("apt-get is not installed, and it is apt that resolves packages", hint)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "APT_CONFIG": str(root.path / "apt.conf")}
    words = (apt, "install", "--simulate", "--quiet", "--yes", "--", *wanted)
    ended = subprocess.run(
        words,
        env={**environment, "TMPDIR": str(root.path / "tmp")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode:
        raise _refused(ended.stdout, ended.stderr)
    return tuple(Chosen(*found.groups()) for line in ended.stdout.splitlines() if (found := _INST.match(line)))


def _refused(output: str, errors: str) -> CannotError:
    """apt's explanation, condensed."""
    unmet = tuple(dict.fromkeys(_clauses(output)))
    if unmet:
        more = f", and {len(unmet) - 3} more" if len(unmet) > 3 else ""
        hint = _OTHER_VERSION if any("would come as" in each for each in unmet) else "apt finds no other versions"
        return CannotError(f"the packages cannot be installed together: {'; '.join(unmet[:3])}{more}", hint)
    said = "; ".join([line[3:].rstrip(".") for line in errors.splitlines() if line.startswith("E: ")][:3])
    hint = next((hint for words, hint in _HINTS.items() if words in said), "apt's own words")
    return CannotError(f"apt cannot resolve the packages: {said or 'it does not say why'}", hint)


def _clauses(output: str) -> Iterator[str]:
    """``x depends on y (>= 2), which is not available``; of several lines of a package only the first has its name."""
    _, _, explained = output.partition("The following packages have unmet dependencies:\n")
    name = ""
    for line in explained.splitlines():
        before, colon, rest = line.partition(" : ")
        name = before.strip() or name if colon else name
        found = _UNMET.fullmatch(f"{name} : {(rest if colon else line).strip()}")
        if found:
            but = (found[4] or "").replace("it is not installable", "is not available")
            but = but.replace("it is not going to be installed", "cannot be installed")
            but = re.sub(r"(\S+) is to be installed", r"would come as \1", but)
            yield f"{found[1]} {_VERBS[found[2]]} {found[3]}" + (f", which {but}" if but else "")
