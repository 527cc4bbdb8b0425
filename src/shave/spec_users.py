"""Whether the users and groups of a spec can be in one /etc/passwd and /etc/group."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from shave.errors import UsageError
from shave.spec import Group, User


def agree(path: Path, users: Sequence[User], groups: Sequence[Group]) -> None:
    """Raise UsageError, naming ``path``, where a name would have two numbers or a number two names."""
    _one_to_one(path, "user", ((user.name, user.uid) for user in users))
    _one_to_one(path, "group", _all_groups(users, groups))


def _all_groups(users: Iterable[User], groups: Iterable[Group]) -> Iterator[tuple[str, int]]:
    """Those that are named, and each user's own."""
    yield from ((group.name, group.gid) for group in groups)
    yield from ((user.name, user.uid) for user in users if user.gid is None)


def _one_to_one(path: Path, kind: str, pairs: Iterable[tuple[str, int]]) -> None:
    numbers: dict[str, int] = {}
    names: dict[int, str] = {}
    for name, number in pairs:
        one, other = numbers.setdefault(name, number), names.setdefault(number, name)
        if one != number:
            raise UsageError(f"{path}: {kind} {name} would be both {one} and {number}", "give it one number")
        if other != name:
            sentence = f"{path}: {kind}s {other} and {name} would both be {number}"
            raise UsageError(sentence, "give one of them another number; the base may have one of them")
