"""The packages that RUNs install, and which of them serve builds only."""

import re
from collections.abc import Callable
from functools import cache

from shave import facts
from shave.globs import matcher
from shave.recipe import Call, package_tools

_END = re.compile(r"[=<>~:/@]")


def installed_by(call: Call) -> tuple[str, ...]:
    """The packages that a call of apt or apk installs, without versions."""
    is_apt = call.tool in package_tools("debian") and call.verb == "install"
    if is_apt or (call.tool in package_tools("alpine") and call.verb == "add"):
        return tuple(_END.split(word)[0] for word in call.targets if word)
    return ()


@cache
def is_build_tool() -> Callable[[str], bool]:
    """Whether a unit serves builds, as facts/build_tools.toml has it."""
    return matcher(facts.load("build_tools")["units"])


@cache
def is_installer() -> Callable[[str], bool]:
    """Whether a unit installs a language's packages, as facts/staging.toml has it."""
    return matcher(facts.load("staging")["tools"])


@cache
def is_bare() -> Callable[[str], bool]:
    """Whether the name of a package for development is one that no library comes with."""
    return matcher(facts.load("building")["bare"])
