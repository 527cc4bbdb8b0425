"""What a last stage needs, by the words of the build alone: only where these leave nothing to guess."""

import re
from collections.abc import Iterable
from posixpath import basename, dirname

from shave import facts
from shave.directories import absolute, directories, is_of_base, workdir
from shave.globs import matcher
from shave.oci import DEFAULT_PATH
from shave.recipe import Call, Step, package_tools
from shave.staging.packages import installed_by, is_bare, is_build_tool
from shave.staging.protocol import Building, Refused, Runtime
from shave.written import writes

_UNKNOWN = Refused("what the program needs is not known without the image: give --image")
_CONTEXT = Refused("what COPY takes beside sources is not known: give --context or --image")
_STATIC = "gcr.io/distroless/static-debian12"
"""Certificates, zones, accounts and /tmp, and nothing to run. Source: GoogleContainerTools/distroless, base/README."""
_SUITE = re.compile(
    r"(?:docker\.io/)?(?:library/)?(?:debian:|gcc:[\d.]+-)(bullseye|bookworm|trixie|1[123])(?:-slim|-\d+)?"
)
_NUMBERS = {"11": "bullseye", "12": "bookworm", "13": "trixie"}
_PYTHON = re.compile(r"(?:docker\.io/)?(?:library/)?python:(3\.\d+)(?:\.\d+)?-slim(?:-\w+)?")
_OF_SYSTEM = frozenset({"-lm", "-lpthread", "-ldl", "-lrt", "-lc", "-lstdc++"})
_LINKERS = frozenset({"gcc", "g++", "cc", "c++"})
_COMMANDS = frozenset({"rm", "mkdir", "cd", "set", "strip", "chmod", "echo", "true", "test"})
_HARMLESS = _COMMANDS | package_tools("debian") | package_tools("alpine")
_PURE_GO = re.compile(r"(?:docker\.io/)?(?:library/)?golang:(?:1\.(\d+)(?:\.\d+)?-)?alpine(?:3\.\d+)?")
_FIRST_PURE_GO = 20
_C_COMPILERS = frozenset({"gcc", "g++", "clang", "build-base", "alpine-sdk"})
_GO_VERBS = frozenset({"build", "mod", "vet", "test", "version", "env", "generate"})


def go(building: Building, leaves: Iterable[str]) -> Runtime | Refused:
    """One ``go build -o`` without cgo, of the program that is started."""
    builds = [(step, call, here) for step, call, here in _calls(building) if call.tool == "go" and call.verb == "build"]
    if len(builds) != 1 or not _is_simple(building, frozenset({"go"})):
        return _UNKNOWN
    step, call, here = builds[0]
    text = building.recipe.file.text[step.start : call.end]
    is_pure = step.variables.get("CGO_ENABLED") == "0" or b"CGO_ENABLED=0" in text
    if not is_pure and not _lacks_compiler(building):
        return Refused("cgo may link the program to libraries: give CGO_ENABLED=0, or --image")
    if any(each.tool == "go" and each.verb not in _GO_VERBS for each in building.calls):
        return _UNKNOWN
    return _program(building, call.value("-o"), here, _STATIC, leaves)


def _lacks_compiler(building: Building) -> bool:
    """Whether Go has no C compiler to link with, and so does without cgo. Source: Go 1.20 Release Notes, Cgo."""
    found = _PURE_GO.fullmatch(building.base)
    is_new = found is not None and (not found[1] or int(found[1]) >= _FIRST_PURE_GO)
    return is_new and _C_COMPILERS.isdisjoint(name for call in building.calls for name in installed_by(call))


def c(building: Building, leaves: Iterable[str]) -> Runtime | Refused:
    """Compilers alone, without other libraries than the system's, on a known release of Debian; linked statically, on
    any system.
    """
    found = _SUITE.fullmatch(building.base)
    linked = [(call, here) for _, call, here in _calls(building) if call.tool in _LINKERS and "-c" not in call.words]
    if len(linked) != 1 or not _is_simple(building, _LINKERS):
        return _UNKNOWN
    call, here = linked[0]
    if "-static" in call.words and None not in call.words:
        return _program(building, call.value("-o"), here, _STATIC, leaves)
    libraries = {word or "" for word in call.words if (word or "$").startswith(("-l", "$", "@"))}
    if not found or libraries - _OF_SYSTEM:
        return _UNKNOWN
    return _program(building, call.value("-o"), here, f"debian:{_NUMBERS.get(found[1], found[1])}-slim", leaves)


def python(building: Building) -> Runtime | Refused:
    """Packages of pip on a slim image, whose compilers were installed for them: nothing else can be linked to."""
    found = _PYTHON.fullmatch(building.base)
    calls = list(_calls(building))
    environments = {_environment(call, here) for _, call, here in calls if call.tool in ("venv", "virtualenv")}
    if not found or None in environments or not _is_simple(building, frozenset({"pip", "venv", "virtualenv"})):
        return _UNKNOWN
    if any(call.has("--target", "-t", "--prefix", "--root", "--user") for call in building.calls if call.tool == "pip"):
        return _UNKNOWN
    installed = sorted(filter(None, environments)) or [
        f"/usr/local/lib/python{found[1]}/site-packages",
        "/usr/local/bin",
    ]
    places = [each.path for step in building.steps for each in writes(building.recipe, step) if each.kind == "copied"]
    if any(place.strip("/") in facts.load("application")["system"] for place in places):
        return _UNKNOWN
    return Runtime(building.base, copies=tuple(dict.fromkeys((*installed, *places))))


def _environment(call: Call, here: str | None) -> str | None:
    return absolute(call.operands[0], here) if len(call.operands) == 1 else None


def _calls(building: Building) -> Iterable[tuple[Step, Call, str | None]]:
    for step in building.steps:
        if step.keyword == "RUN":
            yield from ((step, call, here) for call, here in directories(building.recipe, step))


def _is_simple(building: Building, tools: frozenset[str]) -> bool:
    """Whether only these tools are called, with packages that no program is linked to, and one program is started."""
    names = [name for call in building.calls for name in installed_by(call)]
    return (
        all(call.tool in tools | _HARMLESS for call in building.calls)
        and all(is_build_tool()(f"dpkg:{name}") and (is_bare()(name) or not name.startswith("lib")) for name in names)
        and all(step.shell and not step.shell.unread for step in building.steps if step.keyword == "RUN")
        and len(building.started) == 1
        and not building.needs_shell
        and not (building.last("USER") and tools != frozenset({"pip", "venv", "virtualenv"}) and _names_user(building))
    )


def _names_user(building: Building) -> bool:
    """Whether USER names somebody, whom only the build's stage knows."""
    user = building.last("USER")
    words = user.instruction.arguments if user else ()
    return not (words and re.fullmatch(r"[0-9]+(?::[0-9]+)?|root|nobody", words[0].value))


def _program(
    building: Building, written: str | None, here: str | None, base: str, leaves: Iterable[str]
) -> Runtime | Refused:
    """The program alone, if it is what is started, and what of the context is no source."""
    path = absolute(written, here)
    step = building.started[0]
    word = step.calls[0].words[0] if step.calls else None
    if path is None or is_of_base(path) or word is None or not _means(building, step, word, path):
        return _UNKNOWN
    data = _data(building, leaves)
    return data if isinstance(data, Refused) else Runtime(base, copies=tuple(dict.fromkeys((path, *data))))


def _means(building: Building, step: Step, word: str, path: str) -> bool:
    """Whether a word that is started is the program: by its path, or by its name in a directory of PATH."""
    if "/" in word:
        return absolute(word, workdir(building.recipe, step)) == path
    return word == basename(path) and dirname(path) in DEFAULT_PATH.split(":")


def _data(building: Building, leaves: Iterable[str]) -> tuple[str, ...] | Refused:
    """What COPY brings that is no source."""
    is_source = matcher((*leaves, *facts.load("staging")["leaves"]))
    found: list[str] = []
    for step in building.steps:
        for each in writes(building.recipe, step) if step.keyword in ("COPY", "ADD") else ():
            if is_source(each.path.strip("/")) and not each.is_tree:
                continue
            files = building.taken.get(step.number) if building.taken is not None else None
            if files is None:
                return _CONTEXT
            rest = [path for path in files if not is_source(path)]
            if rest and (not each.is_tree or each.source.strip("./") or is_of_base(each.path)):
                return _CONTEXT
            found += [f"{each.path.rstrip('/')}/{path}" for path in rest]
    return tuple(found)
