"""What packages cost by the table, and what a base has already."""

import pytest

from shave.rules.managers import APK, APT
from shave.rules.package_amounts import new, packages_amount


def packed(*names: str, base: str = "debian:12", already: tuple[str, ...] = ()) -> int:
    """Packed bytes, 0 where there is no amount."""
    amount = packages_amount(APT, base, names, already)
    return amount.packed_bytes if amount else 0


def test_each_package_has_its_own_figure() -> None:
    assert 75_000_000 < packed("build-essential") < 85_000_000
    assert packed("wget") < 2_000_000 < packed("libpq-dev") < 10_000_000
    assert packed("default-jdk") > packed("build-essential")


def test_what_two_need_is_counted_once() -> None:
    assert packed("gcc", "g++") == packed("g++")
    assert packed("libpq-dev", "libssl-dev") == packed("libpq-dev")
    assert packed("g++", already=("gcc",)) == packed("g++") - packed("gcc")


def test_what_nobody_measured_has_no_figure() -> None:
    assert packages_amount(APT, "debian:12", ("libnobody-dev",)) is None
    assert packages_amount(APK, "alpine:3", ("gcc",)) is None


@pytest.mark.parametrize("base", ["python:3.13", "docker.io/library/node:22-bookworm", "golang", "php:8.3-fpm"])
def test_full_images_have_their_compilers(base: str) -> None:
    assert not new(base, ("build-essential", "gcc", "make"))
    assert packed("gcc", base=base) == 0


def test_what_came_with_them_is_there_too() -> None:
    assert new("ruby:3.4", ("uuid-dev", "tk-dev")) == {"tk-dev"}


@pytest.mark.parametrize("base", ["python:3.13-slim", "node:22-alpine", "debian:12", "acme/python"])
def test_others_have_none(base: str) -> None:
    assert new(base, ("gcc",)) == {"gcc"}
