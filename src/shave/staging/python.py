"""Python: environments and packages on the slim image of the same version, or on the system's own Python."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from shave.globs import escaped
from shave.reference import short
from shave.smaller_bases import smaller
from shave.staging.built import Built, seen
from shave.staging.last import on
from shave.staging.protocol import Building, Language, Refused, Runtime
from shave.staging.pruning import closing
from shave.staging.written import python

_LEAVES = ("{root,home/*}/.cache/**",)
_UV = ("{,usr/,usr/local/}bin/{uv,uvx}", "usr/local/lib/python3*/*-packages/{uv,uv-*.dist-info}/**")
_INSTALLERS = frozenset({"uv", "poetry", "pdm", "pipenv"})
_SHARED = ("", "/usr", "/usr/local")
_BROUGHT = re.compile(r"(?:lib)?python3.*|ca-certificates|openssl|netbase|tzdata")
"""What the slim image has. Source: docker-library/python, Dockerfile-linux.template, is_slim."""
_INSTALLS = frozenset({"install", "sync", "pip", "add", "wheel"})


def runtime(building: Building) -> Runtime | Refused:
    """By the image; without one by the words of the build."""
    if building.image is None:
        return python(building)
    built = seen(building, (*_LEAVES, *_installers(building)))
    if isinstance(built, Refused):
        return built
    own = [package.bare.partition(":")[2] for package in (*built.needed, *built.asked)]
    if any(name.startswith("python3") for name in own) and not _is_of_python(building):
        # the interpreter comes without most of its library if nobody asks for all of it
        found = on(built, built.system, *built.named("python3"))
    else:
        found = _on_slim(built)
    return found if isinstance(found, Refused) else replace(found, closing=closing(built))


def _installers(building: Building) -> Iterator[str]:
    """Globs of what only the build calls: uv, and environments that are there for a tool of this kind alone."""
    started = [word or "" for step in building.started for call in step.calls for word in call.words]
    if "uv" not in started:
        yield from _UV
    used = {*started, *(f"{each}/" for each in building.image.path)} if building.image else {*started}
    for call in building.calls:
        place, _, name = (call.words[0] or "").rpartition("/bin/") if call.words else ("", "", "")
        if name in _INSTALLERS and place not in _SHARED and not any(each.startswith(f"{place}/") for each in used):
            yield f"{escaped(place.strip('/'))}/**"


def _on_slim(built: Built) -> Runtime | Refused:
    """Python itself is there."""
    base = built.building.base
    found = on(built, next((each.name for each in smaller(base)), base))
    if isinstance(found, Refused):
        return found
    return replace(found, packages=tuple(name for name in found.packages if not _BROUGHT.fullmatch(name)))


def _is_of_python(building: Building) -> bool:
    """Whether the base is an image of Python's."""
    return short(building.base)[0] == "python"


PYTHON = Language(
    "Python",
    {**dict.fromkeys(("pip", "uv", "poetry", "pdm", "pipenv"), _INSTALLS), "python": frozenset({"setup.py"})},
    _LEAVES,
    runtime,
    of_packages=True,
)
