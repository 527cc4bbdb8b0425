"""Translations and locales of the language that the image's environment asks for. Others are left out with their unit.

Sources: locale(7), LANG, LC_ALL and LANGUAGE; the GNU gettext manual, "Specifying a Priority List of Languages".
"""

from collections.abc import Iterable, Iterator

from shave.closure import Root
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene

_PLAIN = frozenset({"", "C", "POSIX"})


class Locales:
    """Keeps what LANG, LC_* and LANGUAGE name."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        named = (value for name, value in scene.environment.items() if name.startswith(("LANG", "LC_")))
        self.asked = {_without_set(word) for value in named for word in value.split(":")} - _PLAIN

    def roots(self) -> Iterator[Root]:
        """The translations, and the compiled locales."""
        if not self.asked:
            return
        names = ",".join(sorted({*self.asked, *(name.partition("_")[0] for name in self.asked)}))
        wanted = matcher(
            [f"usr/**/share/locale/{{{names}}}/**", f"usr/lib/locale/{{{names}}}.*/**", "usr/lib/locale/locale-archive"]
        )
        reason = Reason("habit", f"the environment asks for {', '.join(sorted(self.asked))}")
        yield from ((path, reason) for path in self.scene.tree.nodes if wanted(path))

    def links(self, path: str, head: bytes) -> Iterable[Link]:
        """Nothing more."""
        return ()


def _without_set(word: str) -> str:
    """``de_DE`` of ``de_DE.UTF-8@euro``; what could be anything else in a glob is nothing."""
    name = word.partition(".")[0].partition("@")[0]
    return name if name.replace("_", "").isalnum() else ""
