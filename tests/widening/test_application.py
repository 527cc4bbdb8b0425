"""What is nobody's but the image author's."""

import scenes
from shave.package import Package
from shave.widening.application import Application

BASE = {"var/lib/dpkg/status": b"x", "usr/bin/base": b"x", "root/.profile": b"x"}


def kept(layer: dict[str, bytes], made_by: str, *packages: Package) -> set[str]:
    known = scenes.scene(BASE, layer, packages=packages, made_by=("ADD rootfs.tar in /", made_by))
    return set(scenes.widened(known, Application))


def test_what_copy_brought_stays_whoever_else_owns_it() -> None:
    nginx = Package("dpkg", "nginx-common", "1", ("etc/nginx/nginx.conf",))
    layer = {"app/templates/page.html": b"x", "etc/nginx/nginx.conf": b"x"}
    assert kept(layer, "COPY dir:1 in /", nginx) == set(layer)


def test_what_a_language_installed_is_no_application() -> None:
    left = Package("node", "left", "1", ("app/node_modules/left/index.js",))
    layer = {"app/server.js": b"x", "app/node_modules/left/index.js": b"x"}
    assert kept(layer, "COPY dir:1 in /app", left) == {"app/server.js"}


def test_what_a_run_made_stays_but_not_what_apt_left_behind() -> None:
    layer = {
        "data/app.db": b"x",
        "usr/lib/udev/hwdb.bin": b"x",
        "usr/local/bin/tool": b"x",
        "usr/local/share/man/man1/tool.1": b"x",
    }
    assert kept(layer, "RUN python3 init_db.py") == {"data/app.db", "usr/lib/udev/hwdb.bin", "usr/local/bin/tool"}
    assert kept(layer, "RUN apt-get update && apt-get install -y x && curl -o /usr/local/bin/tool") == {
        "data/app.db",
        "usr/local/bin/tool",
    }


def test_caches_and_repositories_are_no_application() -> None:
    layer = {"root/.cache/pip/http/1": b"x", "app/.git/HEAD": b"x", "app/main.py": b"x", "tmp/build.o": b"x"}
    assert kept(layer, "COPY dir:1 in /") == {"app/main.py"}


def test_in_an_image_of_one_layer_nothing_is_the_base() -> None:
    known = scenes.scene({**BASE, "srv/app": b"x"}, made_by=("RUN make",))
    assert {"srv/app", "root/.profile"} <= set(scenes.widened(known, Application))
