"""What rules about build packages share: which RUNs install them, what is built with them, and what takes them away.

The packages are those of facts/build_tools.toml, what builds is in facts/building.toml.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from msgspec import Struct, convert

from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.globs import matcher
from shave.lint import About, Amount, Fix, LintFinding, Severity
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import by_same, merged

_MOST_MERGED = 20
_END = re.compile(r"[=<>~:/@]")


class Manager(Struct, frozen=True):
    """A package manager: its tools, the verbs that install and those that take away, how units are named, and the
    command that takes packages away with what only they needed.
    """

    unit: str
    tools: frozenset[str]
    installing: frozenset[str]
    removing: frozenset[str]
    command: str

    def installs(self, call: Call) -> bool:
        """Whether a call installs packages."""
        return call.tool in self.tools and call.verb in self.installing

    def removes(self, call: Call) -> bool:
        """Whether a call takes packages away."""
        return call.tool in self.tools and call.verb in self.removing


class Installed(Struct, frozen=True):
    """Build packages of these ``names`` that a call installs, and the number of the ``last`` RUN that builds."""

    manager: Manager
    step: Step
    call: Call
    names: tuple[str, ...]
    last: int


APT = Manager(
    "dpkg",
    frozenset({"apt-get", "apt", "aptitude"}),
    frozenset({"install"}),
    frozenset({"purge", "remove", "autoremove", "autopurge"}),
    "apt-get purge -y --auto-remove",
)
APK = Manager("apk", frozenset({"apk"}), frozenset({"add"}), frozenset({"del"}), "apk del")


def purged(recipe: Recipe, manager: Manager, rule: str) -> Iterator[LintFinding]:
    """Each RUN of the image that takes away what an earlier one installed."""
    installed: dict[str, Step] = {}
    for step in recipe.runs:
        own: set[str] = set()
        for call in step.calls:
            if manager.installs(call):
                own |= names(call)
            elif manager.removes(call) and (names(call) & installed.keys()) - own:
                yield _purged(recipe, installed, step, call, rule)
        installed |= dict.fromkeys(own, step)


def names(call: Call) -> frozenset[str]:
    """The packages that a call is about, without versions and architectures; that of ``apk add --virtual`` too."""
    virtual = call.value("--virtual", "-t") if call.tool == "apk" else None
    return frozenset(_END.split(word)[0] for word in (*call.targets, virtual) if word)


def _purged(recipe: Recipe, installed: Mapping[str, Step], step: Step, call: Call, rule: str) -> LintFinding:
    taken = sorted(names(call) & installed.keys())
    first = min((installed[name] for name in taken), key=lambda each: each.number)
    edits = _merged(recipe, first.number, step.number)
    return LintFinding(
        rule,
        "warning",
        f"what is taken away here stays in the layer that installed it: {_listed(taken)}",
        step.number,
        call.start,
        call.end,
        advice="take them away in the RUN that installs them",
        fix=Fix("install, build and take away in one RUN", edits, is_safe=True) if edits else None,
        about=About("deleted", (step.number,)),
        amount=tools_amount(),
    )


def kept(recipe: Recipe, manager: Manager, rule: str) -> Iterator[LintFinding]:
    """Each call in the image that installs what something is built with there, and nothing takes away."""
    starts = _starts(recipe)
    taken = {name for step in recipe.runs for call in step.calls if manager.removes(call) for name in names(call)}
    last = max((step.number for step in recipe.runs if any(map(builds, step.calls))), default=-1)
    if any(map(builds, starts)):  # the image is there to build
        return
    for step in recipe.runs:
        for call in step.calls if step.number <= last else ():
            if manager.installs(call) and not names(call) & taken:
                found = tuple(sorted(name for name in names(call) if is_telling(manager, name)))
                if found:
                    yield _kept(
                        recipe, Installed(manager, step, call, found, last), rule, "warning" if starts else "info"
                    )


def builds(call: Call) -> bool:
    """Whether a call compiles, or installs what may have to be compiled."""
    return any(call.tool in row.tools and (not row.verbs or call.verb in row.verbs) for row in _builders())


def is_telling(manager: Manager, name: str) -> bool:
    """Whether a package serves builds only."""
    return _is_tool()(f"{manager.unit}:{name}") and not _is_used()(name)


def _kept(recipe: Recipe, installed: Installed, rule: str, severity: Severity) -> LintFinding:
    return LintFinding(
        rule,
        severity,
        f"what only serves the build stays in the image: {_listed(installed.names)}",
        installed.step.number,
        installed.call.start,
        installed.call.end,
        advice="build in an earlier stage and copy the result, or install, build and take them away in one RUN",
        fix=_fix(recipe, installed),
        about=About("build tools", (installed.step.number,)),
        amount=tools_amount(),
    )


def _fix(recipe: Recipe, installed: Installed) -> Fix | None:
    """All in one RUN, if that is one chain, and no library goes that what was built may need."""
    is_bare = matcher(load("building")["bare"])
    if any(name.endswith("-dev") and not is_bare(name) for name in installed.names):
        return None
    command = f"{installed.manager.command} {' '.join(installed.names)}"
    then = by_same(installed.step, installed.call, command)
    edits = _merged(recipe, installed.step.number, installed.last, then)
    return Fix("take them away in the RUN that builds", edits, is_safe=False) if edits else None


def _merged(recipe: Recipe, first: int, last: int, then: str = "") -> tuple[Edit, ...] | None:
    """The RUNs from one to another as one, if they are not many."""
    if last - first >= _MOST_MERGED:
        return None
    return merged(recipe, *recipe.steps[first : last + 1], then=then)


def _starts(recipe: Recipe) -> list[Call]:
    """What the image runs when it is started."""
    steps = recipe.of(recipe.final.number) if recipe.final else ()
    return [call for step in steps if step.keyword in ("CMD", "ENTRYPOINT") for call in step.calls]


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def tools_amount() -> Amount:
    """What a compiler with its headers costs: once in an image, however many findings speak of it."""
    facts = load("building")
    return Amount(
        facts["packed_bytes"], facts["unpacked_bytes"], measured=False, source=facts["source"], fact="build tools"
    )


class _Builder(Struct, frozen=True):
    tools: frozenset[str]
    source: str
    verbs: frozenset[str] = frozenset()


@cache
def _builders() -> tuple[_Builder, ...]:
    return convert(load("building")["builder"], tuple[_Builder, ...])


@cache
def _is_tool() -> Callable[[str], bool]:
    return matcher(load("build_tools")["units"])


@cache
def _is_used() -> Callable[[str], bool]:
    return matcher(load("building")["also_run"])
