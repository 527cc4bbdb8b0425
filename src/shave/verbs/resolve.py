"""From a spec to a lock: which packages, which versions, which files.

apt chooses; which file a choice means, and what that must hash to, is read from lists whose signatures were verified.
"""

import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from urllib.parse import quote

from msgspec import Struct

from shave import architectures, machine
from shave.apt import mirror, resolver
from shave.apt.archives import archives, machine_suite
from shave.apt.mirror import Suite
from shave.apt.resolver import Chosen
from shave.debian.dependencies import Fields
from shave.debian.packages_index import PackagesIndex
from shave.errors import CannotError, UsageError
from shave.events import Sink, stage
from shave.lock import LeftOut, Lock, LockedPackage
from shave.net import PATIENT, Patience
from shave.spec import Archive, Spec
from shave.verbs.installers import leave_out

_WANTED = re.compile(r"([a-z0-9][a-z0-9+.\-]+)(?:=([\w.+:~\-]+)|/([A-Za-z][\w.+\-]*))?", re.ASCII)
_ARCHITECTURE = re.compile(r"[a-z0-9][a-z0-9\-]*", re.ASCII)
_SUITE = re.compile(r"[A-Za-z0-9.][\w.+\-/]*", re.ASCII)
_COMPONENT = re.compile(r"[A-Za-z0-9][\w.+\-/]*", re.ASCII)
# a path below the archive that leads nowhere else
_FILE = re.compile(r"(?!/)(?!(?:.*/)?\.\.(?:/|$))[\x21-\x7e]+", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SIZE = re.compile(r"[0-9]{1,12}", re.ASCII)


class _Found(Struct, frozen=True):
    """A package's paragraph, and the number of the archive that it is from."""

    fields: Fields
    archive: int


class _Lists(Struct, frozen=True):
    """The verified lists of all archives, in their order."""

    suites: tuple[Suite, ...]

    @property
    def indexes(self) -> Iterator[PackagesIndex]:
        """Those of all archives."""
        return chain.from_iterable(suite.indexes for suite in self.suites)

    def named(self, name: str) -> Iterator[_Found]:
        """Every version of a package."""
        for number, suite in enumerate(self.suites):
            yield from (_Found(fields, number) for index in suite.indexes for fields in index.named(name))

    def providers(self, name: str) -> tuple[str, ...]:
        """Who provides a virtual package."""
        return tuple(sorted(set(chain.from_iterable(index.providers(name) for index in self.indexes))))


def resolve(spec: Spec, digest: str, sink: Sink, patience: Patience = PATIENT) -> Lock:
    """The lock of the spec's Debian packages; ``digest`` is the spec's. Nothing is fetched but lists.

    Raises UsageError for what the spec cannot mean; CannotError naming the archive or the package that is to blame.
    """
    suite = spec.suite or (spec.archives[0].suite if spec.archives else machine_suite())
    architecture = spec.architecture or architectures.of_platform(machine.host())
    wanted = _wanted(spec)
    if not wanted:
        return Lock(digest, suite, architecture)
    where = spec.archives or archives(suite, architecture)
    _refuse_odd(where, architecture)
    with resolver.private_root(where, architecture) as root:
        suites = mirror.update(where, architecture, root.lists, sink, patience)
        with stage(sink, "resolve"):
            lists = _Lists(suites)
            names = tuple(_first(words, lists) for words in wanted)
            state = tuple(each.locked.sha256 for each in suites)
            found = {chosen.name: _paragraph(chosen, lists) for chosen in resolver.choose(root, names, state)}
    asked = {_name(name) for name in names}
    packages, left_out = _needed(found, asked, spec.without)
    locked = tuple(_locked(name, packages[name], suites, name in asked) for name in sorted(packages))
    return Lock(digest, suite, architecture, tuple(each.locked for each in suites), locked, left_out)


def _needed(
    found: dict[str, _Found], asked: set[str], without: Sequence[str]
) -> tuple[dict[str, _Found], tuple[LeftOut, ...]]:
    left = leave_out({name: each.fields for name, each in found.items()}, asked & found.keys(), without)
    return {name: found[name] for name in left.names}, left.left_out


def _wanted(spec: Spec) -> tuple[tuple[str, ...], ...]:
    """The alternatives of each package that is asked for, each as apt-get takes it."""
    wanted = tuple(tuple(choice.strip() for choice in words.split("|")) for words in dict.fromkeys(spec.packages))
    for choice in chain.from_iterable(wanted):
        if not _WANTED.fullmatch(choice):
            raise UsageError(
                f"the spec asks for {choice!r}, which names no package", "write NAME, NAME=VERSION or NAME/SUITE"
            )
    kept = (tuple(choice for choice in choices if _name(choice) not in spec.without) for choices in wanted)
    return tuple(filter(None, kept))


def _refuse_odd(where: Sequence[Archive], architecture: str) -> None:
    """These words go into apt's configuration, and into names of files."""
    if not _ARCHITECTURE.fullmatch(architecture):
        raise UsageError(f"{architecture!r} is no architecture", "write amd64 or arm64, as Debian calls them")
    for archive in where:
        if not _SUITE.fullmatch(archive.suite) or ".." in archive.suite:
            raise UsageError(f"{archive.suite!r} is no suite of {archive.uri}", 'write suite = "trixie"')
        for component in archive.components:
            if not _COMPONENT.fullmatch(component) or ".." in component:
                raise UsageError(f"{component!r} is no component of {archive.uri}", 'write components = ["main"]')


def _name(wanted: str) -> str:
    return re.split("[=/]", wanted)[0]


def _first(choices: Sequence[str], lists: _Lists) -> str:
    """Of the alternatives the first that there is. Raises CannotError if there is none."""
    for choice in choices:
        if any(lists.named(_name(choice))):
            return _refuse_missing(choice, lists)
    name = _name(choices[0])
    providers = [provider for choice in choices for provider in lists.providers(_name(choice))]
    if len(providers) == 1:
        return providers[0]
    suites = ", ".join(suite.locked.suite for suite in lists.suites)
    if providers:
        hint = f"name one of {', '.join(providers[:5])}"
        raise CannotError(f"{name} is no package itself: {len(providers)} of {suites} provide it", hint)
    known = set(chain.from_iterable(index.names for index in lists.indexes))
    near = difflib.get_close_matches(name, [other for other in known if other[:1] == name[:1]], 3)
    hint = f"is {' or '.join(near)} meant?" if near else "packages.debian.org says which suites have it"
    raise CannotError(f"{' | '.join(choices)} is no package of {suites}", hint)


def _refuse_missing(choice: str, lists: _Lists) -> str:
    """The choice itself. Raises CannotError if it asks for a version that is not there."""
    name, _, version = choice.partition("=")
    versions = tuple(dict.fromkeys(each.fields.get("version", "") for each in lists.named(_name(name))))
    if version and version not in versions:
        raise CannotError(f"{name} has no version {version} here", f"there is {', '.join(versions)}")
    return choice


def _paragraph(chosen: Chosen, lists: _Lists) -> _Found:
    """What the lists say of a package that apt chose."""
    for each in lists.named(chosen.name):
        fields = each.fields
        if (fields.get("version"), fields.get("architecture")) == (chosen.version, chosen.architecture):
            return each
    raise CannotError(f"apt chose {chosen.name} {chosen.version}, which no verified list has", "try again")


def _locked(name: str, found: _Found, suites: Sequence[Suite], asked: bool) -> LockedPackage:
    fields, archive = found.fields, suites[found.archive].locked
    sha256, size, file = (fields.get(field, "") for field in ("sha256", "size", "filename"))
    if not (_SHA256.fullmatch(sha256) and _SIZE.fullmatch(size) and _FILE.fullmatch(file)):
        what = f"{archive.uri} {archive.suite} does not say where {name} is, or what its SHA-256 is"
        raise CannotError(what, "another mirror may")
    url = f"{archive.uri}/{quote(file.removeprefix('./'), safe='/~')}"
    return LockedPackage(name, fields["version"], fields["architecture"], sha256, int(size), url, found.archive, asked)
