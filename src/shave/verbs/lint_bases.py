"""What the images that a Dockerfile starts from cost, and smaller ones of the same family, where they can be had."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress

from msgspec import Struct
from msgspec.structs import replace

from shave.engine import Engine, connect
from shave.errors import CannotError, ShaveError, UsageError
from shave.events import Remark, Sink, silent
from shave.lint import Amount, LintFinding
from shave.net import NetworkError, Patience
from shave.oci import Platform
from shave.recipe import Recipe
from shave.reference import full_name, parse
from shave.smaller_bases import SmallerBase, smaller
from shave.sources.docker import DockerRegistry
from shave.trust import CAREFUL, Trust

_PATIENCE = Patience(connect=5, stall=20, attempts=2)
"""A registry that does not answer shall not hold up what needs none."""
_PACKED = 0.37
_GUESSED = "the engine says unpacked bytes; packed they are taken for 37 % of these, as in Debian's and Python's images"
Smaller = Callable[[str], Iterable[SmallerBase]]
"""The images that may serve instead of one, the best first."""


class BaseSize(Struct, frozen=True):
    """An image: packed bytes as its registry's manifest says them, unpacked ones as the engine does.

    None is what neither says. ``lacks`` is what it has not that the larger one has.
    """

    name: str
    packed_bytes: int | None = None
    unpacked_bytes: int | None = None
    lacks: str = ""


class BaseRow(Struct, frozen=True):
    """The base of the FROM with this number, in this line, and those that may serve instead and can be had.

    ``best`` is the name of the first that may, had or not.
    """

    step: int
    line: int
    base: BaseSize
    best: str
    others: tuple[BaseSize, ...]


def bases(
    recipe: Recipe,
    trust: Trust = CAREFUL,
    sink: Sink = silent,
    platform: Platform | None = None,
    instead: Smaller = smaller,
) -> tuple[BaseRow, ...]:
    """The bases of the stages that the image is of, weighed by the user's engine and by registries; no layer is read.

    What neither has is left out. Stages that are not shipped cost nobody anything.
    """
    with _Scales(trust, sink, platform) as scales:
        return tuple(_rows(recipe, instead, scales))


def with_bases(findings: Iterable[LintFinding], rows: Iterable[BaseRow]) -> Iterator[LintFinding]:
    """The findings about bases (SHV217) with what the one saves that they name; those that save nothing left out."""
    known = {row.step: row for row in rows}
    for finding in findings:
        row = known.get(finding.step) if finding.rule == "SHV217" else None
        other = next((each for each in row.others if each.name == row.best), None) if row else None
        if row is None or other is None:
            yield finding
        elif _is_less(row.base, other):
            yield replace(finding, amount=_saved(row.base, other))


def _rows(recipe: Recipe, instead: Smaller, scales: "_Scales") -> Iterator[BaseRow]:
    for step in recipe.steps:
        name = recipe.scopes.bases[step.stage] if step.keyword == "FROM" and step.stage in recipe.shipped else None
        if name is None or name == "scratch" or recipe.file.stages[step.stage].parent is not None:
            continue
        base, candidates = scales.weigh(name), tuple(instead(name))
        if base is None:
            where = f"the base in line {step.instruction.line}"
            scales.sink(Remark(f"{where} cannot be weighed: no engine or registry that answers has it", "warning"))
        else:
            found = ((scales.weigh(each.name), each.lacks) for each in candidates)
            others = tuple(replace(size, lacks=lacks) for size, lacks in found if size)
            yield BaseRow(step.number, step.instruction.line, base, candidates[0].name if candidates else "", others)


class _Scales:
    """The user's engine, if one answers, and registries, but for those that did not."""

    def __init__(self, trust: Trust, sink: Sink, platform: Platform | None) -> None:
        self.trust, self.sink, self.platform = trust, sink, platform
        self.closing = ExitStack()
        self.engine: Engine | None = None
        self.silent: set[str] = set()

    def __enter__(self) -> "_Scales":
        with suppress(CannotError):
            self.engine = self.closing.enter_context(connect())
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def weigh(self, name: str) -> BaseSize | None:
        """An image's bytes, None where it cannot be had."""
        try:
            host = full_name(name).partition("/")[0]
        except UsageError:
            return None
        unpacked, packed = self._unpacked(name), self._packed(name, host)
        return None if unpacked is packed is None else BaseSize(name, packed, unpacked)

    def _unpacked(self, name: str) -> int | None:
        found = self.engine.image(name) if self.engine else None
        return found.unpacked_bytes if found else None

    def _packed(self, name: str, host: str) -> int | None:
        """What a manifest says; a host that does not answer is asked once."""
        if host in self.silent:
            return None
        try:
            reference = parse(f"docker://{name}")
            with DockerRegistry(_PATIENCE).open(reference, self.platform, self.trust, self.sink) as image:
                return sum(layer.descriptor.size for layer in image.layers)
        except ShaveError as error:
            is_silent = isinstance(error, NetworkError) and not error.status
            self.silent |= {host} if is_silent else set()
            self.sink(Remark(f"{name} cannot be weighed: {error}", "warning" if is_silent else "detail"))
            return None


def _about(size: BaseSize) -> float:
    """Packed bytes, about so many where only the engine knows the image."""
    return (size.unpacked_bytes or 0) * _PACKED if size.packed_bytes is None else size.packed_bytes


def _is_less(base: BaseSize, other: BaseSize) -> bool:
    pairs = (base.packed_bytes, other.packed_bytes), (base.unpacked_bytes, other.unpacked_bytes)
    known = [(one, two) for one, two in pairs if one is not None and two is not None]
    return bool(known) and known[0][1] < known[0][0]


def _saved(base: BaseSize, other: BaseSize) -> Amount:
    unpacked = max(0, base.unpacked_bytes - other.unpacked_bytes) if base.unpacked_bytes and other.unpacked_bytes else 0
    if base.packed_bytes is not None and other.packed_bytes is not None:
        return Amount(base.packed_bytes - other.packed_bytes, unpacked)
    return Amount(round(_about(base) - _about(other)), unpacked, measured=False, source=_GUESSED)
