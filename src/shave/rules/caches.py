"""Caches that package managers leave in a layer: what rules about one manager share. The table is facts/caches.toml."""

import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from shave.cleaning import deletes, deletes_as_written, may_be_mounted
from shave.dockerfile.edits import Edit
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended, by_same, followed, inserted, of_same, removed
from shave.recipe_standing import is_there_at_end, last_of_rows
from shave.rules import beside
from shave.rules.cache_places import globs, has_other_mount, mislaid, moved, places
from shave.rules.cache_table import Cache, caches
from shave.rules.settings import is_configured, said
from shave.rules.strangers import stranger
from shave.rules.told import PACKAGE
from shave.rules.wanted import naming, offline, unless

# dnf(8), yum(8), zypper(8)
_ROOTS = ("--installroot", "--root", "-R")
_HERE = r"(?! +--(?:install)?root\b)"


def left(recipe: Recipe, rule: str, what: str) -> Iterator[LintFinding]:
    """What each RUN of the image leaves in the caches that a rule is about; ``what`` names it in a sentence."""
    found = list(_left(recipe, rule, what))
    once = {cached.tools: cached for cached, _ in found if cached.is_once}
    known = {
        tools: beside.earlier(
            recipe, [each.step for row, each in found if row.tools == tools], partial(_empties, cached=cached)
        )
        for tools, cached in once.items()
    }
    for cached, finding in found:
        yield from beside.told((finding,), known.get(cached.tools, {}))


def _left(recipe: Recipe, rule: str, what: str) -> Iterator[tuple[Cache, LintFinding]]:
    for step in recipe.runs:
        for cached in caches(rule, recipe.base(step.stage) or ""):
            calls = (call for call in step.calls if _writes(call, cached))
            writing = [call for call in calls if not _is_off(recipe, step, call, cached)]
            known = places(recipe, step, writing, cached) if writing else ()
            if known and not _is_clean(recipe, step, cached, writing, known):
                yield cached, _finding(recipe, step, cached, writing, cached.what or what)


def _empties(step: Step, cached: Cache) -> bool:
    """Whether a step takes the cache of a system away, whoever left it."""
    return any(_cleans(call, cached) for call in step.calls) or any(
        deletes(step, place) for place in cached.directories
    )


def _writes(call: Call, cached: Cache) -> bool:
    if call.tool not in cached.tools or (cached.options and call.has(*cached.options)):
        return False
    if call.tool in cached.bare:
        return bool(call.operands)
    if cached.short:
        given = [word for word in call.words if word and re.fullmatch(cached.short, word)]
        # packages of the image are installed as they are, those of an address are fetched
        is_local = bool(call.operands) and all(map(_is_local, call.operands))
        return bool(given) and not is_local and ("u" in given[0] or bool(call.plain))
    return _verb_words(call, cached) > 0


def _is_local(word: str | None) -> bool:
    return bool(word and PACKAGE.search(word) and "://" not in word)


def _verb_words(call: Call, cached: Cache) -> int:
    """How many words the verb has, by which the call is meant; a missing verb counts as one, no verb of these as 0."""
    if " ".join(word or "?" for word in call.operands[:2]) in cached.verbs:
        return max(1, len(call.operands[:2]))
    return int(call.verb in cached.verbs)


def _is_off(recipe: Recipe, step: Step, call: Call, cached: Cache) -> bool:
    """Whether a variable or a file keeps a call from writing."""
    return any(
        (said(recipe, step, call, name) or "").lower() in values for name, values in cached.variables.items()
    ) or any(is_configured(recipe, step, call.start, setting) for setting in cached.settings)


def _is_clean(recipe: Recipe, step: Step, cached: Cache, writing: list[Call], known: tuple[str, ...]) -> bool:
    """Whether the cache is kept out of the layer: by a mount, or a command behind the last that writes."""
    absolute = [place for place in known if place.startswith("/")]
    is_mounted = any(may_be_mounted(step, place) for place in absolute) and not mislaid(recipe, step, writing, cached)
    if is_mounted or any(deletes(step, place) for place in absolute):
        return True
    later = [call for call in step.calls if call.start >= writing[-1].start]
    if any(_cleans(call, cached) for call in later):
        return True
    behind = step.file.text[writing[-1].end : step.instruction.end].decode("utf-8", "replace")
    command = re.escape(_command(cached, writing[-1])) + _HERE
    return bool(cached.append and re.search(command, behind)) or deletes_as_written(step, known)


def _cleans(call: Call, cached: Cache) -> bool:
    """Whether a call takes the cache away: that of this system, not that in the root of another."""
    return not call.has(*_ROOTS) and any(_is_call(call, cleaner) for cleaner in cached.cleaners)


def _is_call(call: Call, words: tuple[str, ...]) -> bool:
    """Whether a call is this one, with its words in any order behind the tool, others among them."""
    tool, *others = words
    options = [word for word in others if word.startswith("-")]
    plain = tuple(word for word in others if not word.startswith("-"))
    return call.tool == tool and call.operands[: len(plain)] == plain and all(call.has(option) for option in options)


def _finding(recipe: Recipe, step: Step, cached: Cache, writing: list[Call], what: str) -> LintFinding:
    call, elsewhere = writing[0], moved(recipe, step, writing[-1], cached)
    own = mislaid(recipe, step, writing, cached)
    fix = None if elsewhere or own or has_other_mount(step, cached) else _fix(recipe, step, cached, writing)
    known = [place for place in elsewhere or cached.directories if not place.startswith("$")]
    advice = f"give {cached.insert}" if cached.insert else f"{_command(cached, writing[-1])} in the same RUN"
    if own:
        advice = f"mount {own}, with the user's uid: what is mounted is root's"
    return LintFinding(
        cached.rule,
        "warning",
        f"{what} stays in the layer",
        step.number,
        call.start,
        call.end,
        advice=f"delete {known[0]} in the same RUN, or mount it" if elsewhere else advice,
        fix=fix,
        about=About("written", (step.number,), tuple(globs(known))),
        amount=Amount(cached.packed_bytes, cached.unpacked_bytes, measured=False, source=cached.source),
    )


def _command(cached: Cache, call: Call) -> str:
    return cached.append.replace("{tool}", call.tool)


def _fix(recipe: Recipe, step: Step, cached: Cache, writing: list[Call]) -> Fix | None:
    if _only_fetches(step, cached):
        wanting = (
            naming(recipe, step.end, cached.directories),
            offline(recipe, step, step.end),
            _used(recipe, step, cached),
        )
        fix = Fix("remove the RUN", (removed(step),), is_safe=True)
        return unless(recipe, "the cache", fix, *wanting, stranger(recipe, step, writing[-1]), _special(step))
    if cached.insert:
        edits = [_inserted(call, cached) for call in writing]
        text = f"give {cached.insert}"
    else:
        whole = _completed(step, cached, writing)
        edits = [whole] if whole else _cleaned(step, cached, writing)
        text = f"{_command(cached, writing[-1])} in the same RUN"
    known = tuple(edit for edit in edits if edit)
    if not known or len(known) < len(edits):
        return None
    at = known[0].start
    # with an option the calls themselves may miss it, with a command only what comes behind
    wanted = (
        naming(recipe, at, cached.directories),
        offline(recipe, step, step.start if cached.insert else at),
        _used(recipe, step, cached),
    )
    return unless(recipe, "the cache", Fix(text, known, cached.is_safe), *wanted)


def _only_fetches(step: Step, cached: Cache) -> bool:
    """Whether a RUN does nothing else: others fetch what they need, but for keys taken on trust."""
    is_trusting = any(call.has("--gpg-auto-import-keys") for call in step.calls)
    return not is_trusting and all(call.tool == "sudo" or call.verb in cached.fetching for call in step.calls)


def _special(step: Step) -> int | None:
    """Where a RUN fetches what others may not (with a secret, a proxy), or keeps what is said of it."""
    is_plain = not step.instruction.flags and not step.assignments
    return None if is_plain and b">" not in step.file.text[step.start : step.end] else step.start


def _used(recipe: Recipe, step: Step, cached: Cache) -> int | None:
    """Where what needs the cache is called: from this RUN on, or when the image runs."""
    found = recipe.once(_calling(cached.users))
    return next((at for at, is_build in found if at >= step.start or not is_build), None)


@cache
def _calling(calls: tuple[tuple[str, ...], ...]) -> Callable[[Recipe], list[tuple[int, bool]]]:
    """One function for each, so that a recipe is searched once for it."""
    return partial(_every, calls)


def _every(calls: tuple[tuple[str, ...], ...], recipe: Recipe) -> list[tuple[int, bool]]:
    """Where one of these is called, and whether that is while the image is built."""
    every = ((step, call) for step in recipe.steps for call in step.calls)
    return [
        (call.start or step.start, step.keyword == "RUN")
        for step, call in every
        if any(_is_call(call, each) for each in calls)
    ]


def _inserted(call: Call, cached: Cache) -> Edit | None:
    return inserted(call, call.plain[_verb_words(call, cached) - 1], cached.insert) if call.plain else None


def _completed(step: Step, cached: Cache, writing: list[Call]) -> Edit | None:
    """A call behind them that cleans in part (``zypper clean``, ``dnf clean packages``), given what it lacks."""
    tool, verb, *others = _command(cached, writing[-1]).split()
    behind = (call for call in step.calls if call.start > writing[-1].start and not call.has(*_ROOTS))
    later = (call for call in behind if (call.tool, call.verb) == (tool, verb))
    call = next((call for call in later if is_there_at_end(step, call)), None) if verb == "clean" else None
    if call is None:
        return None
    if others[0].startswith("-"):
        return inserted(call, call.plain[0], " ".join(others))
    parts = [call.spans[at] for at in call.plain[1:]]
    return Edit(parts[0][0], parts[-1][1], " ".join(others).encode()) if parts else None


def _cleaned(step: Step, cached: Cache, writing: list[Call]) -> list[Edit | None]:
    """The command right behind the calls: what comes later may end the shell, or take the tool away, and another branch
    may not have it. At the end of the RUN if the cache is needed till then, and the tool is surely there.
    """
    if not cached.at_end:
        started = [(call, _started(step, cached, call)) for call in writing]
        last = {id(call) for call in last_of_rows(step, writing)}
        return [
            followed(step, call, command, [each for each, same in started if same == command]) if command else None
            for call, command in started
            if id(call) in last
        ]
    is_tool = _command(cached, writing[-1]).startswith(f"{writing[-1].tool} ")
    call = next((call for call in reversed(writing) if not is_tool or is_there_at_end(step, call)), None)
    command = _started(step, cached, call) if call else None
    return [appended(step, command) if command else None]


def _started(step: Step, cached: Cache, call: Call) -> str | None:
    """The command that cleans up, started as the call is: by its path if it is the same tool."""
    tool, _, rest = _command(cached, call).partition(" ")
    return of_same(step, call, rest) if tool == call.tool else by_same(step, call, f"{tool} {rest}")
