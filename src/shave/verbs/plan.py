"""From an image and the evidence of its runs to the plan: which paths stay, which go, and why."""

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import chain

from shave import needs, widening
from shave.catalog import Catalog
from shave.closure import Root, closure
from shave.evidence import Evidence
from shave.globs import matcher
from shave.needs import Files
from shave.oci import Config, environment
from shave.plan import GRAINS, Dropped, Grain, Kept, Plan, UnitFate
from shave.reason import Reason
from shave.scene import Scene
from shave.tree import Tree
from shave.verbs.fates import fates, listings
from shave.verbs.grains import Reasons, but_waste, roughly_but_waste, unit
from shave.verbs.groups import group
from shave.verbs.price import price
from shave.verbs.roots import Wish, asked, roots
from shave.verbs.unasked import unasked
from shave.waste import waste
from shave.widening.records import unrecorded

_NOTHING = Catalog()
Fates = Callable[[Collection[str]], tuple[UnitFate, ...]]
"""What becomes of each package of the catalogue if so much is kept."""
Spared = Callable[[Collection[str], Fates], Iterable[str]]
"""Of what is kept, the paths to keep besides."""


def decide(
    files: Files,
    config: Config,
    evidence: Evidence,
    wish: Wish,
    thin: bool,
    repairs: Iterable[Root] = (),
    catalog: Catalog = _NOTHING,
    ended: bool = False,
    spared: Spared = lambda kept, fates: (),
) -> Plan:
    """The plan for one image. Pure: same values, same plan. Thin evidence narrows the grain to ``waste``, without the
    packages that nobody asked for.

    ``repairs`` are further paths to keep, which results of earlier plans turned out to lack; ``catalog`` is what the
    image's records say; ``ended`` that the start ended by itself and nothing else was asked;
    ``spared`` names paths that stay beside those kept, since a layer of the previous result has them.
    """
    grain: Grain = "waste" if thin else wish.grain
    first = (*roots(files, config, evidence, wish), *repairs)
    dropped = matcher(wish.drop)
    narrow = closure(files.tree, first, needs.linker(files, environment(config)), dropped)
    scene = Scene(files, config, evidence, catalog, frozenset(narrow), ended)
    wasteful = waste(files.tree) | (unasked(scene) if thin else {})
    every: dict[Grain, Reasons] = {
        "file": narrow,
        "unit": unit(scene, (*first, *asked(scene, wish)), dropped),
        "waste": (
            but_waste(scene, first, wasteful, dropped)
            if grain == "waste"
            else roughly_but_waste(scene, narrow, wasteful, dropped)
        ),
    }
    units = fates(scene, every[grain])
    orphans = unrecorded(zip(catalog.packages, units, strict=True), every[grain])
    left = {path: reasons for path, reasons in every[grain].items() if path not in orphans}
    kept = _with(left, spared(left, partial(fates, scene)))
    sizes = _bodies(files.tree, kept)
    why = _rules(scene, kept, (wasteful if grain == "waste" else {}) | orphans, dropped, grain)
    return Plan(
        evidence.image,
        grain,
        wish.grain,
        thin,
        tuple(Kept(path, sizes.get(path, 0), group(path), reasons, scene.unit(path)) for path, reasons in kept.items()),
        tuple(
            Dropped(path, sizes.get(path, 0), why(path), scene.unit(path))
            for path in files.tree.nodes
            if path not in kept
        ),
        tuple(price(each, scene, every[each]) for each in GRAINS),
        units if len(kept) == len(left) else fates(scene, kept),
        listings(scene, kept),
    )


def _with(kept: Reasons, more: Iterable[str]) -> Reasons:
    beside = (Reason("previous", "is in a layer of the previous result that is taken over"),)
    return dict(sorted({**dict.fromkeys(more, beside), **kept}.items()))


def _rules(
    scene: Scene, kept: Reasons, wasteful: Mapping[str, str], by_user: Callable[[str], bool], grain: Grain
) -> Callable[[str], str]:
    """What dropped a path, in words."""
    why_left = widening.left_out(scene, kept) if grain == "unit" else lambda path: "not used"

    def rule(path: str) -> str:
        return "what --drop names" if by_user(path) else wasteful.get(path) or why_left(path)

    return rule


def _bodies(tree: Tree, kept: Reasons) -> dict[str, int]:
    """The bytes of each regular file; of several names (hard links) the first that stays has them, else the first."""
    sizes, seen = dict[str, int](), set[tuple[int, str]]()
    for path in chain(kept, (path for path in tree.nodes if path not in kept)):
        node = tree.nodes.get(path)
        if node and node.entry.kind == "file" and node.inode not in seen:
            seen.add(node.inode)
            sizes[path] = node.entry.size
    return sizes
