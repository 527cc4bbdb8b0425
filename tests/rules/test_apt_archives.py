"""Packages that apt keeps: what an image shows goes before what its Dockerfile says."""

from shave import recipe
from shave.catalog.explained import explain
from shave.events import silent
from shave.rules.apt_archives import look
from shave.rules.known import BuiltImage, Known
from shave.testing import File, image

BASE = {"etc/os-release": File(b"ID=debian\n")}
DEB = {"var/cache/apt/archives/curl_7_amd64.deb": File(b"deb")}
PLAIN = b"FROM acme/base\nRUN apt-get update && apt-get install -y curl\n"
UNHOOKED = b"FROM acme/base\nRUN rm /etc/apt/apt.conf.d/docker-clean && apt-get update && apt-get install -y curl\n"


def numbers(text: bytes, known: Known) -> list[int]:
    return [finding.step for finding in look(recipe.read(text), known)]


def test_an_image_without_packages_is_silent_and_one_with_them_is_not() -> None:
    without = Known(BuiltImage(explain(image(BASE, {"usr/bin/curl": File(b"curl")}), silent), {1: 1}))
    having = Known(BuiltImage(explain(image(BASE, DEB), silent), {1: 1}))
    assert numbers(PLAIN, Known()) == numbers(UNHOOKED, without) == []
    assert numbers(UNHOOKED, Known()) == numbers(PLAIN, having) == [1]


def test_who_says_that_none_are_kept_keeps_none() -> None:
    text = UNHOOKED.replace(
        b"RUN rm", b"RUN echo 'APT::Keep-Downloaded-Packages \"0\";' >/etc/apt/apt.conf.d/x\nRUN rm"
    )
    assert numbers(text, Known()) == []


def test_packages_that_a_later_step_uses_are_not_deleted_safely() -> None:
    text = UNHOOKED + b"RUN dpkg -i /var/cache/apt/archives/*.deb\n"
    (finding,) = look(recipe.read(text), Known())
    assert finding.fix
    assert not finding.fix.is_safe
