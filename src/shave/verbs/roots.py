"""Where a plan begins: what runs used, what every image keeps, what the config and the user name."""

import re
from collections.abc import Callable, Iterator
from posixpath import join

from msgspec import Struct, convert

from shave.closure import Root
from shave.evidence import USED, Evidence
from shave.facts import load
from shave.globs import matcher
from shave.history import layer_instructions
from shave.needs import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.plan import Grain
from shave.reason import Reason
from shave.scene import Scene
from shave.tree import Tree, is_program, parents

_WORD = re.compile(r"[^\s;|&()<>'\"`$]+")
_PASSWD_BYTES = 1 << 20


class Wish(Struct, frozen=True):
    """What the user asks of a plan: the grain, application directories kept whole, globs and units to keep, globs to
    drop.
    """

    grain: Grain = "unit"
    app: bool = False
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    keep_units: tuple[str, ...] = ()


class _Always(Struct, frozen=True):
    paths: tuple[str, ...]
    why: str
    source: str


def roots(files: Files, config: Config, evidence: Evidence, wish: Wish) -> Iterator[Root]:
    """What stays in any case, as programs name it."""
    tree = files.tree
    for access in evidence.accesses:
        used = USED.intersection(access.how)
        if used:
            reason = Reason("trace", f"{', '.join(sorted(used))} by {', '.join(access.probes)}")
            yield access.path, reason
            if "created" in used and tree.resolve(access.path).path is None:
                yield _standing(tree, access.path), Reason("trace", f"{access.path} was created below it")
    for fact in convert(load("always")["always"], tuple[_Always, ...]):
        yield from ((path, Reason("always", fact.why)) for path in fact.paths)
    yield from _configured(files, config)
    chosen = matcher(wish.keep)
    yield from ((path, Reason("glob", "kept by the user")) for path in tree.nodes if chosen(path))
    if wish.app:
        yield from _application(tree, config)


def _standing(tree: Tree, path: str) -> str:
    """The nearest directory above ``path`` that the image has: what was made there could not be without it."""
    return next((above for above in parents(path.strip("/")) if tree.resolve(above).path is not None), "")


def _configured(files: Files, config: Config) -> Iterator[Root]:
    run = config.run
    yield run.working_dir or "/", Reason("always", "working directory")
    yield from ((volume, Reason("always", "volume")) for volume in run.volumes or ())
    yield from ((path, Reason("always", "health check")) for path in _health_programs(files.tree, config))
    home = environment(config).get("HOME") or _home(files, run.user.partition(":")[0] or "0")
    yield home, Reason("always", "home directory")


def _health_programs(tree: Tree, config: Config) -> Iterator[str]:
    """The programs that the health check names, wherever in its words: no run shows them when it is never asked."""
    check = config.run.healthcheck
    command = check.command(config.run.shell) if check else ()
    directories = environment(config).get("PATH", DEFAULT_PATH).split(":")
    for word in (word for argument in command for word in _WORD.findall(argument)):
        candidates = (word,) if word.startswith("/") else tuple(join(directory, word) for directory in directories)
        yield from (path for path in candidates if (found := tree.resolve(path).path) and is_program(tree.get(found)))


def _home(files: Files, user: str) -> str:
    """The home of a user, by name or number, as a runtime sets HOME: the field of passwd(5), else the root."""
    path = files.tree.resolve("/etc/passwd").path
    entry = files.tree.get(path) if path else None
    text = files.read(path, 0, _PASSWD_BYTES) if path and entry and entry.kind == "file" else b""
    lines = (line.split(":") for line in text.decode("utf-8", "surrogateescape").split("\n"))
    return next((words[5] for words in lines if len(words) > 5 and user in (words[0], words[2])), "/")


def _application(tree: Tree, config: Config) -> Iterator[Root]:
    copied = {number for number, text in enumerate(layer_instructions(config)) if text.startswith(("COPY", "ADD"))}
    below = application_directory(config)
    for path, node in tree.nodes.items():
        if below(path) or (node.layer in copied and node.entry.kind != "directory"):
            yield path, Reason("grain", "application file")


def application_directory(config: Config) -> Callable[[str], bool]:
    """Whether a path is at or below WORKDIR, where that is a directory of its own and not one of the system's."""
    workdir = (config.run.working_dir or "").strip("/")
    if workdir in load("application")["system"]:
        return lambda path: False
    return lambda path: path == workdir or path.startswith(workdir + "/")


def asked(scene: Scene, wish: Wish) -> Iterator[Root]:
    """What is of the packages that the user wants whole."""
    for package in scene.catalog.packages:
        if package.unit in wish.keep_units:
            yield from ((path, Reason("glob", f"{package.unit} was asked for")) for path in package.paths)
