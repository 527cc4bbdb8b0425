"""What the wider grains keep: the units around what was used, or all but waste.

Grain ``unit`` is two closures (docs/decisions/0017): what may come to life is asked what it names, what stands around
that is not.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain

from shave import needs, widening
from shave.closure import Root, closure
from shave.needs import LANGUAGE_NEEDS, NEEDS, Need
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.widening import AROUND, LIVE, Widening

Reasons = Mapping[str, tuple[Reason, ...]]
Dropped = Callable[[str], bool]
_NOT_WASTE = Reason("grain", "not proven waste")


def unit(scene: Scene, first: Iterable[Root], dropped: Dropped) -> Reasons:
    """Evidence, needs, and what stands around them: first what may come to life, then the rest of its units."""
    live = _stage(scene, LIVE, (*NEEDS, *LANGUAGE_NEEDS), first, dropped)
    again = ((path, reason) for path, reasons in live.items() for reason in reasons)
    return _stage(scene, AROUND, NEEDS, again, dropped)


def _stage(
    scene: Scene,
    widenings: Iterable[type[Widening]],
    family: tuple[type[Need], ...],
    first: Iterable[Root],
    dropped: Dropped,
) -> Reasons:
    rules = tuple(rule(scene) for rule in widenings)
    from_files = needs.linker(scene.files, scene.environment, family)
    from_rules = widening.linker(scene, rules)

    def links(path: str) -> Iterator[Link]:
        return chain(from_files(path), from_rules(path))

    return closure(scene.tree, chain(first, *(rule.roots() for rule in rules)), links, dropped)


def but_waste(scene: Scene, first: Iterable[Root], wasteful: Mapping[str, str], dropped: Dropped) -> Reasons:
    """All but what is proven waste."""
    others = ((path, _NOT_WASTE) for path in scene.tree.nodes if path not in wasteful)
    return closure(scene.tree, chain(first, others), needs.linker(scene.files, scene.environment), dropped)


def roughly_but_waste(scene: Scene, narrow: Reasons, wasteful: Mapping[str, str], dropped: Dropped) -> Reasons:
    """As ``but_waste`` for its price alone: without a look into every file for waste that another one needs."""
    return {
        path: narrow.get(path, (_NOT_WASTE,))
        for path in scene.tree.nodes
        if path in narrow or (path not in wasteful and not dropped(path))
    }
