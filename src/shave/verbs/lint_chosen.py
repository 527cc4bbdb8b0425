"""Which rules are asked: by their ids, what these begin with, or the ids of the linters that know the same."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shave.errors import UsageError
from shave.globs import matcher
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


def of(settings: LintSettings, origin: str) -> Chosen:
    """What the settings choose for every file. Raises UsageError, which begins with ``origin``, for unknown rules."""
    return Chosen(
        prefixes(settings.select, f"{origin}select"),
        prefixes(settings.ignore, f"{origin}ignore"),
    )


def for_file(chosen: Chosen, path: str, ignores: Mapping[str, Sequence[str]], origin: str) -> Chosen:
    """The same without what the globs that match ``path`` ignore; a glob without a slash is one of the file's name."""
    words = [word for glob, words in ignores.items() if _matches(glob, path) for word in words]
    return replace(chosen, ignore=(*chosen.ignore, *prefixes(words, f"{origin}per_file_ignores")))


def _matches(glob: str, path: str) -> bool:
    return matcher([glob if "/" in glob else f"**/{glob}"])(path)


def prefixes(words: Iterable[str], origin: str) -> tuple[str, ...]:
    """What the ids of rules begin with that are meant by "SHV1", "SHV101" or "DL3009"."""
    return tuple(dict.fromkeys(found for word in words for found in _meant(word.strip(), origin)))


def _meant(word: str, origin: str) -> Iterator[str]:
    upper = word.upper()
    if upper and any(each.startswith(upper) for each in IDS):
        yield upper
        return
    found = [rule.id for rule in RULES if word in rule.peers]
    if not found:
        raise UsageError(
            f"{origin}: {word!r} is no rule", nearest(upper, list(IDS), "the rules: shave lint --rule all")
        )
    yield from found
