"""What each technique of a lab came to: a variant beside the one that it began from, and what speaks against it."""

from collections.abc import Iterator, Mapping
from typing import Literal

from msgspec import Struct
from msgspec.structs import astuple

from shave.lab import RunRecord, Variant
from shave.verbs.lab_weighing import Weighed

Against = Literal["breaks it", "more to pull", "more on disk", "saves nothing", "starts later", "takes more memory"]

_SOME = 0.005
"""Less than this part of the bytes is no change."""
_MUCH = 1.25
NOTICED_SECONDS, _NOTICED_BYTES = 0.005, 1 << 20
"""A start or a peak is another one if both its part and its amount are: two runs of one image differ by less."""


class Measured(Struct, frozen=True):
    """What is known of a variant; ``run`` is None unless it is of the image that was weighed."""

    variant: Variant
    weighed: Weighed | None = None
    run: RunRecord | None = None

    @property
    def works(self) -> bool:
        """Whether it was seen to."""
        return self.run is not None and self.run.verdict == "works"


class Figures(Struct, frozen=True):
    """Bytes, and seconds, of one variant, or their ratios to another's; None where they are not known.

    Of a variant that does not work, ``start`` and ``memory`` are not.
    """

    packed: float | None = None
    repacked: float | None = None
    unpacked: float | None = None
    content: float | None = None
    start: float | None = None
    memory: float | None = None


class Technique(Struct, frozen=True):
    """A variant and the one of the same program that it began from: that which it is built on, or the same without
    its runner, or without the last option of its builder.

    ``ratios`` are to that one, 1 for the same. ``against`` is what makes it counter-productive, nothing where it pays.
    """

    variant: str
    began_from: str
    ratios: Figures
    against: tuple[Against, ...] = ()


def techniques(found: Mapping[str, Measured]) -> tuple[Technique, ...]:
    """Every variant that began from another of those in ``found``, in their order."""
    origins = ((each, _origin(each.variant, found)) for each in found.values())
    return tuple(_technique(each, found[origin]) for each, origin in origins if origin)


def _origin(variant: Variant, known: Mapping[str, Measured]) -> str:
    began = (name for name in (variant.base, *_shorter(variant)) if name in known)
    return next((name for name in began if known[name].variant.program == variant.program), "")


def _shorter(variant: Variant) -> Iterator[str]:
    option = variant.builder.rpartition("-")[0]
    if option:
        yield ".".join(part for part in (variant.program, option, variant.runner) if part)
    if variant.runner:
        yield ".".join(part for part in (variant.program, variant.builder) if part)


def _technique(after: Measured, before: Measured) -> Technique:
    of_after, of_before = figures(after), figures(before)
    ratios = Figures(*map(_ratio, astuple(of_after), astuple(of_before)))
    names = after.variant.name, before.variant.name
    if before.works and after.run and after.run.verdict == "fails":
        return Technique(*names, ratios, ("breaks it",))
    return Technique(*names, ratios, (*_of_bytes(ratios), *_of_runs(of_after, of_before)))


def figures(found: Measured) -> Figures:
    """What is known of one variant."""
    weight = found.weighed.weight if found.weighed else None
    disk = weight.disk if weight else None
    run = found.run if found.works else None
    return Figures(
        weight.packed_bytes if weight else None,
        found.weighed.repacked_bytes if found.weighed else None,
        disk.unpacked_bytes if disk else None,
        disk.content_bytes if disk else None,
        run.start_seconds if run else None,
        run.peak_memory_bytes if run else None,
    )


def _ratio(after: float | None, before: float | None) -> float | None:
    return round(after / before, 4) if before and after is not None else None


def _of_bytes(ratios: Figures) -> Iterator[Against]:
    """What has more in it is there to have it: only of what has not, bytes are held against it."""
    pulled = [ratio for ratio in (ratios.packed, ratios.repacked) if ratio is not None]
    if not pulled or ratios.unpacked is None or (ratios.content or 1) > 1 + _SOME:
        return
    if max(pulled) > 1 + _SOME:
        yield "more to pull"
    if ratios.unpacked > 1 + _SOME:
        yield "more on disk"
    if all(abs(ratio - 1) <= _SOME for ratio in (*pulled, ratios.unpacked)):
        yield "saves nothing"


def _of_runs(after: Figures, before: Figures) -> Iterator[Against]:
    if _is_much_more(after.start, before.start, NOTICED_SECONDS):
        yield "starts later"
    if _is_much_more(after.memory, before.memory, _NOTICED_BYTES):
        yield "takes more memory"


def _is_much_more(after: float | None, before: float | None, noticed: float) -> bool:
    return after is not None and before is not None and after > max(_MUCH * before, before + noticed)
