"""How the image is started and which probes it is asked: ``shave.toml``, or ``[tool.shave]`` of ``pyproject.toml``.

The file is read here, and the same values from the command line are laid over it. Every mistake is a UsageError that
names the file, the key and what was expected.
"""

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct, field, structs

from shave import toml_reader
from shave.errors import UsageError
from shave.globs import escaped
from shave.lint import LintSettings
from shave.probe import HEALTHCHECK, KINDS, START, Http, Probe, Ready, RunOptions

TESTS = "tests"
"""The name of the probe that ``--from-tests`` is."""

_TESTS_SECONDS = 3600.0
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class Settings(Struct, frozen=True):
    """What is asked, and how the image is started for it; ``check`` is read by ``budgets``, ``lint`` by the verb.
    ``source`` is the file it came from, if any.
    """

    run: RunOptions = field(default_factory=RunOptions)
    probes: tuple[Probe, ...] = ()
    source: Path | None = None
    check: Mapping[str, Any] = {}
    lint: LintSettings = field(default_factory=LintSettings)


class _Linting(Struct, frozen=True):
    lint: LintSettings = field(default_factory=LintSettings)


class _Document(Struct, frozen=True):
    run: RunOptions = field(default_factory=RunOptions)
    probe: tuple[Probe, ...] = ()
    check: dict[str, Any] = {}
    lint: LintSettings = field(default_factory=LintSettings)


def load(path: Path | None = None) -> Settings:
    """The settings of ``path``, else of the nearest ``shave.toml`` or ``[tool.shave]`` of a ``pyproject.toml``, if any.

    The nearest is here or, in a repository, above. Paths of scripts and mounts and globs are relative to the file.
    """
    if path is not None:
        return _read(path, _table(path, required=True))
    for candidate in (directory / name for directory in _directories() for name in ("shave.toml", "pyproject.toml")):
        if candidate.is_file() and (table := _table(candidate, required=False)) is not None:
            return _read(candidate, table)
    return Settings()


def _directories() -> Iterable[Path]:
    """Here, and those above up to the root of the repository. A file says which programs to run: where a directory is
    another user's, or no repository is, nothing above is read (CVE-2022-24765 was git's).
    """
    found = [Path()]
    while not (found[-1] / ".git").exists():
        try:
            here, above = found[-1].stat(), (found[-1] / "..").stat()
        except OSError:  # the current directory is deleted, or one above may not be entered
            return found[:1]
        if os.path.samestat(here, above) or here.st_uid != above.st_uid:
            return found[:1]
        found.append(found[-1] / "..")
    return found


def merge(
    settings: Settings,
    *,
    env: Sequence[str] = (),
    mounts: Sequence[str] = (),
    user: str | None = None,
    network: str | None = None,
    entrypoint: str | None = None,
    ready: str | None = None,
    arguments: Sequence[str] = (),
    only: Sequence[str] = (),
    no_probe: bool = False,
    tests: str | None = None,
) -> Settings:
    """The settings with the options of the command line over them; what is empty or None leaves them as they are.

    ``env`` are ``K=V``, ``mounts`` ``SOURCE:TARGET[:ro]`` relative to here, ``ready`` an URL or ``host:port``,
    ``arguments`` the command, ``only`` the names of the probes to ask; ``no_probe`` asks none, which leaves the default
    start. An empty ``entrypoint`` clears the image's. ``tests`` is a command for the host's shell, one probe more.
    """
    changes: dict[str, Any] = {}
    if env:
        changes["env"] = {**settings.run.env, **dict(_assignment(text) for text in env)}
    if mounts:
        changes["mounts"] = (*settings.run.mounts, *(_mount(text, Path(), "--mount") for text in mounts))
    if user is not None:
        changes["user"] = user
    if network is not None:
        changes["network"] = _network(network)
    if entrypoint is not None:
        changes["entrypoint"] = (entrypoint,) if entrypoint else ()
    if ready is not None:
        changes["ready"] = _ready(ready, settings.run.ready.timeout)
    if arguments:
        changes["command"] = tuple(arguments)
    run = structs.replace(settings.run, **changes)
    probes = _chosen(settings.probes, only, no_probe)
    if tests is not None:
        probes += (_tests(tests, probes),)
    return structs.replace(settings, run=run, probes=probes)


def _table(path: Path, required: bool) -> Mapping[str, Any] | None:
    """The file's table for shave: all of it, or ``tool.shave`` of a pyproject.toml (None if that is absent)."""
    document = toml_reader.document(path, "give the file's path with --config")
    if path.name != "pyproject.toml":
        return document
    tools = document.get("tool", {})
    table = tools.get("shave") if isinstance(tools, dict) else None
    if table is None and required:
        raise UsageError(f"{path} has no [tool.shave]", "add it, or give a shave.toml with --config")
    if table is not None and not isinstance(table, dict):
        raise UsageError(f"{path}: tool.shave is no table", "write [tool.shave.run] and [[tool.shave.probe]]")
    return table


def _read(path: Path, table: Mapping[str, Any] | None) -> Settings:
    tables = table or {}
    lint = {key: tables[key] for key in tables.keys() & {"lint"}}
    linting = toml_reader.value(path, lint, _Linting, "docs/lint.md")
    document = toml_reader.value(path, tables, _Document, "docs/probes.md")
    globs = {_placed(path.parent, glob): words for glob, words in linting.lint.per_file_ignores.items()}
    lint_settings = structs.replace(linting.lint, per_file_ignores=globs)
    return Settings(*checked(path, document.run, document.probe), path, document.check, lint_settings)


def _placed(directory: Path, glob: str) -> str:
    """A glob of paths below a directory as one of absolute paths; one of names as it is."""
    return f"{escaped(str(directory.resolve()))}/{glob}" if "/" in glob and not glob.startswith("/") else glob


def checked(path: Path, run: RunOptions, probes: Iterable[Probe]) -> tuple[RunOptions, tuple[Probe, ...]]:
    """What ``[run]`` and ``[[probe]]`` of the file ``path`` say, if it can be meant; host paths become absolute."""
    good = tuple(_checked(path, probe) for probe in probes)
    _distinct(path, good)
    return _checked_run(path, run), good


def _checked_run(path: Path, run: RunOptions) -> RunOptions:
    variables(f"{path}: run.env", run.env)
    if run.ready.http and run.ready.tcp:
        raise UsageError(f"{path}: run.ready has both http and tcp", "keep one of them")
    if run.ready.http:
        _checked_url(f"{path}: run.ready.http", run.ready.http)
    if run.ready.tcp:
        address(run.ready.tcp, f"{path}: run.ready.tcp")
    _positive(f"{path}: run.ready.timeout", run.ready.timeout)
    return structs.replace(run, mounts=tuple(_mount(text, path.parent, f"{path}: run.mounts") for text in run.mounts))


def variables(where: str, env: Mapping[str, str]) -> None:
    """Raise UsageError, naming ``where``, for what execve(2) cannot hand on as environment."""
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + value:
            raise UsageError(f"{where}: {name!r} is no name of a variable", 'write env = { NAME = "value" }')


def _checked(path: Path, probe: Probe) -> Probe:
    """The probe with its script's path made absolute, if it is one that can be asked."""
    where = f"{path}: probe {probe.name!r}"
    if not probe.name or not probe.name.isprintable():
        raise UsageError(f"{where}: name must be printable and not empty", 'write name = "home"')
    if probe.name in (START, HEALTHCHECK):
        raise UsageError(f"{where}: the name is taken by the image's own {probe.name}", "choose another name")
    given = [kind for kind in KINDS if getattr(probe, kind) is not None]
    if len(given) != 1:
        found = " and ".join(given) or "none"
        raise UsageError(f"{where} has {found}: expected exactly one of {', '.join(KINDS)}", "make it one probe each")
    _positive(f"{where}: timeout", probe.timeout)
    for arguments in (probe.exec, probe.command):
        if arguments is not None and (not arguments or any("\0" in argument for argument in arguments)):
            raise UsageError(f"{where}: {given[0]} must name a program", f'write {given[0]} = ["program", "argument"]')
    if probe.http is not None:
        _checked_http(where, probe.http)
    if probe.tcp is not None:
        address(probe.tcp, f"{where}: tcp")
    if probe.script is not None:
        return structs.replace(probe, script=_script(where, probe.script, path.parent))
    return probe


def _checked_http(where: str, http: Http) -> None:
    _checked_url(f"{where}: http.url", http.url)
    if not _TOKEN.fullmatch(http.method):
        raise UsageError(f"{where}: http.method {http.method!r} is no method", "write GET, POST, HEAD …")
    if http.expect_status and not 100 <= http.expect_status <= 599:
        raise UsageError(f"{where}: http.expect_status {http.expect_status} is no status", "expected 100 to 599")
    for name, value in http.headers.items():
        if not _TOKEN.fullmatch(name) or not value.isprintable():
            raise UsageError(
                f"{where}: http.headers: {name!r} is no header", 'write headers = { Accept = "text/html" }'
            )


def _checked_url(where: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isprintable():
        raise UsageError(f"{where}: {url!r} is no URL", "write http://localhost:8080/path (or https://)")


def address(text: str, where: str = "") -> tuple[str, int]:
    """Host and port of ``host:port`` or ``[IPv6]:port``. Raises UsageError, naming ``where``."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit()) or not 0 < int(port[:6]) < 65536:
        raise UsageError(f"{where or 'tcp'}: {text!r} is no address", 'write "localhost:6379"')
    return host.removeprefix("[").removesuffix("]"), int(port)


def _positive(where: str, seconds: float) -> None:
    if not 0 < seconds <= 86400:
        raise UsageError(f"{where}: {seconds:g} is no time limit", "expected seconds, more than 0 and at most 86400")


def _script(where: str, given: str | tuple[str, ...], base: Path) -> str | tuple[str, ...]:
    """A script by its absolute path; of a program with arguments, a name alone is looked for as the shell does."""
    if isinstance(given, str):
        return _program(where, given, base)
    if not given or any("\0" in argument for argument in given):
        raise UsageError(f"{where}: script must name a program", 'write script = ["program", "argument"]')
    program, *arguments = given
    found = None if "/" in program else shutil.which(program)
    return (found or _program(where, program, base), *arguments)


def _tests(command: str, probes: Iterable[Probe]) -> Probe:
    if not command.strip() or "\0" in command:
        raise UsageError("--from-tests: no command", "write --from-tests 'pytest tests/smoke'")
    if any(probe.name == TESTS for probe in probes):
        raise UsageError(f"--from-tests: a probe is named {TESTS!r} already", "rename it, or leave it out with --probe")
    return Probe(TESTS, script=("/bin/sh", "-c", command), timeout=_TESTS_SECONDS)


def _program(where: str, text: str, base: Path) -> str:
    script = (base / text).absolute()
    if not script.is_file() or not os.access(script, os.X_OK):
        raise UsageError(
            f"{where}: script {text} is no program at {script}", "paths are relative to the file; chmod +x"
        )
    return str(script)


def _mount(text: str, base: Path, where: str) -> str:
    """``SOURCE:TARGET[:ro]`` with an absolute source that exists."""
    source, colon, rest = text.partition(":")
    target, _, mode = rest.partition(":")
    if not source or not colon or not target.startswith("/") or mode not in ("", "ro", "rw"):
        raise UsageError(f"{where}: {text!r} is no mount", 'write "./fixtures:/data:ro"')
    found = (base / Path(source).expanduser()).absolute()
    try:
        found.stat()
    except OSError as error:
        raise UsageError(f"{where}: {source} is not at {found}", "give a host path that exists") from error
    return f"{found}:{target}" + (":ro" if mode == "ro" else "")


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--env: {name!r} has no value", "write --env NAME=value")
    return name, value


def _network(text: str) -> Literal["none", "host"]:
    if text not in ("none", "host"):
        raise UsageError(f"--network: {text!r} is no network", "expected none or host")
    return "host" if text == "host" else "none"


def _ready(text: str, timeout: float) -> Ready:
    if "://" in text:
        _checked_url("--ready", text)
        return Ready(http=text, timeout=timeout)
    address(text, "--ready")
    return Ready(tcp=text, timeout=timeout)


def _chosen(probes: tuple[Probe, ...], only: Sequence[str], no_probe: bool) -> tuple[Probe, ...]:
    if no_probe and only:
        raise UsageError("--probe and --no-probe contradict each other", "give one of them")
    if no_probe:
        return ()
    names = [probe.name for probe in probes]
    for name in only:
        if name not in names:
            hint = toml_reader.nearest(name, names, f"configured: {', '.join(names) or 'none'}")
            raise UsageError(f"--probe: there is no probe {name!r}", hint)
    return tuple(probe for probe in probes if not only or probe.name in only)


def _distinct(path: Path, probes: Iterable[Probe]) -> None:
    seen: set[str] = set()
    for probe in probes:
        if probe.name in seen:
            raise UsageError(f"{path}: two probes are named {probe.name!r}", "give each a name of its own")
        seen.add(probe.name)
