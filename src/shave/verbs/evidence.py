"""Evidence of earlier builds on this image: what still stands, what moved, what is told to the user."""

from collections import Counter
from collections.abc import Iterator

from shave.catalog import packages
from shave.events import Remark, Sink, stage
from shave.evidence import EvidenceFile, Version
from shave.recording import Applied, Moved, Stale, apply
from shave.store import Unpacked

_TOLD = 3


def carried_over(file: EvidenceFile, unpacked: Unpacked, sink: Sink) -> Applied:
    """``recording.apply`` for an image that has been read; the sink hears what was not there as recorded."""
    with stage(sink, "evidence"):
        applied = apply(file, unpacked.image.config_digest, unpacked.tree, packages(unpacked))
    for text in _moved(applied.moved):
        sink(Remark(text))
    for text in _stale(applied.stale):
        sink(Remark(text, "warning"))
    return applied


def change(was: tuple[Version, ...], now: tuple[Version, ...]) -> str:
    """What became of a path's owners, for people: ``dpkg:libssl3:amd64 3.0.11 → 3.0.15``; "" if nobody owned it."""
    old, new = (", ".join(f"{version.unit} {version.version}" for version in versions) for versions in (was, now))
    if len(was) == len(now) == 1 and was[0].unit == now[0].unit:
        new = now[0].version
    return f"{old} → {new or 'not installed'}" if was and was != now else old


def _moved(moved: tuple[Moved, ...]) -> Iterator[str]:
    counts = Counter(change(found.was, found.now) or "no package" for found in moved)
    if moved:
        rest = f" and {len(counts) - _TOLD} more" if len(counts) > _TOLD else ""
        said = ", ".join(f"{count} of {name}" for name, count in counts.most_common(_TOLD))
        paths = "1 path has another name" if len(moved) == 1 else f"{len(moved)} paths have other names"
        yield f"evidence: {paths} in this image: {said}{rest}"


def _stale(stale: tuple[Stale, ...]) -> Iterator[str]:
    for found in stale[:_TOLD]:
        owners = change(found.was, found.now)
        yield f"evidence: {found.path} {found.reason}" + (f" ({owners})" if owners else "")
    if len(stale) > _TOLD:
        more = len(stale) - _TOLD
        yield f"evidence: {more} more {'path is' if more == 1 else 'paths are'} stale (--format json has all)"
