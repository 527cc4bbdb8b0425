"""What is nobody's but the image author's."""

from msgspec.structs import replace

import scenes
from shave.package import Package, Unread
from shave.widening.application import Application

TOOL = Package("dpkg", "tool", "1", ("var/log/tool",))
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


def test_what_a_run_made_to_be_written_to_stays() -> None:
    places = {"srv/uploads/": b"", "var/lib/app/queue/": b"", "var/log/app/access.log": "/dev/stdout"}
    waste = {
        "var/lib/apt/lists/partial/": b"",
        "var/log/old/error.log": b"x",
        "opt/tool/empty/": b"",
        "app/.git/refs/": b"",
    }
    found = scenes.widened(
        scenes.scene(BASE, {**places, **waste}, made_by=("ADD rootfs.tar in /", "RUN mkdir")), Application
    )
    assert set(found) == {*(place.rstrip("/") for place in places)}
    assert found["srv/uploads"].detail == "an empty directory that a RUN of this image made"


def test_a_directory_of_logs_stays_without_them() -> None:
    known = scenes.scene(BASE, {"var/log/app/error.log": b"x", "var/log/tool/x.log": b"x"}, packages=[TOOL])
    assert "var/log/app" in dict(Application(known).roots())
    assert "var/log/tool" not in dict(Application(known).roots())


def test_caches_and_repositories_are_no_application() -> None:
    layer = {"root/.cache/pip/http/1": b"x", "app/.git/HEAD": b"x", "app/main.py": b"x", "tmp/build.o": b"x"}
    assert kept(layer, "COPY dir:1 in /") == {"app/main.py"}


def test_in_an_image_of_one_layer_nothing_is_the_base() -> None:
    known = scenes.scene({**BASE, "srv/app": b"x"}, made_by=("RUN make",))
    assert {"srv/app", "root/.profile"} <= set(scenes.widened(known, Application))


def test_a_system_that_was_copied_whole_is_not_told_apart_from_its_application() -> None:
    rootfs = {**BASE, "usr/bin/tool": b"x", "srv/app": b"x"}
    tool = Package("dpkg", "tool", "1", ("usr/bin/tool",))
    known = scenes.scene(rootfs, {"app/.keep": b""}, packages=[tool], made_by=("COPY dir:1 in /", "WORKDIR /app"))
    found = scenes.widened(known, Application)
    assert "srv/app" in found
    assert "usr/bin/tool" not in found


def test_where_a_record_of_the_system_is_unread_what_has_no_owner_stays() -> None:
    base = {**BASE, "usr/lib/tool/part": b"x", "usr/share/doc/tool/README": b"x"}
    tool = Package("dpkg", "tool", "1", ("usr/lib/tool",))
    known = scenes.scene(
        base, {"usr/lib/other": b"x"}, packages=[tool], made_by=("ADD rootfs.tar in /", "RUN apt-get x")
    )
    assert not scenes.widened(known, Application)
    broken = replace(known, catalog=replace(known.catalog, unread=(Unread("var/lib/dpkg/status", "it is garbage"),)))
    found = scenes.widened(broken, Application)
    assert {"usr/bin/base", "usr/lib/tool/part", "usr/lib/other"} <= set(found)
    assert found["usr/bin/base"].detail == "nobody's, for /var/lib/dpkg/status could not be read"
    assert "usr/share/doc/tool/README" not in found


def test_an_unread_record_of_a_language_changes_nothing() -> None:
    known = scenes.scene(BASE, {"srv/app": b"x"})
    broken = replace(
        known, catalog=replace(known.catalog, unread=(Unread("srv/x.dist-info/METADATA", "it is garbage"),))
    )
    assert set(scenes.widened(broken, Application)) == {"srv/app"}
