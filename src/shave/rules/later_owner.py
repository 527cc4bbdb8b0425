"""Owners or modes are set in a later layer than the one that has the files.

What: a RUN runs chown, chgrp or chmod on files that an earlier step wrote.

Why: a layer holds whole files. One whose owner or mode changes is in the image twice, even if it had that owner before:
`chown -R` of an application doubles it. COPY gives files their owner and mode as it writes them.

COPY leaves a directory that is there as it was, and makes one with mode 755: there the fix keeps the command for the
directory alone, which writes no file. Octal modes of `COPY --chmod` are those of files and directories alike; modes in
words it takes from Dockerfile syntax 1.14 on.

Scripts are too small to speak of. With an image, every `chown -R` is found that wrote bytes again, whatever made them;
where no single edit mends it, once for each step whose files they are, as each has to be changed for its part.

Bad:

    FROM debian:12
    COPY ./app /app
    RUN chown -R 1000:1000 /app

Good:

    FROM debian:12
    COPY --chown=1000:1000 ./app /app

Bad, where the directory is there before, and somebody else's:

    FROM node:22
    WORKDIR /app
    COPY . .
    RUN chown -R node:node /app
    USER node

Good, as only that changes its owner:

    FROM node:22
    WORKDIR /app
    COPY --chown=node:node . .
    RUN chown node:node /app
    USER node

Bad, where a RUN wrote what the next one changes:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt
    RUN chown -R 1000:1000 /opt/tool

Good:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt && chown -R 1000:1000 /opt/tool

Bad, as the mode is part of the file's record:

    FROM debian:12
    COPY build/server /usr/local/bin/server
    RUN chmod 755 /usr/local/bin/server && mkdir /data

Good, with BuildKit:

    FROM debian:12
    COPY --chmod=755 build/server /usr/local/bin/server
    RUN mkdir /data

Bad, where the user is made too late:

    FROM debian:12
    COPY . /app
    RUN useradd app && chown -R app /app

Good, as the step that writes sets the owner:

    FROM debian:12
    RUN useradd app
    COPY --chown=app . /app

Good, as a script is small:

    FROM debian:12
    COPY entrypoint.sh /
    RUN chmod +x /entrypoint.sh

Good, as only the directory itself changes:

    FROM debian:12
    COPY . /app
    RUN mkdir /app/data && chown 1000 /app

Source: OCI image specification, layer.md, Change Types; Dockerfile reference, COPY --chown --chmod; Dockerfile release
notes, 1.14.0; moby/buildkit issue 2987 (--link)
"""

import re
from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from shave.directories import is_of_base
from shave.dockerfile.abilities import sources
from shave.dockerfile.edits import Edit
from shave.lint import About, Fix, LintFinding
from shave.lives import Life, Use, layers
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import merged, removed, without
from shave.rules.known import Known
from shave.rules.layer_files import repeated
from shave.rules.protocol import Rule
from shave.rules.told import is_small, those
from shave.rules.writers import Change, Written, changes, dear, is_needed, steps_of
from shave.written import TAR

_OCTAL = re.compile(r"[0-7]{3,4}")
_EXECUTABLE = re.compile(r"0?[57]55|[ugoa]*\+r?x")
_OWNER = re.compile(r"([\w.-]*)(:?)([\w.-]*)")
_TOOLS = frozenset({"chown", "chgrp", "chmod"})
_WRITERS = frozenset({"copied", "downloaded", "unpacked", "cloned", "installed"})
_ROOTS = frozenset({"root", "root:root", "0", "0:0", "root:0", "0:root"})
_OF_BASES = frozenset({"/srv", "/opt", "/home", "/usr", "/var", "/data", "/tmp", "/root"})
_MAKERS = frozenset({"useradd", "adduser", "groupadd", "addgroup", "usermod"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each command that sets owners or modes of what an earlier step wrote."""
    told = set()
    for change in changes(recipe):
        found = _large(recipe, known, change)
        if found:
            told.add((change.use.step, change.use.call.start))
            yield from _found(recipe, known, change, found)
    for step in layers(recipe) if known.image else ():
        call = next(
            (call for call in step.calls if _is_measured(step, call) and (step.number, call.start) not in told), None
        )
        if call:
            yield from _measured(recipe, known, step, call)


def _is_measured(step: Step, call: Call) -> bool:
    return step.keyword == "RUN" and call.tool in _TOOLS and call.has("-R", "--recursive")


def _large(recipe: Recipe, known: Known, change: Change) -> tuple[Written, ...]:
    """What is more than a few bytes of what a command grants: what is small is not told beside what is not."""
    use = change.use
    found = tuple(each for each in change.written if use.how == "granted" and _is_large(recipe, known, each.life, use))
    if change.is_shared and not known.image:
        found = tuple(each for each in found if not each.is_part)
    return dear(found)


def _is_large(recipe: Recipe, known: Known, life: Life, use: Use) -> bool:
    """Whether whole files are meant that are more than a few bytes; with an image its layers say how many."""
    if not _is_whole(life):
        return False
    if use.call.has("-R", "--recursive") or known.image:
        return True
    if life.write.is_tree and not _may_be_file(recipe, life, use):
        return False
    return not is_small(life)


def _is_whole(life: Life) -> bool:
    return life.write.kind in _WRITERS


def _may_be_file(recipe: Recipe, life: Life, use: Use) -> bool:
    """Who names a directory without what is in it says other modes: this is a file, unless its source is written as a
    directory, or COPY has set the mode of all that it brings.
    """
    if life.write.source.endswith("/") or recipe.steps[life.write.step].instruction.flag("chmod"):
        return False
    is_executable = use.call.tool == "chmod" and bool(_EXECUTABLE.fullmatch(use.call.operands[0] or ""))
    return is_executable and life.write.path in use.patterns


def _found(recipe: Recipe, known: Known, change: Change, found: Sequence[Written]) -> Iterator[LintFinding]:
    """What a fix makes needless goes whole; else each step that wrote some of it has to be changed for its part."""
    use, steps = change.use, steps_of(recipe, found)
    fix = _fix(recipe, change, steps)
    firsts = [] if fix else _writers(recipe, known, use.step)
    if not firsts:
        runs = tuple(step.number for step in steps if step.keyword == "RUN") if fix and len(steps) > 1 else ()
        about = About("again", (*runs, use.step), use.globs)
        made = _finding(recipe, steps, use.step, use.call, about, fix)
        text = f"this writes a second time what {those(recipe, steps)} brought of it"
        yield made if any(each.is_there for each in found) else replace(made, severity="info", text=text)
    for first in firsts:
        yield _finding(recipe, [first], use.step, use.call, About("again", (first.number, use.step), use.globs))


def _writers(recipe: Recipe, known: Known, step: int) -> list[Step]:
    """The steps whose files one has once more; none if nobody knows, or where some are the base's."""
    found = repeated(known.image, step) if known.image else []
    if known.image is None or any(layer < known.image.base_layers for layer in found):
        return []
    steps = {known.image.layers[step.number]: step for step in recipe.steps if step.number in known.image.layers}
    return [steps[layer] for layer in found if layer in steps]


def _finding(
    recipe: Recipe, firsts: Sequence[Step], step: int, call: Call, about: About, fix: Fix | None = None
) -> LintFinding:
    return LintFinding(
        "SHV202",
        "warning",
        f"this writes the files of {those(recipe, firsts)} a second time",
        step,
        call.start,
        call.end,
        advice=_advice(firsts, call),
        fix=fix,
        about=about,
    )


def _advice(firsts: Sequence[Step], call: Call) -> str:
    runs = [first for first in firsts if first.keyword == "RUN"]
    copies = [first for first in firsts if first.keyword != "RUN"]
    said = [f"run {call.tool} in the RUN that writes them"] if runs else []
    return "; ".join(dict.fromkeys([*said, *(_for_copy(copy, call) for copy in copies)]))


def _for_copy(copy: Step, call: Call) -> str:
    kind = _kind(call)
    if copy.instruction.flag(kind):
        sets = "a mode" if kind == "chmod" else "an owner"
        return f"leave {call.tool} to what this RUN makes: the {copy.keyword} sets {sets}"
    if call.tool == "chmod":
        is_octal = _OCTAL.fullmatch(call.verb) or not call.has("-R", "--recursive")
        needed = "which needs BuildKit" if is_octal else "which takes such modes from Dockerfile syntax 1.14 on"
        return f"{copy.keyword} --chmod, {needed}"
    if _is_roots(copy, call):
        return f"leave it out: what {copy.keyword} brings is root's"
    if copy.instruction.flag("link"):
        return f"{copy.keyword} --chown by number, as --link knows no names"
    is_there = call.verb in _ROOTS or call.verb.replace(":", "").isdecimal()
    return f"{copy.keyword} --chown" + ("" if is_there else ", behind the step that makes the user")


def _is_roots(copy: Step, call: Call) -> bool:
    """Whether it gives to root what is root's, as files of a context are; in BuildKit those of a stage keep theirs."""
    unpacks = copy.keyword == "ADD" and any(TAR.search(word.value) for word in sources(copy.instruction))
    return call.tool != "chmod" and call.verb in _ROOTS and not copy.instruction.flags and not unpacks


def _measured(recipe: Recipe, known: Known, step: Step, call: Call) -> Iterator[LintFinding]:
    """What nobody sees in the text, by the image: once for all such commands of a RUN."""
    firsts = _writers(recipe, known, step.number)
    for first in firsts:
        yield _finding(recipe, [first], step.number, call, About("again", (first.number, step.number)))
    if not firsts:
        yield LintFinding(
            "SHV202",
            "warning",
            "this writes files of earlier layers a second time",
            step.number,
            call.start,
            call.end,
            advice="set owners and modes in the step that writes the files, or be that user there (USER)",
            about=About("again", (step.number,)),
        )


def _fix(recipe: Recipe, change: Change, steps: Sequence[Step]) -> Fix | None:
    last = change.use.step
    for first in (step for step in steps if step.keyword == "RUN"):
        edits = merged(recipe, first, *recipe.steps[first.number + 1 : last + 1])
        if edits:
            return Fix("set them in the RUN that writes the files", edits, is_safe=True)
    is_all = len(change.written) == 1 and steps[0].keyword != "RUN" and not is_needed(recipe, change)
    return _by_copy(recipe, change.written[0].life, change.use) if is_all else None


def _by_copy(recipe: Recipe, life: Life, use: Use) -> Fix | None:
    """The flag of a COPY that is all that a command is about."""
    copy, gone = recipe.steps[life.write.step], _gone(recipe.steps[use.step], use.call)
    flag = _flag(recipe, copy, life, use)
    if gone is None or flag is None or copy.instruction.flag(_kind(use.call)) or not _is_first(life, use):
        return None
    if _is_roots(copy, use.call):
        return Fix(_for_copy(copy, use.call), (gone,), is_safe=False)
    is_kept = life.write.is_tree and (_is_made_before(recipe, copy, life) or _is_of_copied_alone(flag))
    rest = _of_directory(use.call) if is_kept else gone
    if rest is None:
        return None
    edits = (Edit(copy.instruction.name.end, copy.instruction.name.end, f" {flag}".encode()), rest)
    # directories that COPY makes on the way get that owner, one that it finds at its target does not
    return Fix(f"{copy.keyword} {flag}", edits, is_safe=False)


def _is_of_copied_alone(flag: str) -> bool:
    """Whether COPY makes the directory itself otherwise: BuildKit with the owner that is asked for, but mode 755."""
    return flag.startswith("--chmod=") and flag.removeprefix("--chmod=") not in ("755", "0755")


def _of_directory(call: Call) -> Edit | None:
    """The command for the directory alone: what was there before a COPY keeps its owner and mode."""
    recursive = [at for at, word in enumerate(call.words) if word in ("-R", "--recursive")]
    if len(recursive) != 1 or len(call.spans) != len(call.words):
        return None
    at = recursive[0]
    return Edit(call.spans[at - 1][1], call.spans[at][1], b"")


def _is_made_before(recipe: Recipe, copy: Step, life: Life) -> bool:
    """Whether the directory may be there before the COPY: only one right below the root that no step names is not."""
    place, before = life.write.path, (step for step in layers(recipe) if step.number < copy.number)
    if place.count("/") > 1 or is_of_base(place) or place in _OF_BASES:
        return True
    name = place.encode("utf-8", "surrogateescape")
    return any(name in step.file.text[step.start : step.instruction.end] for step in before)


def _kind(call: Call) -> str:
    """The flag of COPY that a call is said by."""
    return "chmod" if call.tool == "chmod" else "chown"


def _is_first(life: Life, use: Use) -> bool:
    """Whether no call before it sets the same: that would then come behind it."""
    return use is next(each for each in life.uses if each.how == "granted" and _kind(each.call) == _kind(use.call))


def _gone(step: Step, call: Call) -> Edit | None:
    """The RUN without the command, or no RUN."""
    if step.shell is None or call.statement is None or len(call.spans) != len(call.words):
        return None
    return removed(step) if len(step.shell.steps) == 1 else without(step, call.statement)


def _flag(recipe: Recipe, first: Step, life: Life, use: Use) -> str | None:
    """The flag that does what a call does, None where it would do something else."""
    if (
        use.patterns != (life.write.path,)
        or len(life.write.source.split()) != 1
        or len(first.instruction.arguments) != 2
    ):
        return None
    wanted = use.call.operands[0]
    if not wanted:
        return None
    if use.call.tool == "chmod":
        plain = wanted.removeprefix("a").removeprefix("u")
        mode = wanted if _OCTAL.fullmatch(wanted) else "755" if plain == "+x" and not life.write.is_tree else None
        return f"--chmod={mode}" if mode else None
    owner = _owner(use.call.tool, wanted)
    is_made = any(call.tool in _MAKERS for step in recipe.steps[first.number : use.step + 1] for call in step.calls)
    is_unnamed = is_made or first.instruction.flag("link")
    return f"--chown={owner}" if owner and (not is_unnamed or owner.replace(":", "").isdecimal()) else None


def _owner(tool: str, wanted: str) -> str | None:
    """As COPY takes it. What chown leaves to root COPY would make the user's own group, so it is said."""
    if tool == "chgrp":
        return f"0:{wanted}" if _OWNER.fullmatch(wanted) and ":" not in wanted else None
    found = _OWNER.fullmatch(wanted)
    if not found or (found[2] and not found[3]):
        return None
    return f"{found[1] or 0}:{found[3] or 0}"


RULE = Rule(
    "SHV202",
    "Owners or modes are set in a later layer than the one that has the files",
    "warning",
    ("tally/prefer-copy-chmod",),
    look,
)
