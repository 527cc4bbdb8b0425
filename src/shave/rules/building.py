"""What rules about build packages share: which RUNs install them, what is built with them, and what takes them away.

The packages are those of facts/build_tools.toml, what builds is in facts/building.toml.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from functools import cache
from itertools import chain

from msgspec import Struct, convert
from msgspec.structs import replace

from shave.facts import load
from shave.globs import matcher
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import by_same, merged
from shave.reference import short
from shave.rules.managers import APK, APT, Left, Manager, left, names, virtual
from shave.rules.package_amounts import new, packages_amount
from shave.rules.strangers import stranger
from shave.staging import LANGUAGES, Building
from shave.staging.idle import is_foreign, is_question
from shave.staging.protocol import STARTS

_STARTERS = frozenset({"python", "npm", "yarn", "pnpm", "uv", "poetry", "pdm", "pipenv"})
"""They build, and start what was built."""


def purged(recipe: Recipe, manager: Manager, rule: str) -> Iterator[LintFinding]:
    """Each RUN of the image that takes away what an earlier one installed."""
    installed: dict[str, tuple[Step, Call]] = {}
    for step in recipe.runs:
        own: dict[str, tuple[Step, Call]] = {}
        for call in step.calls:
            if manager.installs(call):
                own |= dict.fromkeys(new(recipe.base(step.stage) or "", names(call)), (step, call))
            elif manager.removes(call) and (taken := sorted((names(call) & installed.keys()) - own.keys())):
                yield _purged(recipe, manager, {name: installed[name] for name in taken}, (step, call), rule)
        installed |= own


def _purged(
    recipe: Recipe, manager: Manager, taken: Mapping[str, tuple[Step, Call]], by: tuple[Step, Call], rule: str
) -> LintFinding:
    step, call = by
    edits = merged(recipe, *recipe.steps[min(each.number for each, _ in taken.values()) : step.number + 1])
    all_of = {name for word, (_, each) in taken.items() for name in (names(each) if word == virtual(each) else {word})}
    return LintFinding(
        rule,
        "warning",
        f"what is taken away here stays in the layer that installed it: {_listed([*taken])}",
        step.number,
        call.start,
        call.end,
        advice="take them away in the RUN that installs them",
        fix=Fix("install, build and take away in one RUN", edits, is_safe=True) if edits else None,
        about=About("deleted", (step.number,)),
        amount=packages_amount(manager, recipe.base(step.stage), all_of),
    )


def kept(recipe: Recipe, manager: Manager, rule: str) -> Iterator[LintFinding]:
    """Each call in the image that installs what something is built with there, and nothing takes away."""
    if recipe.final is None or is_to_build(Building(recipe, recipe.final.number)):
        return
    last = max((step.number for step in recipe.runs if any(map(builds, step.calls))), default=-1)
    others: set[str] = set()
    rows = [(each, telling(manager, recipe.base(each.step.stage), each.names)) for each in left(recipe.runs, manager)]
    # apk keeps what another package wants that was asked for: g++ stays with build-base
    is_held = manager is APK and sum(bool(found) for _, found in rows) > 1
    # who installs a compiler to run what an earlier stage built compiles then, and with the development files
    compiles = any(map(matcher(load("building")["compilers"]), chain.from_iterable(each.names for each, _ in rows)))
    is_run = last < 0 and not compiles and _is_only_run(recipe)
    for each, found in rows:
        others |= each.names - found
        tools = replace(each, names=found)
        if found and each.step.number <= last:
            yield _kept(recipe, tools, others, None if is_held else _fix(recipe, tools, last), rule)
        elif is_run and (libraries := _of_libraries(found)):
            alone = replace(_kept(recipe, replace(each, names=libraries), others, None, rule), severity="info")
            yield replace(alone, advice="nothing is built here: install the libraries alone, without their -dev")
        others |= found


def builds(call: Call) -> bool:
    """Whether a call compiles, or installs what may have to be compiled."""
    rows = (row for row in _builders() if call.tool in row.tools and (not row.verbs or call.verb in row.verbs))
    return any(rows) and not is_question(call)


def is_to_build(building: Building) -> bool:
    """Whether an image is there to build: what it starts does, or it starts what its base does, which is there for
    that, and has nothing that was built of the context; or it has a kit that only builds, as its variables say.
    """
    if building.steps[-1].variables.keys() & load("building")["variables"]:
        return True
    starts = [*filter(None, map(building.last, STARTS))]
    if starts:
        calls = [call for step in starts for call in step.calls]
        return any(builds(call) or (_is_toolchain(call) and call.tool not in _STARTERS) for call in calls)
    return kit(building.base) is not None and not any(_is_built(call) for call in building.calls)


def _is_toolchain(call: Call) -> bool:
    """Whether it is of a language, but not ``dotnet app.dll``, which starts what was built."""
    return any(call.tool in each.tools for each in LANGUAGES) and not (
        call.tool == "dotnet" and call.verb.endswith(".dll")
    )


def _is_built(call: Call) -> bool:
    return any(each.builds(call) for each in LANGUAGES) and not is_foreign(call)


class Kit(Struct, frozen=True):
    """Public images that are there to build, but for those whose tags have a part of ``but``; what they have more than
    an image for running has at least what Debian's packages ``has`` have, without those that ``stay``. ``run`` says
    which images those are.
    """

    images: frozenset[str]
    source: str
    run: str
    but: tuple[str, ...] = ()
    has: tuple[str, ...] = ()
    stay: tuple[str, ...] = ()


def kit(base: str) -> Kit | None:
    """What is known of a public image that is there to build; None for others."""
    name, tag = short(base)
    found = (row for row in _kits() if name in row.images and not any(part in tag for part in row.but))
    return next(found, None)


def kit_amount(known: Kit) -> Amount | None:
    """What it has beside what runs, as far as that is known."""
    found = packages_amount(APT, None, known.has, known.stay)
    names = " without ".join(" and ".join(each) for each in (known.has, known.stay) if each)
    return replace(found, source=f"as {names} of {found.source}") if found else None


def telling(manager: Manager, base: str | None, names: Iterable[str]) -> frozenset[str]:
    """Of packages those that serve builds only, and that the base has not already.

    With them those that programs may also call: beside a compiler, make is there for the build.
    """
    tools = frozenset(name for name in new(base or "", names) if _is_tool()(f"{manager.unit}:{name}"))
    found = frozenset(name for name in tools if not _is_used()(name))
    return found | tools & frozenset(load("building")["beside"]) if found else found


def _kept(recipe: Recipe, each: Left, others: Set[str], fix: Fix | None, rule: str) -> LintFinding:
    has_start = bool(_starts(recipe))
    return LintFinding(
        rule,
        "warning" if has_start else "info",
        f"what only serves the build stays in the image: {_listed(sorted(each.names))}",
        each.step.number,
        each.call.start,
        each.call.end,
        advice="build in an earlier stage and copy the result, or install, build and take them away in one RUN",
        fix=fix,
        about=About("build tools", (each.step.number,)),
        amount=packages_amount(each.manager, recipe.base(each.step.stage), each.names, others),
    )


def _is_only_run(recipe: Recipe) -> bool:
    """Whether what an earlier stage built is copied, and all that the last one calls is known by its name."""
    steps = recipe.of(recipe.final.number) if recipe.final else ()
    calls = [call for step in steps if step.keyword == "RUN" for call in step.calls]
    return any(step.instruction.flag("from") for step in steps if step.keyword == "COPY") and not any(
        not call.words or "/" in (call.words[0] or "/") for call in calls
    )


def _of_libraries(names: Set[str]) -> frozenset[str]:
    """Development files that a library for running comes with."""
    is_bare = matcher(load("building")["bare"])
    return frozenset(name for name in names if name.endswith("-dev") and not is_bare(name))


def _fix(recipe: Recipe, each: Left, last: int) -> Fix | None:
    """All in one RUN, if that is one chain, no library goes that what was built may need, and nobody runs behind it who
    may compile, too.
    """
    building = recipe.steps[last]
    if _of_libraries(each.names) or stranger(recipe, building, building.calls[-1]) is not None:
        return None
    then = by_same(each.step, each.call, f"{each.manager.command} {' '.join(sorted(each.names))}")
    edits = merged(recipe, *recipe.steps[each.step.number : last + 1], then=then)
    return Fix("take them away in the RUN that builds", edits, is_safe=False) if edits else None


def _starts(recipe: Recipe) -> list[Call]:
    """What the image runs when it is started."""
    steps = recipe.of(recipe.final.number) if recipe.final else ()
    return [call for step in steps if step.keyword in ("CMD", "ENTRYPOINT") for call in step.calls]


def _listed(found: Sequence[str]) -> str:
    return ", ".join(found[:3]) + (f" and {len(found) - 3} more" if len(found) > 3 else "")


class _Builder(Struct, frozen=True):
    tools: frozenset[str]
    source: str
    verbs: frozenset[str] = frozenset()


@cache
def _builders() -> tuple[_Builder, ...]:
    return convert(load("building")["builder"], tuple[_Builder, ...])


@cache
def _kits() -> tuple[Kit, ...]:
    return convert(load("building")["kit"], tuple[Kit, ...])


@cache
def _is_tool() -> Callable[[str], bool]:
    return matcher(load("build_tools")["units"])


@cache
def _is_used() -> Callable[[str], bool]:
    return matcher(load("building")["also_run"])
