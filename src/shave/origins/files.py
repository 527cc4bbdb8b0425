"""What a spec adds beside packages: directories, small files, symlinks of the system; then copies, which are on top."""

from collections.abc import Iterator
from pathlib import Path

from shave.accounts import Accounts
from shave.errors import UsageError
from shave.origins.accounts import known, owner
from shave.origins.placing import Member, placed
from shave.package import real_paths
from shave.spec import Spec
from shave.stage import Stage, Stratum, laid
from shave.tree import Entry, Tree


def places(spec: Spec, below: Stage, directory: Path, mtime: int) -> tuple[Stratum, ...]:
    """The directories, files and symlinks of a spec, owned as it says by users that ``below`` knows.

    Raises CannotError for an unknown user and for what stands in the way, UsageError for a mode that is none.
    """
    accounts, stage = known(below), below
    kinds = {
        "spec:directory": _directories(spec, accounts, mtime),
        "spec:file": _files(spec, accounts, mtime),
        "spec:symlink": _symlinks(spec, below.tree, mtime),
    }
    for unit, members in kinds.items():
        ordered = sorted(_last(members), key=lambda member: member[0].path)
        if ordered:
            place = directory / f"{unit.replace(':', '-')}.tar"
            stage = stage.over(laid(unit, "system", placed(ordered, stage.tree, mtime), place))
    return stage.strata[len(below.strata) :]


def mode_of(digits: str) -> int:
    """The permission bits that octal digits say. Raises UsageError."""
    try:
        mode = int(digits, 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= 0o7777:
        raise UsageError(f"{digits!r} is no mode", 'octal digits, such as "0755"')
    return mode


def _last(members: Iterator[Member]) -> Iterator[Member]:
    """Of what is named twice the last."""
    yield from {entry.path: (entry, body) for entry, body in members}.values()


def _directories(spec: Spec, accounts: Accounts, mtime: int) -> Iterator[Member]:
    for each in spec.directories:
        ids = owner(accounts, each.user, each.group)
        yield Entry(each.path.strip("/"), "directory", mode_of(each.mode), *ids, mtime), ()


def _files(spec: Spec, accounts: Accounts, mtime: int) -> Iterator[Member]:
    for each in spec.files:
        body, ids = each.text.encode("utf-8", "surrogateescape"), owner(accounts, each.user, each.group)
        yield Entry(each.path.strip("/"), "file", mode_of(each.mode), *ids, mtime, len(body)), (body,)


def _symlinks(spec: Spec, tree: Tree, mtime: int) -> Iterator[Member]:
    real = real_paths(tree)
    for each in spec.symlinks:
        if not (each.yields and real(each.path) in tree):
            yield Entry(each.path.strip("/"), "symlink", 0o777, mtime=mtime, link=each.target), ()
