"""Compilers and what they need, installed as packages and left in.

Compilers, make, headers of -dev packages and version control serve the build alone. They are the largest thing that
an image can lose: a hundred megabytes and more, with the longest lists of known vulnerabilities.

Fix: build in an earlier stage and copy the result; or install, build and purge in one RUN (`apt-get purge
--auto-remove`, `apk add --virtual .build`).
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import cache

from shave.catalog.explained import Explained
from shave.facts import load
from shave.finding import Finding, Place
from shave.globs import matcher
from shave.waste.made import finding, place

_SHOWN = 4


def find(image: Explained) -> Iterator[Finding]:
    """One finding for each layer that installed some, of all the bytes that their packages own there."""
    found: defaultdict[int, list[Place]] = defaultdict(list)
    units: defaultdict[int, Counter[str]] = defaultdict(Counter)
    is_tool = _is_tool()
    tools = {package.unit for package in image.catalog.packages if is_tool(package.unit)}
    seen: set[tuple[int, int]] = set()
    for node in image.survey.tree if tools else ():
        unit = image.owners.get(node.entry.path, "")
        if unit in tools and node.entry.kind == "file" and (node.layer, node.entry.offset) not in seen:
            seen.add((node.layer, node.entry.offset))
            found[node.layer].append(place(image, node))
            units[node.layer][unit] += node.entry.size
    for layer in sorted(found):
        yield finding(
            "build_tools",
            "compilers and build tools left in the image",
            found[layer],
            fix="build in an earlier stage and copy the result, or purge them in the same RUN that installs them",
            confidence="possible",
            detail=_named(units[layer]),
        )


def _named(units: Counter[str]) -> str:
    shown = ", ".join(unit.partition(":")[2] for unit, _ in units.most_common(_SHOWN))
    return f"{len(units)} packages: {shown}{' …' if len(units) > _SHOWN else ''}"


@cache
def _is_tool() -> Callable[[str], bool]:
    return matcher(load("build_tools")["units"])
