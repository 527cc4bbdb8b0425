"""Other names of what stays."""

import scenes
from shave.widening.alternatives import Alternatives

LAYER = {
    "usr/bin/php8.2": b"x",
    "usr/bin/php": "/etc/alternatives/php",
    "etc/alternatives/php": "/usr/bin/php8.2",
    "usr/bin/gcc": b"x",
    "usr/bin/cc": "gcc",
}


def test_a_symlink_of_nobodys_stays_with_what_it_leads_to() -> None:
    known = scenes.scene({}, LAYER, used=("usr/bin/php8.2",))
    assert set(scenes.widened(known, Alternatives)) == {"usr/bin/php8.2", "usr/bin/php", "etc/alternatives/php"}
