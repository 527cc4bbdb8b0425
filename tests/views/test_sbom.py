"""SBOMs: every manager's packages by the names that scanners know, valid by CycloneDX's own schema, the same twice."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from packageurl import PackageURL

from shave.evidence import Evidence
from shave.package import Package
from shave.plan import Fate, Plan, UnitFate
from shave.release import Release
from shave.sizes import Sizes
from shave.verbs.slim import Slimmed
from shave.views import sbom

TIME = datetime(2026, 11, 21, tzinfo=UTC)
SIZES = Sizes(1, False, 1, 1, 1, 1)


def unit(name: str, version: str = "1", fate: Fate = "whole", architecture: str = "", source: str = "") -> UnitFate:
    return UnitFate(name, version, fate, 0, 0, 0, 0, 0, 0, architecture, source)


def slimmed(*units: UnitFate, release: str = "debian") -> Slimmed:
    plan = Plan("sha256:0", "unit", "unit", False, (), (), units=units)
    return Slimmed("slimmed", None, SIZES, plan, Evidence("", ""), "crun", release=Release(release, "12", "Debian 12"))


def components(document: bytes) -> list[dict[str, Any]]:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document.decode()) is None
    found: list[dict[str, Any]] = json.loads(document)["components"]
    return [each for each in found if each["type"] == "library"]


def before(*units: UnitFate, release: str = "debian") -> list[dict[str, Any]]:
    return components(sbom.before(slimmed(*units, release=release), "oci:dir:app", TIME))


@pytest.mark.parametrize(
    ("release", "package", "purl"),
    [
        (
            "debian",
            unit("dpkg:libc6:amd64", "2.36-9+deb12u1", architecture="amd64", source="glibc"),
            "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12&upstream=glibc",
        ),
        (
            "alpine",
            unit("apk:musl", "1.2.5-r0", architecture="x86_64"),
            "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-12",
        ),
        (
            "fedora",
            unit("rpm:bash", "1:5.2-1.fc40", architecture="x86_64"),
            "pkg:rpm/fedora/bash@5.2-1.fc40?arch=x86_64&distro=fedora-12&epoch=1",
        ),
        ("", unit("python:Jinja2", "3.1"), "pkg:pypi/jinja2@3.1"),
        ("", unit("node:@scope/name", "1.0.0"), "pkg:npm/%40scope/name@1.0.0"),
        ("", unit("node:plain", "1.0.0"), "pkg:npm/plain@1.0.0"),
        ("", unit("gem:nokogiri", "1.16-x86_64-linux"), "pkg:gem/nokogiri@1.16?platform=x86_64-linux"),
        ("", unit("java:org.slf4j:slf4j-api", "2.0"), "pkg:maven/org.slf4j/slf4j-api@2.0"),
        ("", unit("java:jdk", "17"), "pkg:generic/jdk@17"),
        ("", unit("dotnet:Newtonsoft.Json", "13.0"), "pkg:nuget/Newtonsoft.Json@13.0"),
        ("", unit("go:github.com/a/b", "v1.2.3"), "pkg:golang/github.com/a/b@v1.2.3"),
        ("", unit("rust:serde", "1.0"), "pkg:cargo/serde@1.0"),
        ("", unit("composer:symfony/yaml", "7.0"), "pkg:composer/symfony/yaml@7.0"),
        ("", unit("conda:numpy", "2.0"), "pkg:conda/numpy@2.0"),
    ],
)
def test_every_manager_has_its_type(release: str, package: UnitFate, purl: str) -> None:
    (found,) = before(package, release=release)
    assert found["purl"] == purl
    assert PackageURL.from_string(purl)


def test_each_says_what_became_of_it_and_the_result_has_none_that_is_gone() -> None:
    units = unit("dpkg:a"), unit("dpkg:b", fate="split"), unit("dpkg:c", fate="gone")
    fates = {each["name"]: each["properties"] for each in before(*units)}
    assert fates == {
        name: [{"name": "shave:fate", "value": fate}] for name, fate in (("a", "whole"), ("b", "split"), ("c", "gone"))
    }
    after = sbom.after(slimmed(*units), "sha256:1", "oci:dir:slim", TIME)
    assert [each["name"] for each in components(after)] == ["a", "b"]


def test_of_an_image_that_stays_as_it_is_all_are_whole() -> None:
    same = replace(slimmed(unit("dpkg:c", fate="gone")), outcome="unchanged")
    (found,) = components(sbom.after(same, "sha256:0", "oci:dir:app", TIME))
    assert found["properties"][0]["value"] == "whole"


def test_the_same_plan_gives_the_same_bytes() -> None:
    units = [unit(f"python:p{number}") for number in range(50)]
    one, other = (sbom.before(slimmed(*each), "oci:dir:app", TIME) for each in (units, units[::-1]))
    assert one == other
    document = json.loads(one)
    assert document["metadata"]["timestamp"].startswith("2026-11-21T00:00:00")
    assert [each["name"] for each in document["components"] if each["type"] == "operating-system"] == ["debian"]


def test_two_that_are_alike_are_one() -> None:
    assert len(before(unit("python:a"), unit("python:a"), unit("python:a", fate="split"))) == 2


@settings(max_examples=30)  # the validator takes its time
@given(st.text(), st.text(), st.text(), st.sampled_from(["dpkg", "rpm", "node", "gem", "java", "go", "composer"]))
@example(" ", "", "", "dpkg")
def test_names_may_be_anything(name: str, version: str, other: str, manager: str) -> None:
    before(unit(f"{manager}:{name}", version, "split", other, other), release=other)
    before(unit(f"{manager}:\udcff{name}", f"{version}\udcff"))


def test_an_image_that_was_built() -> None:
    packages = (Package("dpkg", "libc6:amd64", "2.36", architecture="amd64"), Package("python", "flask", "3.0"))
    document = sbom.built(packages, Release("debian", "12", "Debian 12"), "sha256:0", "oci:dir:app", TIME)
    assert sorted(each["purl"] for each in components(document)) == [
        "pkg:deb/debian/libc6@2.36?arch=amd64&distro=debian-12",
        "pkg:pypi/flask@3.0",
    ]
