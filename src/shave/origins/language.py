"""What packages of programming languages have alike, whoever's they are."""

from collections.abc import Callable

from msgspec import Struct

from shave.globs import matcher
from shave.spec import Spec
from shave.stage import Remark, Stratum

Takes = Callable[[str], bool]
"""Whether a path of the image comes in."""


class Installed(Struct, frozen=True):
    """Packages of a language as strata, and what the user must know of them."""

    strata: tuple[Stratum, ...]
    remarks: tuple[Remark, ...] = ()


def selection(spec: Spec) -> Takes:
    """What the spec does not exclude, or includes. Nothing else stays out: such packages read their own files."""
    included, excluded = matcher(spec.include), matcher(spec.exclude)
    return lambda path: not excluded(path) or included(path)
