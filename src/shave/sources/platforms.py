"""Which of the images of an index is meant."""

from collections.abc import Sequence
from typing import TypeVar

from shave.errors import CannotError
from shave.machine import host
from shave.oci import Platform

_Offer = TypeVar("_Offer")

_BASELINES = {"amd64": 1, "arm64": 8, "arm": 7}


def distance(wanted: Platform, offered: Platform) -> int | None:
    """How far an offered platform is from the best for ``wanted``: 0 is exact, None does not fit.

    An older variant of the same architecture fits; a newer one does not. No variant means amd64 v1, arm64 v8 and
    arm v7, as in containerd's platforms package.
    """
    if (wanted.os, wanted.architecture) != (offered.os, offered.architecture):
        return None
    distance = _variant(wanted) - _variant(offered)
    return distance if distance >= 0 else None


def _variant(platform: Platform) -> int:
    digits = platform.variant.removeprefix("v").partition(".")[0]
    known = digits.isdecimal() and len(digits) < 4
    return int(digits) if known else _BASELINES.get(platform.architecture, 0)


def pick(offers: Sequence[tuple[Platform, _Offer]], wanted: Platform | None, what: str) -> _Offer:
    """The offer for ``wanted``; without it, the only one there is, or else the host's.

    Raises CannotError naming all that are offered.
    """
    aim = wanted or host()
    if wanted is None and len(offers) == 1:
        return offers[0][1]
    distances = [(distance(aim, offered), number) for number, (offered, _) in enumerate(offers)]
    fits = [(far, number) for far, number in distances if far is not None]
    if not fits:
        names = ", ".join(sorted({str(offered) or "unknown" for offered, _ in offers})) or "none"
        raise CannotError(f"{what} has no image for {aim}; it has: {names}", "choose with --platform os/arch")
    return offers[min(fits)[1]][1]
