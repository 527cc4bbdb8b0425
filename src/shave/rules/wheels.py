"""What pip fetches where a call names all that it installs: the table facts/wheel_sizes.toml, as far as it goes."""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import chain

from shave.facts import load
from shave.lint import Amount
from shave.recipe import Call

_REQUIREMENT = re.compile(r"([A-Za-z0-9][\w.-]*)\s*(?:\[[\w.,\s-]*\])?\s*(?:[=<>~!;].*)?", re.DOTALL)
"""A name and versions of it. Source: PEP 508."""
_FILE = re.compile(r"\.(?:whl|zip|tar\.\w+|tgz)$")
_LISTED = ("-r", "--requirement", "-e", "--editable", "--group")


def are_named(calls: Iterable[Call]) -> bool:
    """Whether all that these calls install stands in their words: no list, no directory, nothing that a run knows."""
    return all(not call.has(*_LISTED) and all(map(_is_named, call.targets)) for call in calls)


def wheels_amount(calls: Iterable[Call]) -> Amount | None:
    """The wheels of what is named, each once, with what they need; None where one of them is not in the table."""
    names = [_normal(word or "") for call in calls for word in call.targets]
    if not all(name in _needs() for name in names):
        return None
    brought = {*names, *chain.from_iterable(_needs()[name] for name in names)}
    packed = sum(load("wheel_sizes")["packed_bytes"][name] for name in brought)
    return Amount(packed, packed, measured=False, source=load("wheel_sizes")["source"])


def _is_named(word: str | None) -> bool:
    return bool(word and _REQUIREMENT.fullmatch(word) and not _FILE.search(word))


def _normal(requirement: str) -> str:
    """A name as tables have it; with extras it is no such name. Source: PEP 503, Normalized Names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[=<>~!;\s]", requirement, maxsplit=1)[0]).lower()


@cache
def _needs() -> Mapping[str, list[str]]:
    return dict(load("wheel_sizes")["needs"])
