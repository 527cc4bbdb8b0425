"""Maintainer scripts as a whole: what is emulated, what is harmless, what is said."""

from pathlib import Path

import pytest

from shave.facts import load
from shave.maintainer import EMULATIONS, emulate
from shave.maintainer.known import answers, harmless, packages
from shave.stage import MaintainerScript
from shave.testing.builder import Directory, File, Member, Symlink
from stages import MTIME, members, scripted, staged

IMAGE: dict[str, Member] = {
    "/etc/passwd": File(b"root:x:0:0:root:/root:/bin/sh\n"),
    "/etc/group": File(b"root:x:0:\n"),
    "/usr/bin/one": File(b"", 0o755),
}
SERVICE = """#!/bin/sh
set -e
. /usr/share/debconf/confmodule
case "$1" in
    configure)
        if ! getent passwd _one >/dev/null; then
            adduser --system --group --quiet --home /var/lib/one --no-create-home _one
        fi
        install -d -o _one -g _one -m 0750 /var/lib/one
        db_get one/mode
        if [ "$RET" = private ]; then chmod 0700 /var/lib/one; fi
        update-alternatives --install /usr/bin/uno uno /usr/bin/one 10
    ;;
    abort-upgrade|triggered) unknown-to-everybody ;;
esac
if [ -x /usr/bin/deb-systemd-helper ]; then deb-systemd-helper enable one.service; fi
py3compile -p one
db_stop
"""


def test_a_service_finds_its_user_its_directory_and_its_name(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"one": IMAGE})
    templates = b"Template: one/mode\nType: select\nDefault: private\nDescription: mode\n"
    scripts = [
        MaintainerScript("dpkg:one", "postinst", SERVICE.encode()),
        MaintainerScript("dpkg:one", "templates", templates),
    ]
    found = emulate(stage, scripts, tmp_path, MTIME)
    tree = members(found.stage)
    assert tree["var/lib/one"] == Directory(0o700, 100, 100)
    assert tree["usr/bin/uno"] == Symlink("/etc/alternatives/uno")
    assert not found.remarks
    assert {stratum.unit for stratum in found.stage.strata} == {"dpkg:one"}
    assert {node.entry.mtime for node in found.stage.tree if node.layer} == {MTIME}


def test_the_same_scripts_give_the_same_bytes(tmp_path: Path) -> None:
    places = [tmp_path / name for name in ("a", "b")]
    for place in places:
        place.mkdir()
        scripted(place, staged(place, {"one": IMAGE}), {"one": SERVICE, "two": "mkdir -p /srv/two"})
    first, second = ({path.name: path.read_bytes() for path in place.iterdir()} for place in places)
    assert first == second and len(first) > 3


def test_files_that_came_later_are_seen_by_triggers_alone(tmp_path: Path) -> None:
    tool: dict[str, Member] = {"/usr/sbin/update-ca-certificates": File(b"", 0o755), **IMAGE}
    first = scripted(tmp_path, staged(tmp_path, {"ca-certificates": tool}), {"ca-certificates": SERVICE}).stage
    again = tmp_path / "again"
    again.mkdir()
    assert emulate(first, (), again, MTIME).stage == first
    later = first.over(*staged(again, {"own": {"/usr/local/share/ca-certificates/own.crt": File(b"own\n")}}).strata)
    made = emulate(later, (), again, MTIME).stage
    assert made.read("etc/ssl/certs/ca-certificates.crt") == b"own\n"


def test_a_trigger_is_served_when_its_package_waits_for_it(tmp_path: Path) -> None:
    text = 'if [ "$1" = triggered ]; then for x in $2; do unknown-$x; done; fi'
    scripts = [
        MaintainerScript("dpkg:one", "postinst", text.encode()),
        MaintainerScript("dpkg:one", "triggers", b"# of dpkg\ninterest-noawait /usr/share/x\nactivate other\n"),
    ]
    (remark,) = emulate(staged(tmp_path, {"one": IMAGE}), scripts, tmp_path, MTIME).remarks
    assert "unknown-/usr/share/x".rpartition("/")[2] in remark.text


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("frobnicate --all", "its postinst runs frobnicate, which shave does not emulate"),
        ("x=$(grep a b); $x", "its postinst runs a command whose name only a run knows: that is not done"),
        ("#!/usr/bin/perl\nprint 1;", "could not be read (it is written for /usr/bin/perl)"),
        ("f() { f; }; f", "could not be read (it is nested too deep)"),
        ("bash /usr/bin/mariadb-install-db", "its postinst runs bash, which shave does not emulate: what the script"),
        ('x=$(grep a b); su postgres -c "$x"', "its postinst runs su, which shave does not emulate"),
        ("locale-gen; update-locale", "locale-gen, update-locale, which shave does not emulate: no locale is made"),
        ("one; two; one --again", "its postinst runs one, two, which shave does not emulate"),
    ],
)
def test_what_is_not_emulated_is_a_remark(script: str, said: str, tmp_path: Path) -> None:
    (remark,) = scripted(tmp_path, staged(tmp_path, {"one": IMAGE}), {"one": script}).remarks
    assert (remark.unit, remark.stops) == ("dpkg:one", False)
    assert said in remark.text


def test_a_cache_of_files_is_missed_where_there_are_such_files(tmp_path: Path) -> None:
    scripts = {"one": "glib-compile-schemas /usr/share/glib-2.0/schemas"}
    assert not scripted(tmp_path, staged(tmp_path, {"one": IMAGE}), scripts).remarks
    schema: dict[str, Member] = {"/usr/share/glib-2.0/schemas/org.x.gschema.xml": File(b"<schemalist/>")}
    (remark,) = scripted(tmp_path, staged(tmp_path, {"one": IMAGE, "two": schema}), scripts).remarks
    assert "gschemas.compiled is not made" in remark.text


def test_packages_that_were_read_are_not_remarked_on(tmp_path: Path) -> None:
    scripts = {"base-passwd": "frobnicate", "cron-daemon-common": "frobnicate; mkdir -p /var/spool/x"}
    found = scripted(tmp_path, staged(tmp_path, {"one": IMAGE}), scripts)
    assert not found.remarks
    assert "var/spool/x" in found.stage.tree


def test_the_tables_have_reasons_and_no_name_twice() -> None:
    emulated = [name for emulation in EMULATIONS for name in emulation.names]
    assert len(set(emulated)) == len(emulated)
    assert all(row.why and row.source for row in harmless())
    assert all(row.does and row.why and row.source for row in packages().values())
    assert all(row["loses"] and row["source"] for row in load("maintainer")["missing"])
    plain = {
        name for row in harmless() for name in row.names if not (row.only or row.unless or row.known or row.scripts)
    }
    assert not plain & set(emulated)
    assert not plain & {name for row in load("maintainer")["missing"] for name in row["names"]}
    assert answers()["tzdata/Areas"] == "Etc"


@pytest.mark.parametrize("emulation", EMULATIONS, ids=lambda emulation: type(emulation).__name__)
def test_an_empty_image_is_nothing_to_anybody(emulation: object, tmp_path: Path) -> None:
    effects = next(each for each in EMULATIONS if each is emulation).effects(staged(tmp_path, {"one": {}}), [])
    assert not effects.made and not effects.remarks
