"""The language that the environment asks for."""

import scenes
from shave.oci import RunConfig
from shave.widening.locales import Locales

LAYER = dict.fromkeys(
    (
        "usr/share/locale/de/LC_MESSAGES/x.mo",
        "usr/share/locale/fr/LC_MESSAGES/x.mo",
        "usr/lib/locale/de_DE.utf8/LC_CTYPE",
    ),
    b"x",
)


def test_translations_stay_for_the_language_of_the_environment() -> None:
    german = scenes.scene({}, LAYER, run=RunConfig(env=("LANG=de_DE.UTF-8", "LC_ALL=C")))
    assert set(scenes.widened(german, Locales)) == {
        "usr/share/locale/de/LC_MESSAGES/x.mo",
        "usr/lib/locale/de_DE.utf8/LC_CTYPE",
    }
    for environment in ((), ("LANG=C.UTF-8",), ("LANG=**/{x",)):
        assert not scenes.widened(scenes.scene({}, LAYER, run=RunConfig(env=environment)), Locales)
