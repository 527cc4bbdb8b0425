"""Images that are tools."""

import scenes
from shave.oci import RunConfig
from shave.package import Package
from shave.widening.tools import Tools

GS = Package("dpkg", "ghostscript", "10", ("usr/bin/gs",), ("dpkg:libgs",), asked=True)
LIBGS = Package("dpkg", "libgs", "10", ("usr/lib/gs/libgs.so", "usr/share/gs/init.ps"), asked=False)
FONTS = Package("dpkg", "fonts", "1", ("usr/share/fonts/a",), asked=False)
GIT = Package("dpkg", "git", "2", ("usr/bin/git",), asked=True)
PACKAGES = (GS, LIBGS, FONTS, GIT)
LAYER = {path: b"x" for package in PACKAGES for path in package.paths}
BASE = {"var/lib/dpkg/status": b"x"}


def kept(run: RunConfig, *, ended: bool = True) -> set[str]:
    layers = BASE, LAYER, {"app/job.ps": b"x"}
    return set(scenes.widened(scenes.scene(*layers, packages=PACKAGES, run=run, ended=ended), Tools))


def test_what_was_asked_for_with_the_tool_stays_and_what_it_depends_on() -> None:
    assert kept(RunConfig(entrypoint=("gs",), cmd=("--version",))) == {
        "usr/bin/gs",
        "usr/lib/gs/libgs.so",
        "usr/share/gs/init.ps",
    }


def test_neither_a_server_nor_a_job_is_a_tool() -> None:
    assert not kept(RunConfig(entrypoint=("gs",), cmd=("--version",)), ended=False)
    assert not kept(RunConfig(cmd=("gs", "/app/job.ps")))
    assert not kept(RunConfig(cmd=("sh", "-c", "gs")))


def test_what_lies_beside_a_tool_and_nobody_requires_was_put_there_by_name() -> None:
    site, other = "venv/lib/python3.11/site-packages", "usr/lib/python3/dist-packages"

    def package(name: str, *requires: str, place: str = site) -> Package:
        return Package(
            "python", name, "1", (f"{place}/{name}/__init__.py",), tuple(f"python:{each}" for each in requires)
        )

    sphinx = Package(
        "python", "sphinx", "9", ("venv/bin/sphinx-build", f"{site}/sphinx/__init__.py"), ("python:docutils",)
    )
    packages = (
        sphinx,
        package("docutils"),
        package("furo", "bs4"),
        package("bs4"),
        package("pip"),
        package("far", place=other),
    )
    layer = {path: b"x" for each in packages for path in each.paths}
    run = RunConfig(entrypoint=("/venv/bin/sphinx-build",), cmd=("--version",))
    known = scenes.scene(BASE, layer, {"docs/x": b""}, packages=packages, run=run, ended=True)
    names = {path.split("/")[-2] for path in scenes.widened(known, Tools)}
    assert names == {"bin", "sphinx", "docutils", "furo", "bs4"}
