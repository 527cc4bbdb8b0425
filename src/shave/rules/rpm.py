"""Which program yum and dnf are on an image, and so where their cache is. The table is facts/rpm.toml."""

import re
from functools import cache

from msgspec import Struct, convert

from shave.facts import load


class Release(Struct, frozen=True):
    """Images with a name that the pattern ``bases`` finds: yum and dnf start one ``program``, which has one cache."""

    bases: str
    program: str
    directory: str
    source: str


def release(base: str | None) -> Release | None:
    """What is known of a public image, None for nothing.

    >>> [found.program if (found := release(each)) else None for each in ("rockylinux:9", "fedora", "acme/app")]
    ['dnf', 'dnf5', None]
    """
    short = (base or "").removeprefix("docker.io/").removeprefix("library/")
    return next((each for each in _releases() if re.match(each.bases, short)), None)


@cache
def _releases() -> tuple[Release, ...]:
    return convert(load("rpm")["release"], tuple[Release, ...])
