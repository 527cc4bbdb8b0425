"""Where a call of pip puts what it installs, as far as its words and the environment say it."""

import re
from posixpath import dirname, join

from shave.directories import absolute
from shave.recipe import Call, Step

_PACKAGES = "lib/python*/site-packages"
_PROGRAMS = re.compile(r"^(.*)/bin$")
_SYSTEM = frozenset({"", "/usr", "/usr/local"})


def packages(step: Step, call: Call, here: str | None) -> str | None:
    """The directory, with "python*" for whichever version; None where only a run knows it.

    Sources: pip install, --target, --prefix, --user; venv: its programs are in its bin, named by path or first in PATH.
    """
    if target := call.value("-t", "--target"):
        return absolute(target, here)
    if call.has("--user"):
        return join("/root/.local", _PACKAGES)
    prefix = call.value("--prefix", "--root") or _environment(step, call)
    return absolute(join(prefix or "/usr/local", _PACKAGES), here)


def _environment(step: Step, call: Call) -> str | None:
    """The virtual environment of the program that is called, or that is active: of an earlier ``activate``, of PATH."""
    names = [(each.words[1] or "") for each in step.calls if _activates(each) and each.start < call.start]
    first = step.variables.get("PATH", "").partition(":")[0]
    for place in (dirname(call.words[0] or ""), *map(dirname, reversed(names)), first):
        found = _PROGRAMS.match(place)
        if found and found[1] not in _SYSTEM:
            return found[1]
    return None


def _activates(call: Call) -> bool:
    return call.tool in (".", "source") and (call.words[1:2] or ("",))[0] is not None and len(call.words) > 1
