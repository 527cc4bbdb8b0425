"""Calls of tools that build by which nothing of one's own is built: questions, and what only installs other tools."""

import re
from functools import cache

from shave import facts
from shave.recipe import Call

_ASKED = ("--version", "--help", "-V", "-h")
_LISTED = ("-r", "--requirement", "-e", "--editable", "-c", "--constraint")
_INSTALLING = frozenset({"install", "i", "add", "pip", "update", "upgrade"})
_END = re.compile(r"[=<>!~@\[;: ]")


def is_question(call: Call) -> bool:
    """Whether it only asks a tool for its version or its help: ``npm -v``, but not ``cargo install --version 1 x``."""
    asked = _ASKED if call.tool == "ninja" else (*_ASKED, "-v")  # of ninja that is verbose
    # as words of their own: "-DVERBOSE=1" has a "V", too
    return not call.operands and any(word in asked for word in call.words)


def is_of_tools(call: Call) -> bool:
    """Whether it installs nothing but what installs packages: ``pip install --upgrade pip``, ``npm i -g pnpm@9``."""
    names = [_END.split(word or "")[0] for word in call.targets if not (call.verb == "pip" and word == "install")]
    return call.verb in _INSTALLING and bool(names) and _installers().issuperset(names) and not call.has(*_LISTED)


def is_foreign(call: Call) -> bool:
    """Whether it builds what is no part of the context: ``go install x@latest``, ``cargo install x``."""
    if call.tool == "go":
        return call.verb == "get" or any("@" in (word or "") for word in call.targets)
    return call.tool == "cargo" and call.verb == "install" and not call.has("--path")


@cache
def _installers() -> frozenset[str]:
    return frozenset(facts.load("building")["installers"])
