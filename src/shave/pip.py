"""The door to pip: which wheels it would install into the image's Python, not into the one that runs here.

pip is told the image's Python, architecture and C library by its options; they reach tags of wheels and
Requires-Python, but environment markers are those of the Python that runs pip (pypa/pip#11664), so that is given the
image's own. Sources: pip's documentation, "pip install" and "Installation Report"; PEP 508 (markers), PEP 600
(manylinux); packaging.python.org, "Platform compatibility tags".
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import unquote, urlsplit, urlunsplit

import msgspec
from msgspec import Struct

from shave.errors import CannotError
from shave.events import Sink, stage
from shave.lock import LockedPackage, LockedWheel
from shave.spec import PythonPackages

_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "armel": "armv5tel",
    "armhf": "armv7l",
    "i386": "i686",
    "mips64el": "mips64",
    "ppc64el": "ppc64le",
    "riscv64": "riscv64",
    "s390x": "s390x",
}
"""What ``uname -m`` says, as in tags of wheels, by Debian's architecture."""
_OLDEST = {"x86_64": 5, "i686": 5}
"""The first glibc 2.N of manylinux (PEP 513); other machines came with PEP 599, at 17."""
_ALIASES = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_PYTHON = re.compile(r"python(3\.\d+)-minimal", re.ASCII)
_UPSTREAM = re.compile(r"(?:\d+:)?(\d+(?:\.\d+)*)", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SECRET = re.compile(r"(?<=://)[^/@\s]+@")
_UNREACHED = re.compile(r"connection broken by '(.+)'|^WARNING: (40[0-9] Error.*)|^ERROR: HTTP error (.+)", re.M)
_MISSING = re.compile(r"^ERROR: No matching distribution found for (.+)", re.M)
_CONFLICT = re.compile(
    r"^ERROR: Cannot install (.+) because these package versions have conflicting dependencies\.\n"
    r"(?:.*\n)*?The conflict is caused by:\n((?:    .+\n)+)",
    re.M,
)
# default_environment is what packaging evaluates markers in, and what pip's report says they were evaluated in
_BOOT = """\
import json, sys
from pip._vendor.packaging import markers
environment = json.loads(sys.argv.pop(1))
markers.default_environment = lambda: dict(environment)
from pip._internal.cli.main import main
sys.exit(main())
"""
_OPTIONS = (
    "install",
    "--dry-run",
    "--ignore-installed",
    "--no-input",
    "--no-user",
    "--no-color",
    "--progress-bar=off",
    "--disable-pip-version-check",
    "--only-binary=:all:",
    "--target=/nonexistent",
)
_ANOTHER = "install pip 26.3 beside shave"
_WHEELS_ONLY = 'only wheels are installed: make one with pip wheel, and name its file: packages = ["./dist/x.whl"]'


class Target(Struct, frozen=True):
    """The Python that wheels are for: its full version ("3.11.2"), the C library's ("2.36"), Debian's architecture."""

    python: str
    glibc: str
    architecture: str

    @property
    def series(self) -> str:
        """The version as directories have it: "3.11"."""
        return ".".join(self.python.split(".")[:2])


class _Archive(Struct):
    hashes: dict[str, str] = {}


class _Download(Struct):
    url: str
    archive_info: _Archive | None = None


class _Metadata(Struct):
    name: str
    version: str


class _Item(Struct):
    download_info: _Download
    metadata: _Metadata
    requested: bool = False


class _Report(Struct):
    environment: dict[str, str]
    install: tuple[_Item, ...] = ()


def target_of(packages: Sequence[LockedPackage], architecture: str) -> Target:
    """The Python among an image's packages: of several the one that ``python3`` is. Raises CannotError if none is."""
    versions = {package.name: _upstream(package.version) for package in packages}
    pythons = {found[1]: version for name, version in versions.items() if (found := _PYTHON.fullmatch(name))}
    usual = ".".join(versions.get("python3-minimal", versions.get("python3", "")).split(".")[:2])
    if usual not in pythons and len(pythons) != 1:
        which = f"of {', '.join(sorted(pythons))} no Python is python3" if pythons else "there is no Python"
        raise CannotError(f"Python packages are asked for, but {which} in the image", 'say base = "python"')
    if "libc6" not in versions:
        raise CannotError("Python packages are asked for, but libc6 is not in the image", 'say base = "python"')
    return Target(pythons.get(usual) or next(iter(pythons.values())), versions["libc6"], architecture)


def wheels(python: PythonPackages, context: Path, target: Target, sink: Sink) -> tuple[LockedWheel, ...]:
    """What pip chooses, sorted by name. Files of the context have their path below it as URL.

    pip's own configuration is followed: its indexes, certificates, proxies, netrc. Raises CannotError with pip's reason
    in a sentence.
    """
    if not python.requirements and not python.packages:
        return ()
    with stage(sink, "wheels"):
        report = _report(_asked(python), context, target)
    found = (_locked(item, context) for item in report.install)
    return tuple(sorted(found, key=lambda wheel: (wheel.name.lower(), wheel.name)))


def _asked(python: PythonPackages) -> tuple[str, ...]:
    return (*(f"--requirement={path}" for path in python.requirements), "--", *python.packages)


def _report(asked: Sequence[str], context: Path, target: Target) -> _Report:
    environment = _environment(target)
    # -P: the context holds no modules of pip's
    command = (sys.executable, "-P", "-c", _BOOT, json.dumps(environment), *_OPTIONS, *_tags(target))
    with TemporaryFile() as file:
        ended = subprocess.run(
            (*command, f"--report=/dev/fd/{file.fileno()}", *asked),
            cwd=context,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(file.fileno(),),
            text=True,
            errors="replace",
            check=False,
        )
        data = file.read()
    if ended.returncode:
        raise _refused(_SECRET.sub("", ended.stdout), target)
    try:
        report = msgspec.json.decode(data, type=_Report)
    except msgspec.DecodeError as error:
        raise CannotError(f"pip's report cannot be read: {error}", _ANOTHER) from error
    if report.environment != environment:
        raise CannotError("this version of pip cannot choose for another Python than its own", _ANOTHER)
    return report


def _environment(target: Target) -> dict[str, str]:
    """The markers of the image's Python (PEP 508); nothing may depend on the kernel that a container will run on."""
    return {
        "implementation_name": "cpython",
        "implementation_version": target.python,
        "os_name": "posix",
        "platform_machine": _MACHINES[target.architecture],
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": target.python,
        "platform_python_implementation": "CPython",
        "python_version": target.series,
        "sys_platform": "linux",
    }


def _tags(target: Target) -> Iterator[str]:
    """The options that say which wheels fit, best first."""
    yield from (f"--python-version={target.python}", "--implementation=cp")
    yield from (f"--abi={abi}" for abi in ("cp" + target.series.replace(".", ""), "abi3", "none"))
    machine = _MACHINES[target.architecture]
    newest = int(target.glibc.split(".")[1])
    for minor in range(newest, _OLDEST.get(machine, 17) - 1, -1):
        yield f"--platform=manylinux_2_{minor}_{machine}"
        if minor in _ALIASES:
            yield f"--platform={_ALIASES[minor]}_{machine}"
    yield f"--platform=linux_{machine}"


def _locked(item: _Item, context: Path) -> LockedWheel:
    name, download = item.metadata.name, item.download_info
    parts = urlsplit(download.url)
    file = unquote(parts.path.rpartition("/")[2])
    if not file.endswith(".whl") or download.archive_info is None:
        raise CannotError(f"{name} is no wheel: {_public(download.url)}", _WHEELS_ONLY)
    digest = download.archive_info.hashes.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise CannotError(f"{_public(download.url)} has no SHA-256", "its index must say one (PEP 503)")
    return LockedWheel(name, item.metadata.version, file, digest, _url(download.url, context), item.requested)


def _url(url: str, context: Path) -> str:
    """As the lock has it: without secrets, and without where the context is on this machine."""
    here = f"{context.absolute().as_uri()}/"
    resolved = f"{context.resolve().as_uri()}/"
    return _public(url.removeprefix(here).removeprefix(resolved))


def _public(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, parts.query, ""))


def _refused(said: str, target: Target) -> CannotError:
    """pip's explanation, condensed."""
    if found := _UNREACHED.search(said):
        reason = " ".join(filter(None, found.groups()))
        return CannotError(f"the index of Python packages cannot be used: {reason[:300]}", "see pip config list")
    if found := _MISSING.search(said):
        where = f"Python {target.series} with glibc {target.glibc} on {target.architecture}"
        return CannotError(f"there is no wheel of {found[1]} for {where}", f"is the name right? {_WHEELS_ONLY}")
    if found := _CONFLICT.search(said):
        wanted = "; ".join(line.strip() for line in found[2].splitlines()[:4])
        return CannotError(f"{found[1]} cannot be installed together: {wanted}", "allow other versions")
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    last = said.strip().splitlines()[-1:]
    words = " ".join(errors[:1] or last)[:500]
    return CannotError(f"pip cannot resolve the requirements: {words}", "pip's own words")


def _upstream(version: str) -> str:
    """ "3.11.2" of "3.11.2-6+deb12u5"."""
    found = _UPSTREAM.match(version)
    return found[1] if found else ""
