"""What of a used unit nobody needs. A rule is one file here; this list is the whole family, asked in this order."""

from collections.abc import Callable
from functools import cache

from shave.scene import Scene
from shave.tightening.base_programs import BasePrograms
from shave.tightening.bytecode import Bytecode
from shave.tightening.foreign_scripts import ForeignScripts
from shave.tightening.heavy_plugins import HeavyPlugins
from shave.tightening.libraries import Libraries
from shave.tightening.parts import Parts
from shave.tightening.protocol import Tightening

TIGHTENINGS: tuple[type[Tightening], ...] = (Parts, Bytecode, BasePrograms, Libraries, ForeignScripts, HeavyPlugins)

__all__ = ["TIGHTENINGS", "Tightening", "spared"]


def spared(scene: Scene) -> Callable[[str], str]:
    """Why a path does not stay with its unit; "" if it does."""
    rules = tuple(scene.once(rule) for rule in TIGHTENINGS)

    @cache
    def why(path: str) -> str:
        return next((words for rule in rules if (words := rule.spares(path))), "")

    return why
