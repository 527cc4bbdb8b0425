"""What rules about build packages share: which RUNs install them, what is built with them, and what takes them away.

The packages are those of facts/build_tools.toml, what builds is in facts/building.toml.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from msgspec import Struct, convert

from shave.facts import load
from shave.globs import matcher
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import merged

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
    edits = merged(recipe, *recipe.steps[first.number : step.number + 1])
    return LintFinding(
        rule,
        "warning",
        f"{_listed(taken)} stay in the layer of the RUN that installed them",
        step.number,
        call.start,
        call.end,
        advice="take them away in the RUN that installs them",
        fix=Fix("install, build and take away in one RUN", edits, is_safe=True) if edits else None,
        about=About("deleted", (step.number,)),
        amount=_amount(),
    )


def kept(recipe: Recipe, manager: Manager, rule: str) -> Iterator[LintFinding]:
    """Each RUN of the image that installs what something is built with there, and nothing takes away."""
    taken = {name for step in recipe.runs for call in step.calls if manager.removes(call) for name in names(call)}
    last = max((step.number for step in recipe.runs if any(map(builds, step.calls))), default=-1)
    if last < 0 or _is_toolchain(recipe):
        return
    for step in recipe.runs:
        for call in step.calls if step.number <= last else ():
            found = sorted(name for name in names(call) if is_telling(manager, name)) if manager.installs(call) else []
            if found and not names(call) & taken:
                yield _kept(recipe, manager, step, call, found, last, rule)


def builds(call: Call) -> bool:
    """Whether a call compiles, or installs what may have to be compiled."""
    return any(call.tool in row.tools and (not row.verbs or call.verb in row.verbs) for row in _builders())


def is_telling(manager: Manager, name: str) -> bool:
    """Whether a package serves builds only."""
    return _is_tool()(f"{manager.unit}:{name}") and not _is_used()(name)


def _kept(
    recipe: Recipe, manager: Manager, step: Step, call: Call, found: list[str], last: int, rule: str
) -> LintFinding:
    final = recipe.final
    commands = [each for each in recipe.of(final.number if final else 0) if each.keyword in ("CMD", "ENTRYPOINT")]
    return LintFinding(
        rule,
        "warning" if commands else "info",
        f"{_listed(found)} only serve the build, and stay in the image",
        step.number,
        call.start,
        call.end,
        advice="build in an earlier stage and copy the result, or install, build and take them away in one RUN",
        fix=_fix(recipe, manager, step, found, last),
        about=About("build tools", (step.number,)),
        amount=_amount(),
    )


def _fix(recipe: Recipe, manager: Manager, step: Step, found: list[str], last: int) -> Fix | None:
    """All in one RUN, if that is one chain, and no library goes that what was built may need."""
    is_bare = matcher(load("building")["bare"])
    if any(name.endswith("-dev") and not is_bare(name) for name in found):
        return None
    steps = recipe.steps[step.number : last + 1]
    edits = merged(recipe, *steps, then=f"{manager.command} {' '.join(found)}")
    return Fix("take them away in the RUN that builds", edits, is_safe=False) if edits else None


def _is_toolchain(recipe: Recipe) -> bool:
    """Whether the image is there to build: what it starts is a builder."""
    final = recipe.final
    steps = recipe.of(final.number) if final else ()
    return any(builds(call) for step in steps if step.keyword in ("CMD", "ENTRYPOINT") for call in step.calls)


def _listed(found: list[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


def _amount() -> Amount:
    facts = load("building")
    return Amount(facts["packed_bytes"], facts["unpacked_bytes"], measured=False, source=facts["source"])


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
