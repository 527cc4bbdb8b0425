"""State that packages made when they were installed."""

import scenes
from shave.package import Package
from shave.widening.generated import Generated, place_of
from shave.widening.units import Units

POSTGRES = Package("dpkg", "postgresql", "15", ("usr/bin/postgres", "var/lib/postgresql"))
MARIADB = Package("dpkg", "mariadb-server", "10", ("usr/sbin/mariadbd",))
MANY = tuple(Package("dpkg", f"p{number}", "1", ("var", "var/lib")) for number in range(5))
LAYER = {
    "usr/bin/postgres": b"x",
    "usr/sbin/mariadbd": b"x",
    "var/lib/postgresql/15/main/PG_VERSION": b"15",
    "var/lib/mysql/ibdata1": b"x",
    "var/lib/mysql/mysql/db.frm": b"x",
    "var/lib/other/state": b"x",
}


def test_state_in_a_packages_own_directory_goes_with_the_package() -> None:
    known = scenes.scene({}, LAYER, packages=(POSTGRES, MARIADB, *MANY), used=("usr/bin/postgres",))
    assert set(scenes.widened(known, Units)) == {"usr/bin/postgres"}
    kept = scenes.widened(known, Units, Generated)
    assert set(kept) == {"usr/bin/postgres", "var/lib/postgresql/15/main/PG_VERSION"}
    assert kept["var/lib/postgresql/15/main/PG_VERSION"].detail == "was made for dpkg:postgresql"


def test_a_directory_of_nobodys_stays_whole_once_it_is_used() -> None:
    used = ("usr/sbin/mariadbd", "var/lib/mysql/ibdata1")
    known = scenes.scene({}, LAYER, packages=(POSTGRES, MARIADB, *MANY), used=used)
    kept = set(scenes.widened(known, Units, Generated))
    assert kept == {*used, "var/lib/mysql/mysql/db.frm"}
    assert place_of(known, "var/lib/mysql/mysql/db.frm") == "var/lib/mysql"
    assert place_of(known, "usr/sbin/mariadbd") == ""
