"""All of /etc, and what of it is not."""

import scenes
from shave.widening.configuration import MOST_BYTES, Configuration


def test_configuration_stays_but_nothing_that_it_merely_points_to() -> None:
    layer = {
        "etc/app/app.conf": b"x",
        "etc/huge": b"x" * (MOST_BYTES + 1),
        "etc/cron.daily/apt": b"x",
        "etc/alternatives/cc": "/usr/bin/gcc",
        "etc/fonts/conf.d/10.conf": "/usr/share/fontconfig/10.conf",
        "etc/ssl/certs/ca.pem": "/usr/share/ca-certificates/ca.crt",
        "etc/app/here": "app.conf",
        "usr/bin/gcc": b"x",
        "usr/share/fontconfig/10.conf": b"x",
        "usr/share/ca-certificates/ca.crt": b"x",
    }
    kept = set(scenes.widened(scenes.scene({}, layer), Configuration))
    assert kept == {"etc/app/app.conf", "etc/app/here", "etc/ssl/certs/ca.pem", "usr/share/ca-certificates/ca.crt"}
    used = scenes.scene({}, layer, used=("usr/share/fontconfig/10.conf",))
    assert "etc/fonts/conf.d/10.conf" in scenes.widened(used, Configuration)
