"""Which variants of a lab are asked for by name."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from shave.errors import UsageError
from shave.lab import Lab, Variant


def chosen(lab: Lab, only: Sequence[str]) -> tuple[Variant, ...]:
    """Those whose names match a glob of ``only``, all if there is none. Raises UsageError for one that none matches."""
    for glob in only:
        if not any(fnmatchcase(variant.name, glob) for variant in lab.variants):
            names = ", ".join(variant.name for variant in lab.variants[:8])
            raise UsageError(f"no variant is named {glob}", f"there are {names}{' …' * (len(lab.variants) > 8)}")
    return tuple(each for each in lab.variants if not only or any(fnmatchcase(each.name, glob) for glob in only))
