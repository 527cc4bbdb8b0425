"""Files that hold keys and passwords, by their well-known names.

Everyone who can pull the image can read them: also those that a later layer deletes, for the layer that has them is
still there. shave looks at names only and never prints what is in them.

Fix: hand a secret to the one instruction that needs it, `RUN --mount=type=secret,id=NAME`, or to the container when
it starts; build anew without it; and replace the secret, for it is known.
"""

from collections import defaultdict
from collections.abc import Iterator

from shave.catalog.explained import Explained
from shave.finding import Finding
from shave.waste.facts import Classifier, facts
from shave.waste.known import hits, least
from shave.waste.lost import lost
from shave.waste.made import finding
from shave.waste.seen import Hit

_FIX = "use RUN --mount=type=secret, or give it to the container when it starts; replace what was in the image"
_SHOWN = 5


def find(image: Explained) -> Iterator[Finding]:
    """One finding of all that is visible, and one for each layer that deletes or overwrites some: the worst case, for
    who did that believes that it is gone.
    """
    visible = hits(image, "secrets")
    if visible:
        yield _finding("secrets by their names", visible)
    for culprit, gone in _gone(image).items():
        yield _finding("secrets that a later layer deletes and everyone can still read", gone, culprit)


def _finding(title: str, found: tuple[Hit, ...], culprit: int | None = None) -> Finding:
    shown = ", ".join(f"/{hit.place.path} ({hit.fact.name})" for hit in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    places = (hit.place for hit in found)
    return finding(
        "secrets", title, places, fix=_FIX, confidence=least(found), detail=f"{shown}{more}", culprit=culprit
    )


def _gone(image: Explained) -> dict[int, tuple[Hit, ...]]:
    """Secrets that went, by who took them away; a rewritten one is visible, or goes again."""
    fact_of = Classifier(fact for fact in facts() if fact.kind == "secrets")
    found: defaultdict[int, list[Hit]] = defaultdict(list)
    for each in image.once(lost):
        fact = fact_of(each.place.path, each.place.unpacked_bytes)
        if fact and each.how != "rewritten":
            found[each.culprit].append(Hit(fact, each.place))
    return {culprit: tuple(found[culprit]) for culprit in sorted(found)}
