"""composer installs what only development needs.

What: a RUN of the image installs the packages of an application with those of `require-dev`.

Why: test frameworks and analysers are in `vendor` with all that they need, and are open to whoever finds them there.

The fix is not safe: an application may load such a package by mistake.

Bad:

    FROM php:8.3
    RUN composer install --optimize-autoloader

Good:

    FROM php:8.3
    RUN composer install --no-dev --optimize-autoloader

Good, as the last call takes them away again:

    FROM php:8.3
    RUN composer install && vendor/bin/phpunit && composer install --no-dev

Good, as the environment says it:

    FROM php:8.3
    ENV COMPOSER_NO_DEV=1
    RUN composer install

Bad, as what another stage installed is copied:

    FROM composer:2 AS vendor
    WORKDIR /app
    COPY . .
    RUN composer install
    FROM php:8.3
    COPY --from=vendor /app/vendor /app/vendor

Good:

    FROM composer:2 AS vendor
    WORKDIR /app
    COPY . .
    RUN composer install --no-dev
    FROM php:8.3
    COPY --from=vendor /app/vendor /app/vendor

Source: Composer, Command-line interface, install, --no-dev; COMPOSER_NO_DEV
"""

from collections.abc import Iterator
from posixpath import join

from shave.directories import absolute
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.rules.carried import with_carried
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import said

_TOOLS = frozenset({"composer", "composer.phar"})
_VERBS = frozenset({"install", "i", "update", "u"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call that brings the packages for development into the image, too."""
    return with_carried(_look, recipe, known, _vendor, lambda run, _: any(map(_takes_away, run.calls)))


def _look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    for step in recipe.runs:
        if any(_takes_away(call) for call in step.calls):
            continue
        for call in step.calls:
            if _installs(call) and said(recipe, step, call, "COMPOSER_NO_DEV") in (None, "0"):
                edit = inserted(call, call.plain[0], "--no-dev")
                yield LintFinding(
                    "SHV126",
                    "warning",
                    "packages that only development needs are installed",
                    step.number,
                    call.start,
                    call.end,
                    advice="give --no-dev",
                    fix=Fix("give --no-dev", (edit,), is_safe=False) if edit else None,
                    about=About("development", (step.number,), ("**/vendor/**",)),
                )


def _installs(call: Call) -> bool:
    return call.tool in _TOOLS and call.verb in _VERBS and not call.has("--no-dev", "--dev")


def _vendor(step: Step, call: Call, here: str | None) -> str | None:
    """Where a call puts packages, if composer.json says nothing else."""
    return absolute(join(call.value("-d", "--working-dir") or "", "vendor"), here)


def _takes_away(call: Call) -> bool:
    """Whether it leaves those for development out, and takes away what an earlier call installed of them."""
    return call.tool in _TOOLS and call.verb in _VERBS and call.has("--no-dev")


RULE = Rule("SHV126", "composer installs what only development needs", "warning", (), look)
