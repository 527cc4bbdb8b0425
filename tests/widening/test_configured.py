"""What configurations name stays, if somebody reads them."""

from pathlib import Path

import pytest

import scenes
from shave.package import Package
from shave.widening.application import Application
from shave.widening.configured import MAX_BYTES, Configured

BASE: dict[str, scenes.Content] = {
    "var/lib/dpkg/status": b"x",
    "usr/lib/server/modules/mod_x.so": b"x",
    "usr/lib/postgresql/15/lib/pg_stat_statements.so": b"x",
    "usr/lib/x86_64-linux-gnu/security/pam_unix.so": b"x",
    "usr/lib/x86_64-linux-gnu/security/pam_other.so": b"x",
    "usr/share/thing/data/a": b"x",
    "usr/share/thing/data/b": b"x",
    "usr/share/thing/one.conf": b"path /usr/share/thing/data/b\n",
    "usr/sbin/server": b"x",
    "usr/bin/sort": b"x",
    "etc/pam.d/common-auth": b"auth [success=1 default=ignore] pam_unix.so nullok\n",
    "etc/base.conf": b"/usr/bin/sort\n",
}


def named(path: str, text: bytes, used: tuple[str, ...] = ()) -> set[str]:
    known = scenes.scene(BASE, {path: text}, used=used, made_by=("ADD x in /", "COPY . /"))
    return set(scenes.widened(known, Application, Configured)) - set(scenes.widened(known, Application))


DATA = "usr/share/thing/data"
PRELOADED = "usr/lib/postgresql/15/lib/pg_stat_statements.so"
PAM = "usr/lib/x86_64-linux-gnu/security/pam_unix.so"


@pytest.mark.parametrize(
    ("path", "text", "kept"),
    [
        ("srv/x.conf", b"LoadModule x_module /usr/lib/server/modules/mod_x.so\n", {"usr/lib/server/modules/mod_x.so"}),
        ("usr/lib/server/x.conf", b"load_module modules/mod_x.so;", {"usr/lib/server/modules/mod_x.so"}),
        ("etc/server/x", b"data_dir = \"/usr/share/thing/data\"\n", {f"{DATA}/a", f"{DATA}/b"}),
        ("srv/x.yaml", b"file: /usr/share/thing/data/a\n", {f"{DATA}/a"}),
        ("srv/x.json", b'{"file": "/usr/share/thing/data/a"}', {f"{DATA}/a"}),
        ("srv/x.xml", b"<file>/usr/share/thing/data/a</file><!-- /usr/share/thing/data/b -->", {f"{DATA}/a"}),
        ("srv/x.properties", b"x.file=/usr/share/thing/data/a\n", {f"{DATA}/a"}),
        ("srv/x.conf", b"include /usr/share/thing/*.conf;\n", {"usr/share/thing/one.conf", f"{DATA}/b"}),
        ("srv/x.conf", b"shared_preload_libraries = 'pg_stat_statements, no'\n", {PRELOADED}),
        ("etc/pam.d/x", b"@include common-auth\n", {"etc/pam.d/common-auth", PAM}),
        ("srv/supervisord.conf", b"[program:x]\ncommand=server --x\n", {"usr/sbin/server"}),
        ("srv/x.service", b"ExecStart=/usr/sbin/server --x\n", {"usr/sbin/server"}),
        ("srv/x.conf", b"# /usr/sbin/server\n; /usr/sbin/server\n  // /usr/sbin/server\n", set()),
        ("srv/x.conf", b"root /; a /usr; b /usr/share; c https://x/usr/sbin/server; run = sort of things\n", set()),
        ("srv/x.txt", b"/usr/sbin/server\n", set()),
        ("etc/logrotate.d/x", b"/usr/sbin/server\n", set()),
        ("srv/x.conf", b"/usr/sbin/server\0", set()),
        ("srv/x.conf", b"/usr/sbin/server\n" + b" " * MAX_BYTES, set()),
        ("srv/x.conf", b"include /srv/x.conf;\ninclude *;\n", set()),
    ],
)  # fmt: skip
def test_what_an_applications_configuration_names(path: str, text: bytes, kept: set[str]) -> None:
    assert named(path, text) == kept


def test_a_package_brings_what_its_configuration_names_and_the_base_only_what_is_opened() -> None:
    package = Package("dpkg", "thing", "1", ("usr/bin/thing", "etc/thing/x.conf"))
    layer: dict[str, scenes.Content] = {"usr/bin/thing": b"x", "etc/thing/x.conf": b"/usr/share/thing/data/a\n"}
    made_by = ("ADD x in /", "RUN apt-get install thing")
    known = scenes.scene(BASE, layer, packages=(package,), used=("usr/bin/thing",), made_by=made_by)
    found = scenes.widened(known, Configured)
    assert set(found) == {"usr/bin/thing", f"{DATA}/a"}
    assert found[f"{DATA}/a"].detail == "/etc/thing/x.conf names /usr/share/thing/data/a"
    assert not scenes.widened(scenes.scene(BASE, layer, packages=(package,), made_by=made_by), Configured)
    assert "usr/bin/sort" in scenes.widened(scenes.scene(BASE, {}, used=("etc/base.conf",)), Configured)


@pytest.mark.parametrize("part", [b"<!--", b"include ", b" ", b"/a", b"command", b"'", b"auth [", b"#", b"=/"])
def test_what_is_made_to_be_slow_is_read(part: bytes) -> None:
    assert not named("etc/pam.d/x.conf", part * (300_000 // len(part)))
    assert not named("srv/x.conf", b"include" + part * (300_000 // len(part)))


def test_every_program_reads_the_list_of_preloaded_libraries() -> None:
    layer: dict[str, scenes.Content] = {
        "etc/ld.so.preload": b"# x\n/usr/lib/libjemalloc.so.2\n",
        "usr/lib/libjemalloc.so.2": b"x",
    }
    assert "usr/lib/libjemalloc.so.2" in scenes.widened(scenes.scene(layer), Configured)


def test_names_of_nsswitch_lead_to_libraries() -> None:
    loader = Path("/lib64/ld-linux-x86-64.so.2").read_bytes()
    layer: dict[str, scenes.Content] = {
        "lib64/ld-linux-x86-64.so.2": loader,
        "etc/nsswitch.conf": b"hosts: files mymachines [!UNAVAIL=return] dns\n",
        "usr/lib/x86_64-linux-gnu/libnss_mymachines.so.2": loader,
        "usr/lib/x86_64-linux-gnu/libnss_other.so.2": loader,
    }
    assert set(scenes.widened(scenes.scene(layer), Configured)) == {"usr/lib/x86_64-linux-gnu/libnss_mymachines.so.2"}
