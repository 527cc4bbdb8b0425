"""What an image's bytes serve nothing for, the dearest first."""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste import DETECTORS

LEAST_PACKED_BYTES = 1 << 10
LEAST_UNPACKED_BYTES = 1 << 20
"""What saves less of both is not worth an edit."""
ALWAYS = {"secrets", "cores"}
"""What is said of one byte, too: not the bytes are the harm."""


def findings(image: Explained) -> tuple[Finding, ...]:
    """What all detectors find, sorted by the packed bytes that the fix saves, the most first.

    ``counted_packed`` and ``counted_unpacked`` add up to what is saved if everything is fixed: of what several findings
    claim, the first in the order has it.
    """
    found = [finding for detector in DETECTORS for finding in detector(image) if _matters(finding)]
    return tuple(_counted(sorted(found, key=_rank)))


def _matters(finding: Finding) -> bool:
    return (
        finding.rule in ALWAYS
        or finding.packed_bytes >= LEAST_PACKED_BYTES
        or finding.unpacked_bytes >= LEAST_UNPACKED_BYTES
    )


def _rank(finding: Finding) -> tuple[object, ...]:
    return -finding.packed_bytes, -finding.unpacked_bytes, finding.rule, finding.title, finding.layers


def _counted(found: list[Finding]) -> Iterator[Finding]:
    """Each finding with what those before it have not claimed yet; of a body that may be a part."""
    claimed: dict[tuple[int, int], tuple[float, int]] = {}
    for finding in found:
        packed, unpacked = 0.0, 0
        for place in finding.places:
            body = place.layer, place.offset
            packed_before, unpacked_before = claimed.get(body, (0.0, 0))
            claimed[body] = max(packed_before, place.packed_bytes), max(unpacked_before, place.unpacked_bytes)
            packed += claimed[body][0] - packed_before
            unpacked += claimed[body][1] - unpacked_before
        yield replace(finding, counted_packed=round(packed), counted_unpacked=unpacked)
