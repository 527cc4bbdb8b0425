"""Which rules are asked: by their ids, what these begin with, or the ids of the linters that know the same."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from posixpath import normpath

from msgspec import Struct

from shave.errors import UsageError
from shave.globs import escaped, matcher
from shave.lint import LintSettings
from shave.rules import RULES
from shave.toml_reader import nearest

IDS = tuple(rule.id for rule in RULES)


class Chosen(Struct, frozen=True):
    """The rules whose ids begin as one of ``select``, all without one, but those that begin as one of ``ignore``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __call__(self, rule: str) -> bool:
        """Whether a rule is asked, by its id."""
        return (not self.select or rule.startswith(self.select)) and not (self.ignore and rule.startswith(self.ignore))


EVERY = Chosen()


def chosen(settings: LintSettings, path: str) -> Chosen:
    """What the settings choose for a file. Raises UsageError for words that mean no rule."""
    ignore = list(_prefixes(settings.ignore))
    for glob, words in settings.per_file_ignores.items():
        meant = _prefixes(words)
        ignore += meant if _matches(glob, path) else ()
    return Chosen(_prefixes(settings.select), tuple(ignore))


def _matches(glob: str, path: str) -> bool:
    """Whether a glob is one of a path, both from here if they are relative; one without a slash is one of its name."""
    here = Path.cwd()
    whole = glob if glob.startswith("/") else f"{escaped(str(here))}/{glob}" if "/" in glob else f"**/{glob}"
    return matcher([whole.lstrip("/")])(normpath(here / path).lstrip("/"))


def _prefixes(words: Iterable[str]) -> tuple[str, ...]:
    """What the ids of rules begin with that are meant by "SHV1", "SHV101" or "DL3009"."""
    return tuple(dict.fromkeys(found for word in words for found in _meant(word.strip())))


@cache
def _meant(word: str) -> tuple[str, ...]:
    upper = word.upper()
    if upper and any(each.startswith(upper) for each in IDS):
        return (upper,)
    found = tuple(rule.id for rule in RULES if word in rule.peers)
    if not found:
        raise UsageError(
            f"{word!r} is no rule of shave lint", nearest(upper, list(IDS), "shave lint --rule all has them")
        )
    return found
