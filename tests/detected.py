"""What detectors find in images made up in memory."""

from collections.abc import Mapping
from typing import Any

from shave.catalog.explained import Explained, explain
from shave.events import silent
from shave.finding import Finding
from shave.testing import Member, image
from shave.waste.protocol import Detector


def explained(*layers: Mapping[str, Member], **options: Any) -> Explained:
    """An image with all that its records say."""
    return explain(image(*layers, **options), silent)


def detected(find: Detector, *layers: Mapping[str, Member], **options: Any) -> list[Finding]:
    """What one detector finds in an image; what all findings have in common is checked on the way."""
    made = explained(*layers, **options)
    found = list(find(made))
    for finding in found:
        packed = [place.packed_bytes for place in finding.places]
        assert packed == sorted(packed, reverse=True)
        assert finding.packed_bytes == round(sum(packed))
        assert finding.unpacked_bytes == sum(place.unpacked_bytes for place in finding.places)
        assert set(finding.layers) == {place.layer for place in finding.places}
        assert finding.title and finding.detail and finding.fix
        entries = {(n, entry.offset) for n, layer in enumerate(made.survey.layers) for entry in layer.index.entries}
        assert {(place.layer, place.offset) for place in finding.places} <= entries
    return found


def paths(finding: Finding) -> set[str]:
    """The paths that a finding is about."""
    return {place.path for place in finding.places}
