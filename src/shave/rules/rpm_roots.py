"""The caches of dnf and yum in a root that they install into for another image: ``clean all`` without it is of the
builder's own.

Source: dnf(8), --installroot: the directory of the cache is in it, too.
"""

from collections.abc import Iterator, Sequence

from shave.cleaning import deletes, is_below, may_be_mounted
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import followed, of_same
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.rpm import release
from shave.rules.wanted import naming, offline, unless

_INSTALLING = frozenset({"install", "in", "groupinstall", "group", "update", "upgrade", "reinstall"})
_CACHES = ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum")


def left(recipe: Recipe, known: Known, rule: str, tools: frozenset[str]) -> Iterator[LintFinding]:
    """What calls of these tools leave in such a root that is in the image, or is copied into it."""

    def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
        for step in recipe.runs:
            calls = [call for call in step.calls if call.tool in tools and call.verb in _INSTALLING and _root(call)]
            for call in {_root(each): each for each in calls}.values():
                if not _is_clean(step, call, _places(recipe, step, call)):
                    yield _finding(recipe, rule, step, call)

    def undone(run: Step, place: str) -> bool:
        return any(call.verb == "clean" and (root := _root(call)) and is_below(place, root) for call in run.calls)

    return with_carried(look, recipe, known, lambda step, call, here: _places(recipe, step, call)[0], undone)


def _root(call: Call) -> str | None:
    """The absolute path of the root, None for the builder's own and one that only a run knows."""
    given = (call.value("--installroot") or "").rstrip("/")
    return given if given.startswith("/") else None


def _places(recipe: Recipe, step: Step, call: Call) -> tuple[str, ...]:
    """Where the cache is in the root, by the base; if that is not known, wherever one may be."""
    known = release(recipe.base(step.stage)) if call.tool != "microdnf" else None
    return tuple(f"{_root(call)}{place}" for place in ((known.directory,) if known else _CACHES))


def _is_clean(step: Step, last: Call, places: Sequence[str]) -> bool:
    root = _root(last)
    cleaning = (call for call in step.calls if call.start > last.start and call.verb == "clean")
    is_kept_out = any(deletes(step, place) or may_be_mounted(step, place) for place in places)
    return is_kept_out or any(_root(call) == root for call in cleaning)


def _finding(recipe: Recipe, rule: str, step: Step, call: Call) -> LintFinding:
    root = _root(call)
    command = of_same(step, call, f"clean all --installroot={root}")
    edit = followed(step, call, command) if command else None
    text = f"{call.tool} clean all --installroot={root} in the same RUN"
    # run with dnf 4.14; of microdnf nobody has tried it
    fix = Fix(text, (edit,), is_safe=call.tool != "microdnf") if edit else None
    places = tuple(f"{root}{place}" for place in _CACHES)
    return LintFinding(
        rule,
        "warning",
        f"{call.tool}'s cache stays in {root}",
        step.number,
        call.start,
        call.end,
        advice=text,
        fix=unless(recipe, "the cache", fix, naming(recipe, call.end, places), offline(recipe, step, call.end)),
        about=About("written", (step.number,), tuple(f"**{place}/**" for place in _CACHES)),
    )
