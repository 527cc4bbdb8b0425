"""Files that are nearly nothing but zeros.

`useradd` with a high number makes /var/log/lastlog and faillog as long as that number says; databases and disk images
reserve room. In the layer they pack to next to nothing, unpacked they fill the disk of whoever runs the image: no
engine keeps their holes.

Fix: `useradd --no-log-init`, and make such files when the container starts.
"""

from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.positions import stored_bytes
from shave.tree import Node
from shave.waste.made import finding, place
from shave.waste.seen import seen

RATIO = 500
"""A file packs so well only if it is empty: gzip can do 1032 to 1 (zlib, Technical Details)."""


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all of at least 1 MiB."""
    places = [place(image, node) for node in image.once(seen).large if _is_empty(image, node)]
    if places:
        yield finding(
            "sparse",
            "files of zeros",
            places,
            fix="useradd --no-log-init; make large empty files when the container starts",
            confidence="likely",
        )


def _is_empty(image: Explained, node: Node) -> bool:
    entry = node.entry
    return stored_bytes(entry) < entry.size // 2 or image.survey.packed(node.layer, entry) * RATIO < entry.size
