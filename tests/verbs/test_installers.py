"""What only installation needs stays out, and says why."""

import pytest

from shave.lock import LeftOut
from shave.verbs.installers import leave_out

PACKAGES = {
    "app": {"depends": "lib, debconf (>= 0.5) | debconf-2.0, adduser, openssl"},
    "ca-certificates": {"depends": "openssl, debconf"},
    "lib": {"pre-depends": "dpkg (>= 1.17)"},
    "openssl": {},
    "debconf": {"pre-depends": "perl-base"},
    "perl-base": {},
    "adduser": {"depends": "passwd"},
    "passwd": {"depends": "libpam-modules"},
    "libpam-modules": {"depends": "debconf"},
    "dpkg": {"depends": "tar"},
    "tar": {},
}


def test_installers_and_what_only_they_lead_to() -> None:
    left = leave_out(PACKAGES, {"app"}, ())
    assert left.names == {"app", "lib", "openssl"}
    assert [(each.name, each.wanted_by) for each in left.left_out] == [
        ("adduser", "app"),
        ("debconf", "app"),
        ("dpkg", "lib"),
        ("libpam-modules", "passwd"),
        ("passwd", "adduser"),
        ("perl-base", "debconf"),
        ("tar", "dpkg"),
    ]
    whys = {each.name: each.why for each in left.left_out}
    assert (whys["adduser"], whys["passwd"]) == ("adds users while packages are installed", "adduser is left out")


def test_one_dependency_of_one_package() -> None:
    assert leave_out(PACKAGES, {"ca-certificates"}, ()).names == {"ca-certificates"}
    assert leave_out(PACKAGES, {"ca-certificates", "app"}, ()).names == {"ca-certificates", "app", "lib", "openssl"}


def test_what_is_asked_for_comes() -> None:
    assert leave_out(PACKAGES, {"debconf", "lib"}, ()).names == {"debconf", "perl-base", "lib"}


def test_what_the_spec_does_without() -> None:
    left = leave_out(PACKAGES, {"app"}, {"lib"})
    assert left.names == {"app", "openssl"}
    assert LeftOut("lib", "app", "the spec leaves it out") in left.left_out
    assert LeftOut(
        "dpkg", "lib", "installs packages; a dependency on it asks for a version that their scripts rely on"
    ) in (left.left_out)


@pytest.mark.parametrize(
    ("depends", "out"),
    [
        ("systemd | systemd-standalone-sysusers | systemd-sysusers", True),
        ("systemd (>= 250)", False),
        ("sysvinit-utils (>= 3.05-4~) | lsb-base", True),
        ("sysvinit-utils", False),
    ],
)
def test_alternatives_that_say_what_for(depends: str, out: bool) -> None:
    packages = {"app": {"depends": depends}, "systemd": {}, "sysvinit-utils": {"provides": "lsb-base"}}
    needed = depends.partition(" ")[0]
    assert (needed not in leave_out(packages, {"app"}, ()).names) is out
