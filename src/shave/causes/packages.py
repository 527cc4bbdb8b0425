"""Which package has a library, in the words of the package manager of the image that lacks it.

Sources: Debian Policy, 8.1 (how packages of shared libraries are called); apk-package(5): a package with a library
provides ``so:`` and its soname; rpm's find-provides, which writes ``libz.so.1()(64bit)``.
"""

import re
from functools import cache

from shave.facts import load
from shave.needs import Files
from shave.release import Release, release

_SONAME = re.compile(r"(lib[\w.+-]+?)\.so(?:\.([\w.]+))?")
_SUITES = {"11": "bullseye", "12": "bookworm", "13": "trixie"}
_APK = frozenset({"alpine", "chainguard", "wolfi"})
_RPM = frozenset({"almalinux", "amzn", "azurelinux", "centos", "fedora", "mariner", "ol", "rhel", "rocky"})
_MUSL = re.compile(r"lib/ld-musl-[^/]+\.so\.1")


def package_of(soname: str, files: Files) -> str:
    """The package to install for a library: "libssl3t64", with words behind it where the image's release has none or it
    is a guess; "" if nothing can be said.
    """
    parts = _SONAME.fullmatch(soname)
    if not parts:
        return ""
    of = release(files)
    if of.id in _RPM or of.id.startswith("opensuse"):
        return f"{soname}()(64bit)"
    if of.id in _APK or (not of.id and _is_musl(files)):
        return (_alpine().get(soname) if of.id == "alpine" else None) or f"so:{soname}"
    return _debian_package(soname, of) or f"{_guess(*parts.groups())} (a guess by its name)"


def package_with(stem: str, files: Files) -> str:
    """The package of any version of a library ("libicuuc") that the image's release has; "" if none is known."""
    of = release(files)
    known = _alpine() if of.id == "alpine" else _debian(_SUITES.get(of.version.partition(".")[0], "trixie"))
    return next((package for soname, package in known.items() if soname.startswith(f"{stem}.so")), "")


def _is_musl(files: Files) -> bool:
    return any(_MUSL.fullmatch(path) for path in files.tree.children.get("lib", ()))


def _debian_package(soname: str, of: Release) -> str:
    """By the image's own suite, else by the newest that has the library; Ubuntu's names are those of the nearest."""
    near = ("trixie" if of.version >= "24" else "bookworm") if of.id == "ubuntu" else ""
    own = near or _SUITES.get(of.version.partition(".")[0], "")
    known = {suite: package for suite in reversed(_SUITES.values()) if (package := _debian(suite).get(soname))}
    if own in known:
        return known[own]
    another = "" if near or not own else " (of Debian {suite})"
    return next((package + another.format(suite=suite) for suite, package in known.items()), "")


@cache
def _alpine() -> dict[str, str]:
    return _by_soname(load("libraries")["alpine"])


@cache
def _debian(suite: str) -> dict[str, str]:
    tables = (table["sonames"] for table in load("libraries")["debian"] if suite in table["suites"])
    return {soname: package for table in tables for soname, package in _by_soname(table).items()}


def _by_soname(table: dict[str, list[str]]) -> dict[str, str]:
    return {soname: package for package, sonames in table.items() for soname in sonames}


def _guess(name: str, version: str | None) -> str:
    """The policy's name: without the version behind a dot, with a hyphen where the name ends with a digit."""
    stem = name.lower().replace("_", "-")
    return f"{stem}-{version}" if version and stem[-1].isdigit() else stem + (version or "")
