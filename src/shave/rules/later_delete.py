r"""Files are deleted in a later layer than the one that has them.

What: a RUN deletes files that an earlier step wrote.

Why: a layer cannot make another smaller. The files stay in the layer that wrote them, whoever pulls the image fetches
them, and all that the deletion adds is a mark that hides them. Only a deletion in the step that writes frees bytes.

It is said of the nearest step that wrote them. Of a directory that was copied something in it may not be there, which
is info; and what programs of the same RUN make, caches and logs among it, is not told.

Caches of package managers are what the rules about these say more of, and archives that are copied or fetched to be
unpacked are told by SHV208, SHV209 and SHV210. With an image, what a step deletes is read from its layer: so `make
clean` and programs that delete are found too.

Bad:

    FROM debian:12
    RUN dd if=/dev/zero of=/opt/image.raw bs=1M count=64 \
        && mkfs.ext4 /opt/image.raw
    RUN test -s /opt/image.raw && rm -f /opt/image.raw

Good:

    FROM debian:12
    RUN dd if=/dev/zero of=/opt/image.raw bs=1M count=64 \
        && mkfs.ext4 /opt/image.raw \
        && test -s /opt/image.raw && rm -f /opt/image.raw

Bad, where all that follows is the deletion:

    FROM debian:12
    RUN cd /opt && curl -fsSLO https://example.org/model.bin && load model.bin
    RUN rm /opt/model.bin

Good:

    FROM debian:12
    RUN cd /opt && curl -fsSLO https://example.org/model.bin && load model.bin && rm /opt/model.bin

Bad, as what is copied is in the image for good:

    FROM debian:12
    COPY . /app
    RUN rm -rf /app/tests /app/docs

Good, as what goes is of the same RUN:

    FROM node:22
    WORKDIR /app
    COPY . .
    RUN npm ci && npm run build && rm -rf node_modules /tmp/*

Good, where the deletion is in the same RUN:

    FROM debian:12
    RUN curl -fsSL -o /opt/model.bin https://example.org/model.bin && load /opt/model.bin && rm /opt/model.bin

Good, as a stage that is not shipped costs nothing:

    FROM debian:12 AS build
    COPY . /src
    RUN rm -rf /src/tests
    FROM debian:12
    COPY --from=build /src/app /app

Good, as the file is written again, and nothing of an earlier layer goes:

    FROM debian:12
    RUN rm -f /etc/motd && curl -fsSL -o /etc/motd https://example.org/motd

Source: OCI image specification, layer.md, Whiteouts; Docker's guide, Building best practices, RUN
"""

from collections.abc import Iterator, Sequence

from shave.dockerfile.edits import Edit
from shave.lint import About, Fix, LintFinding
from shave.lives import Use, lives
from shave.recipe import Recipe, Step
from shave.recipe_edits import ended, merged, step_text
from shave.rules.deleting import meets_mount
from shave.rules.known import BuiltImage, Known
from shave.rules.layer_files import LEAST, caches, deleted, replaced
from shave.rules.protocol import Rule
from shave.rules.split_runs import pairs
from shave.rules.told import has_own_rule, is_cleaned, is_small, where
from shave.rules.writers import Change, Written, changes, is_needed, is_taken


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each command that deletes what an earlier step wrote, and each layer that does."""
    told: set[int] = set()
    parts: set[tuple[int, int]] = set()
    for change in changes(recipe):
        use = change.use
        new = (each for each in change.written if (use.step, id(each.life)) not in parts)
        found = [each for each in new if _is_deleted(each, use)]
        is_worth = known.image or not all(each.life.write.kind == "copied" and is_small(each.life) for each in found)
        if found and is_worth:
            told.add(use.step)
            parts |= {(use.step, id(each.life)) for each in found}
            yield _finding(recipe, change, found)
    if known.image:
        undone = {pair.second.number: pair.firsts for pair in pairs(recipe, known)}
        for run in recipe.runs:
            if run.number not in told and not is_cleaned(run):
                yield from _measured(recipe, known.image, run, undone.get(run.number, ()))


def _is_deleted(each: Written, use: Use) -> bool:
    """Whether a command is the first that takes it away, or a part of it, and no other rule speaks of it."""
    is_first = each.is_part or each.life.use("deleted", "moved") is use
    return use.how == "deleted" and is_first and not has_own_rule(each.life)


def _finding(recipe: Recipe, change: Change, found: list[Written]) -> LintFinding:
    use, first = change.use, recipe.steps[min(each.life.write.step for each in found)]
    return LintFinding(
        "SHV201",
        "warning" if any(each.is_there for each in found) else "info",
        _text(where(recipe, first), change, found),
        use.step,
        use.call.start,
        use.call.end,
        advice=_advice(recipe, first, change),
        fix=_fix(recipe, first, recipe.steps[use.step]),
        about=About("deleted", (use.step,), use.globs),
    )


def _text(first: str, change: Change, found: list[Written]) -> str:
    if all(each.is_part for each in found):
        return f"this does not free what {first} brought of it"
    if change.is_shared:
        return f"this does not free what {first} has in its layer"
    return f"this frees nothing: {first} has it in its layer"


def _advice(recipe: Recipe, first: Step, change: Change) -> str:
    if first.keyword == "RUN":
        return "delete it in the RUN that writes it"
    if is_needed(recipe, change):
        return "mount it for the RUN that needs it: RUN --mount=type=bind, or build in an earlier stage"
    if first.instruction.flag("from") or is_taken(recipe, change):
        return "copy only what is needed"
    if any(each.is_part for each in change.written):
        return "leave it out with .dockerignore, or mount it: RUN --mount=type=bind"
    # who copies a file by its name wants it for something, be it that another names it
    return "mount it for the RUN that needs it: RUN --mount=type=bind"


def _fix(recipe: Recipe, first: Step, second: Step) -> Fix | None:
    edits = _moved(recipe, first, second) or merged(recipe, first, *recipe.steps[first.number + 1 : second.number + 1])
    return Fix("delete it in the RUN that writes it", edits, is_safe=True) if edits else None


def _moved(recipe: Recipe, first: Step, second: Step) -> tuple[Edit, ...] | None:
    """The deletion at the end of the RUN before, if it is all that follows: whatever directory that ends in."""
    text = step_text(second)
    is_alone = second.shell and len(second.shell.steps) == 1 and not second.instruction.flags and text.isascii()
    words = [word for call in second.calls for word in call.operands]
    if recipe.before(second) is not first or not is_alone or not all(word and word[0] == "/" for word in words):
        return None
    if any(meets_mount(first, word or "/") for word in words):
        return None
    return ended(first, second, text.decode("ascii"))


def _measured(recipe: Recipe, image: BuiltImage, step: Step, undone: Sequence[Step]) -> Iterator[LintFinding]:
    """What a layer shows that no other rule tells of: SHV203 and SHV209 of files, SHV204 of what it takes back."""
    but = (*caches(), *(glob for use in _elsewhere(recipe, step) for glob in use.globs))
    least = max([LEAST, *(replaced(image, first.number, step.number) + 1 for first in undone)])
    if deleted(image, step.number, but) >= least:
        call = step.calls[0] if step.calls else None
        yield LintFinding(
            "SHV201",
            "warning",
            "what this RUN deletes stays in the layers that have it",
            step.number,
            call.start if call and call.spans else step.start,
            call.end if call and call.spans else step.end,
            advice="delete it in the step that writes it, or build in an earlier stage",
            about=About("deleted", (step.number,), but=but),
        )


def _elsewhere(recipe: Recipe, step: Step) -> Iterator[Use]:
    """How a step's calls take away what earlier steps wrote."""
    for life in lives(recipe):
        if life.write.step < step.number:
            yield from (
                use for use in life.uses if use.step == step.number and use.how in ("moved", "changed", "deleted")
            )


RULE = Rule("SHV201", "Files are deleted in a later layer than the one that has them", "warning", (), look)
