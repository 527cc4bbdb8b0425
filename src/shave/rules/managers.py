"""Package managers of systems: which calls install or take away, how packages are named, and what of them is left.

Sources: apt-get(8), install, purge and autoremove; apt-mark(8), auto; apk(8), add --virtual and del; dnf(8); zypper(8).
"""

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase

from msgspec import Struct
from msgspec.structs import replace

from shave.recipe import Call, Step, package_tools

_END = re.compile(r"[=<>~:/@]")
_PATTERN = re.compile(r"[*?\[^$]")


class Manager(Struct, frozen=True):
    """A package manager: its tools, the verbs that install and those that take away, how units are named, and the
    command that takes packages away with what only they needed.
    """

    unit: str
    tools: frozenset[str]
    installing: frozenset[str]
    removing: frozenset[str]
    command: str

    def installs(self, call: Call) -> bool:
        """Whether a call installs packages."""
        return call.tool in self.tools and call.verb in self.installing

    def removes(self, call: Call) -> bool:
        """Whether a call takes packages away."""
        return call.tool in self.tools and call.verb in self.removing


class Left(Struct, frozen=True):
    """Packages of these ``names`` that a call installs, and nothing takes away."""

    manager: Manager
    step: Step
    call: Call
    names: frozenset[str]


APT = Manager(
    "dpkg",
    package_tools("debian"),
    frozenset({"install"}),
    frozenset({"purge", "remove", "autoremove", "autopurge"}),
    "apt-get purge -y --auto-remove",
)
APK = Manager("apk", package_tools("alpine"), frozenset({"add"}), frozenset({"del"}), "apk del")
RPM = Manager(
    "rpm",
    package_tools("rpm"),
    frozenset({"install", "in", "groupinstall", "group", "groups", "builddep"}),
    frozenset({"remove", "rm", "erase", "autoremove", "groupremove"}),
    "dnf remove -y",
)
ZYPPER = Manager(
    "rpm", package_tools("suse"), frozenset({"install", "in"}), frozenset({"remove", "rm"}), "zypper rm -y --clean-deps"
)


def names(call: Call) -> frozenset[str]:
    """The packages that a call is about, without versions and architectures; that of ``apk add --virtual`` too."""
    return frozenset(_END.split(word.removeprefix("@"))[0] for word in (*call.targets, virtual(call)) if word)


def virtual(call: Call) -> str | None:
    """The one name that ``apk add --virtual`` gives to all of its packages."""
    return call.value("--virtual", "-t") if call.tool == "apk" else None


def left(steps: Iterable[Step], manager: Manager) -> tuple[Left, ...]:
    """What calls of these steps install and no later one of them takes away, in their order.

    Of a call that takes away what only a run knows, all goes. So does what nobody named again behind ``apt-mark auto``,
    as in the Dockerfiles of official images.
    """
    found: list[Left] = []
    are_marked = False
    for step, call in [(each, call) for each in steps for call in each.calls]:
        are_marked |= call.tool == "apt-mark" and call.verb == "auto"
        if manager.installs(call):
            found.append(Left(manager, step, call, names(call)))
        elif manager.removes(call):
            taken = names(call)
            is_all = None in call.targets or (are_marked and not taken)
            found = [] if is_all else _without(found, taken)
    return tuple(each for each in found if each.names)


def _without(found: Sequence[Left], taken: frozenset[str]) -> list[Left]:
    """What these words leave of each; most have nothing to do with most calls, in a long file."""
    are_names = not any(map(_PATTERN.search, taken))
    return [each if are_names and each.names.isdisjoint(taken) else _less(each, taken) for each in found]


def _less(each: Left, taken: frozenset[str]) -> Left:
    is_virtual = virtual(each.call) in taken
    names = () if is_virtual else (name for name in each.names if not any(_means(word, name) for word in taken))
    return replace(each, names=frozenset(names))


def _means(word: str, name: str) -> bool:
    """Whether apt takes a word for a package: as its name, as a glob, or as a regular expression in its usual forms."""
    if word == name or not _PATTERN.search(word):
        return word == name
    return fnmatchcase(name, word.removeprefix("^").removesuffix("$").replace(".*", "*"))
