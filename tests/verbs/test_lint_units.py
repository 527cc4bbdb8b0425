"""Who needs whom: beside what dpkg and apt of this machine say of its own packages."""

import subprocess
from pathlib import Path

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.testing import image
from shave.verbs.lint_units import needed, units

STATUS = Path("/var/lib/dpkg/status")


@pytest.mark.oracle
def test_every_installed_package_has_what_it_depends_on() -> None:
    """dpkg would not have configured it otherwise; of a clause one that is there stands for the others."""
    found = units(explain(image({"var/lib/dpkg/status": STATUS.read_bytes()}), silent), 0)
    listed = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package}\n"],
        capture_output=True,
        text=True,
        check=True,
    )
    there = {line.split()[1] for line in listed.stdout.splitlines() if line.startswith("ii")}
    assert there == found.keys()
    missing = {
        name: clause
        for name, unit in found.items()
        for clause in unit.depends
        if not any(each in found for each in clause)
    }
    assert missing == {}


@pytest.mark.oracle
def test_records_are_as_long_as_in_the_status() -> None:
    found = units(explain(image({"var/lib/dpkg/status": STATUS.read_bytes()}), silent), 0)
    paragraphs = STATUS.read_text().split("\n\n")
    for text in paragraphs[:-1]:
        name = text.removeprefix("Package: ").split("\n", 1)[0]
        if name in found:
            assert found[name].record_bytes == len(text.encode()) + 2, name


def test_nothing_is_installed_below_the_first_layer() -> None:
    assert units(explain(image({"a": b""}), silent), -1) == {}


def test_packages_that_need_each_other_are_found_once() -> None:
    status = "Package: {}\nStatus: install ok installed\nArchitecture: all\nVersion: 1\nDepends: {}\nRecommends: {}\n"
    text = "\n".join(status.format(*each) for each in (("a", "b", "c"), ("b", "a", "x"), ("c", "a", "y")))
    found = units(explain(image({"var/lib/dpkg/status": text.encode()}), silent), 0)
    assert needed(["a"], found, recommended=False) == {"a", "b"}
    assert needed(["a"], found, recommended=True) == {"a", "b", "c"}
