"""What of the files differs between two builds of a Dockerfile, and whether the findings said so."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.catalog.explained import Explained
from shave.facts import load
from shave.finding import Place
from shave.globs import matcher
from shave.lint import LintFinding
from shave.rules.known import BuiltImage, Known
from shave.store import Unpacked
from shave.tree import Tree, parents
from shave.verbs.diff import PathChange, diff
from shave.verbs.lint_about import places_of
from shave.waste.facts import facts

Said = Callable[[PathChange], bool]
"""Whether a finding said that this path goes."""
_HARMLESS = frozenset({"time", "link"})
_WITNESSES = 10
_INSTALLED = ("recommended", "build tools", "packages")
_SCRIPTED = (None, *_INSTALLED)
_GOING = ("written", "context", "development", *_INSTALLED)


class PathSeen(Struct, frozen=True):
    """A path that differs, and how: "gone", "other mode" …; ``unpacked_bytes`` are those of the first build's file."""

    path: str
    what: str
    unpacked_bytes: int


class Compared(Struct, frozen=True):
    """What came of the comparison: "same" if all that went was said, "unknown" if something is there otherwise.

    ``files`` with ``unpacked_bytes`` went as they were said to. ``witnesses`` are what nobody said, the largest first,
    ten at most of ``differing``. ``notes`` are what differs for other reasons than the edits.
    """

    verdict: Literal["same", "different", "unknown"]
    files: int = 0
    unpacked_bytes: int = 0
    differing: int = 0
    witnesses: tuple[PathSeen, ...] = ()
    notes: tuple[str, ...] = ()


def compare(before: Explained, after: Explained, findings: Sequence[LintFinding], known: Known) -> Compared:
    """The trees of two builds; ``findings`` were applied in between, ``known`` is the image of the first."""
    found = diff(before, after)
    is_noise, says = _noise(), said(findings, before, after, known)
    others = {each.unit for each in found.units if each.status == "version"}
    went = {each.path: each for each in found.paths if each.status == "removed" and says(each)}
    around = {above for each in found.paths if each.status == "removed" for above in parents(each.path)}
    rows = [
        each
        for each in found.paths
        if each.path not in went
        and each.unit not in others
        and not is_noise(each.path)
        and not (each.kind == "directory" and each.status == "removed" and each.path in around)
    ]
    wrong = [*(_seen(each, "gone") for each in rows if each.status == "removed"), *_damaged(rows)]
    other = [_seen(each, _OTHER[each.status]) for each in rows if each.status in _OTHER]
    seen = sorted(wrong or other, key=lambda each: (-each.unpacked_bytes, each.path))
    verdict: Literal["same", "different", "unknown"] = "different" if wrong else "unknown" if other else "same"
    return Compared(
        verdict,
        sum(each.kind != "directory" for each in went.values()),
        sum(each.before.unpacked_bytes for each in went.values()),
        len(seen),
        tuple(seen[:_WITNESSES]),
        tuple(f"{each} has another version: the archive changed meanwhile" for each in sorted(others)),
    )


_OTHER = {"added": "added", "changed": "other content"}


def _damaged(rows: Iterable[PathChange]) -> Iterator[PathSeen]:
    """Paths that are another kind of thing, or somebody else's."""
    for each in rows:
        fields = [field for field in each.fields if field not in (*_HARMLESS, "content")]
        if each.status in ("changed", "metadata") and fields:
            yield _seen(each, f"other {' and '.join(fields)}")
        elif "link" in each.fields and each.kind == "symlink":
            yield _seen(each, "other target")


def _seen(change: PathChange, what: str) -> PathSeen:
    return PathSeen(change.path, what, change.before.unpacked_bytes)


def as_old(other: Unpacked, original: Unpacked) -> Unpacked:
    """A build with the times of another where a path is in both: web servers tell them, and every build has its own.

    Python's sources keep theirs, which stand in their compiled files.
    """
    nodes, before = dict(other.tree.nodes), original.tree.nodes
    for path in nodes.keys() & before.keys():
        if not path.endswith(".py"):
            node = nodes[path]
            nodes[path] = replace(node, entry=replace(node.entry, mtime=before[path].entry.mtime))
    return Unpacked(other.image, other.layers, Tree(nodes))


def made_again(original: Unpacked) -> frozenset[str]:
    """What programs make again if it is not there: compiled files, and their directories."""
    is_compiled = matcher(next(row["globs"] for row in load("rebuilt")["rebuilt"] if row["name"] == "compiled code"))
    return frozenset(path for path in original.tree.nodes if is_compiled(path))


def said(findings: Iterable[LintFinding], before: Explained, after: Explained, known: Known) -> Said:
    """Which paths the findings say that go."""
    image = known.image
    if image is None:
        return lambda _: False
    paths = {place.path for each in findings for place in _places(each, known)}
    layers = {layer for each in findings if (each.about and each.about.kind) in _SCRIPTED for layer in _of(each, image)}
    staying = {package.unit for package in after.catalog.packages}
    nodes = before.survey.tree.nodes

    def says(change: PathChange) -> bool:
        """Scripts of packages write files that no record has, and take them away with the package."""
        if change.path in paths:
            return True
        node = nodes.get(change.path)
        return bool(node and node.layer in layers and change.unit not in staying)

    return says


def _places(finding: LintFinding, known: Known) -> Iterator[Place]:
    """The entries that a finding is about and that a container sees."""
    if finding.about and known.image and finding.about.kind in _GOING:
        yield from places_of(finding.about, known.image, known.context) or ()


def _of(finding: LintFinding, image: BuiltImage) -> Iterator[int]:
    """The layers of its steps."""
    steps = finding.about.steps if finding.about else (finding.step,)
    return (image.layers[step] for step in steps if step in image.layers)


@cache
def _noise() -> Callable[[str], bool]:
    rebuilt = (glob for row in load("rebuilt")["rebuilt"] for glob in row["globs"])
    waste = (glob for fact in facts() if fact.proven for glob in fact.globs)
    return matcher((*rebuilt, *waste))
