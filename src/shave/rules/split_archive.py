"""An archive is fetched in one layer and unpacked in another.

What: a RUN or ADD fetches an archive or a package, and a later RUN unpacks or installs it.

Why: the archive stays in the layer that fetched it, even where the last RUN deletes it. Fetched, unpacked and deleted
in one RUN it is in no layer; `ADD --unpack=true --checksum=sha256:… URL DIR` (BuildKit) does all of it too.

Bad:

    FROM debian:12
    RUN curl -fsSLO https://example.org/tool.tgz
    RUN tar -xzf /tool.tgz -C /opt
    RUN rm /tool.tgz

Good:

    FROM debian:12
    RUN curl -fsSLO https://example.org/tool.tgz \\
        && tar -xzf /tool.tgz -C /opt \\
        && rm /tool.tgz

Bad, where nobody deletes it:

    FROM debian:12
    RUN wget -q -P /tmp https://example.org/tool.deb
    RUN dpkg -i /tmp/tool.deb

Good:

    FROM debian:12
    RUN wget -q -P /tmp https://example.org/tool.deb && dpkg -i /tmp/tool.deb && rm -f /tmp/tool.deb

Bad, as ADD has a layer of its own:

    FROM debian:12
    ADD https://example.org/tool.tgz /tmp/
    RUN tar -xzf /tmp/tool.tgz -C /opt && rm /tmp/tool.tgz

Good, as nothing is left:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt

Good, with BuildKit:

    FROM debian:12
    ADD --unpack=true https://example.org/tool.tgz /opt

Source: Dockerfile reference, ADD --unpack, ADD --checksum; Docker's guide, Building best practices, ADD or COPY
"""

from collections.abc import Iterator

from shave.directories import glob
from shave.lint import About, Fix, LintFinding
from shave.lives import Life, lives
from shave.recipe import Recipe
from shave.recipe_edits import merged
from shave.rules.deleting import deletion
from shave.rules.known import Known
from shave.rules.missed import is_missed
from shave.rules.protocol import Rule
from shave.rules.told import is_disposable, is_fetched_archive, where


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each archive that one step fetches and another unpacks."""
    for life in lives(recipe):
        use = life.use("unpacked", "installed")
        if use and is_fetched_archive(life):
            step = recipe.steps[life.write.step]
            yield LintFinding(
                "SHV209",
                "warning",
                f"the archive stays in this layer: {where(recipe, recipe.steps[use.step])} unpacks it in another",
                step.number,
                life.write.call.start if life.write.call else step.start,
                life.write.call.end if life.write.call else step.end,
                advice="fetch, unpack and delete it in one RUN, or ADD --unpack=true --checksum=… (BuildKit)",
                fix=_fix(recipe, life, use.step),
                about=About("written", (step.number,), (glob(life.write.path),)),
            )


def _fix(recipe: Recipe, life: Life, unpacking: int) -> Fix | None:
    """One RUN of all from the fetching to the deletion."""
    deleted = life.use("deleted")
    first, *others = recipe.steps[life.write.step : max(unpacking, deleted.step if deleted else 0) + 1]
    then = "" if deleted else deletion(recipe, others[-1], life)
    edits = None if then is None else merged(recipe, first, *others, then=then)
    is_safe = bool(deleted) or (is_disposable(life) and not is_missed(recipe, life, others[-1].number))
    return Fix("fetch, unpack and delete it in one RUN", edits, is_safe=is_safe) if edits else None


RULE = Rule(
    "SHV209",
    "An archive is fetched in one layer and unpacked in another",
    "warning",
    ("tally/prefer-add-unpack",),
    look,
)
