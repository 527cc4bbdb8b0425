"""What packages of a language say that they need."""

import scenes
from shave.package import Package
from shave.widening.dependencies import Dependencies
from shave.widening.units import Units

SITE, OTHER = "opt/venv/lib/python3/site-packages", "usr/lib/python3/dist-packages"
FLASK = Package("python", "Flask", "3", (f"{SITE}/flask/__init__.py",), ("python:click", "python:absent"))
CLICK = Package("python", "click", "8", (f"{SITE}/click/core.py",), ("python:Flask",))
SYSTEM = Package("python", "click", "7", (f"{OTHER}/click/core.py",))
LAYER = {path: b"x" for package in (FLASK, CLICK, SYSTEM) for path in package.paths}


def test_the_requirements_of_a_used_package_stay_from_its_own_environment() -> None:
    known = scenes.scene({}, LAYER, packages=(SYSTEM, FLASK, CLICK), used=(f"{SITE}/flask/__init__.py",))
    kept = scenes.widened(known, Units, Dependencies)
    assert set(kept) == {f"{SITE}/flask/__init__.py", f"{SITE}/click/core.py"}
    assert kept[f"{SITE}/click/core.py"].because == "need"
