"""The last stage that a built image asks for: nothing but its programs, or these on a small system."""

import re
from posixpath import basename

from shave.package import Package
from shave.release import release
from shave.staging.built import ROOT, Built
from shave.staging.copying import copies, directories, files, removed
from shave.staging.protocol import Refused, Runtime
from shave.tree import is_program

_WORD = re.compile(r"[A-Za-z0-9_./:+@,=~%-]+")


def native(built: Built) -> Runtime | Refused:
    """The last stage for programs that are compiled: nothing but them if they need nothing."""
    if any(path not in built.own and not built.owner(path) for path in built.programs if path):
        return Refused("what the image starts came with its base")
    return _plain(_alone(built)) if _is_alone(built) else on(built, built.system)


def on(built: Built, base: str, *more: Package) -> Runtime | Refused:
    """The last stage on a small image of the same distribution."""
    if not base:
        return Refused(f"no small image is known for {release(built.scene.files).name or 'its distribution'}")
    if base == built.system != built.building.base and built.is_wrapped:
        return Refused("the ENTRYPOINT of its base would not be there")
    if any(basename(path).endswith("sh") and not built.owner(path) for path in built.programs if path):
        return Refused("a script starts it, and what that calls is not known")
    libraries = [path for path in built.reached if ".so" in basename(path) and not built.owner(path)]
    wanted = [package for row in built.data for package in built.named(row.package)]
    runtime = Runtime(
        base,
        built.packages(base, *more, *wanted),
        copies(built, base),
        directories(built, base),
        built.settings,
        built.has_accounts,
        any(path.startswith("usr/local/lib") and path.count("/") == 3 for path in libraries),
        files=files(built, base),
        removed=removed(built, base),
    )
    return _plain(runtime)


def _plain(runtime: Runtime) -> Runtime | Refused:
    """The runtime, unless a word of the image would mean something else in a Dockerfile: names may be any bytes."""
    directories = (each.path for each in runtime.directories)
    said = (setting.partition(" ")[2] for setting in runtime.settings)
    words = (runtime.base, *runtime.packages, *runtime.copies, *runtime.removed, *directories, *said)
    odd = next((word for word in words if not _WORD.fullmatch(word)), None)
    return runtime if odd is None else Refused(f"{odd!a} cannot stand in a Dockerfile as it is")


def _alone(built: Built) -> Runtime:
    paths = [path for row in built.data for path in row.paths if built.tree.resolve(path).path]
    is_temporary = any(row.name == "temporary" for row in built.data)
    # made by WORKDIR, for there is no shell that could make it
    settings = ("WORKDIR /tmp", "WORKDIR /") if is_temporary else ()
    return Runtime(
        "scratch",
        copies=(*paths, *copies(built, "scratch")),
        files=files(built, "scratch"),
        settings=(*settings, *built.settings),
        has_accounts=built.has_accounts or any(row.name == "accounts" for row in built.data),
    )


def _is_alone(built: Built) -> bool:
    """Whether own programs run where there is nothing else, not even a shell."""
    has_others = any(built.owner(path) for path in built.reached) or bool(built.foreign)
    spared = {row.package for row in built.data}
    asked = {each.bare.partition(":")[2] for each in built.asked} - spared
    is_root = built.scene.config.run.user.partition(":")[0] in ROOT
    is_writing = any(row.name == "temporary" for row in built.data)
    return not (
        built.is_wrapped
        or has_others
        or asked
        or built.building.needs_shell
        or directories(built, "scratch")
        or (is_writing and not is_root)
    ) and all(is_program(built.tree.get(path)) for path in built.programs if path)
