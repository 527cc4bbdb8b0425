"""npm packages as strata: what ``npm ci --omit=dev --ignore-scripts`` leaves, but for its own record of that.

Sources: npm's documentation, "folders" (node_modules/.bin); of npm pacote's ``fetcher.js`` for modes, bin-links'
``link-gently.js`` for which of two commands of one name is linked.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from posixpath import relpath

from msgspec import Struct
from msgspec.structs import replace

from shave.allowance import Allowance
from shave.columns import ENTRIES
from shave.events import Sink
from shave.folded import fold
from shave.lock import LockedModule
from shave.origins.language import Installed, Takes, selection
from shave.origins.node_package import NodePackage, mended, opened
from shave.origins.placing import placed
from shave.parallel import Advance, each
from shave.spec import Spec
from shave.stage import Made, Remark, Stratum, made
from shave.tree import Entry, LayerIndex, Tree


class _Module(Struct, frozen=True):
    """A package, where it lies in the image, and the links to its commands: target by path."""

    package: NodePackage
    home: str
    links: Mapping[str, str] = {}

    @property
    def unit(self) -> str:
        return f"node:{self.package.name}"


def strata(
    modules: Sequence[LockedModule],
    files: Mapping[str, Path],
    spec: Spec,
    tree: Tree,
    directory: Path,
    mtime: int,
    sink: Sink,
) -> Installed:
    """The strata of npm packages over ``tree``; of one that has commands also that of the links to them.

    ``files`` are verified tarballs by the lock's integrity; tars are written into ``directory``. Raises BadImageError
    for a tarball that is broken, CannotError for a file in the way of a directory and for a full disk.
    """
    sizes = {module.integrity: files[module.integrity].stat().st_size for module in modules}
    allowance, home = Allowance(sum(sizes.values())), spec.node.path.strip("/") if spec.node else ""

    def work(item: tuple[int, LockedModule], advance: Advance) -> _Module:
        number, module = item
        package = opened(module, files[module.integrity], directory / f"module-{number}.tar", allowance)
        advance(sizes[module.integrity])
        return _Module(package, f"{home}/{module.path}".lstrip("/"))

    found = _linked(each("node", sum(sizes.values()), enumerate(modules), work, sink))
    takes = selection(spec)
    strata = [_files(module, takes, tree, mtime) for module in found]
    for number, module in enumerate(found):
        rows = list(_commands(module, takes, mtime))
        if rows:
            strata.append(made(module.unit, "packages", rows, directory / f"commands-{number}.tar"))
    return Installed(tuple(strata), tuple(_remarks(modules, found)))


def _linked(modules: Sequence[_Module]) -> tuple[_Module, ...]:
    """The modules with their links. Of two commands of one name that of the module above, or the first, is linked."""
    taken: set[str] = set()
    links: dict[str, dict[str, str]] = {module.home: {} for module in modules}
    for place, home, path, name in sorted(_wanted(modules)):
        link = f"{place[1]}node_modules/.bin/{name}"
        if link not in taken:
            taken.add(link)
            links[home][link] = path
    return tuple(replace(module, links=links[module.home]) for module in modules)


def _wanted(modules: Sequence[_Module]) -> Iterator[tuple[tuple[int, str, str], str, str, str]]:
    for module in modules:
        for command in module.package.commands:
            package = f"{module.home}/{command.below}".rstrip("/")
            above = package.rpartition("node_modules/")[0]
            yield (package.count("node_modules/"), above, package.lower()), module.home, command.path, command.name


def _files(module: _Module, takes: Takes, tree: Tree, mtime: int) -> Stratum:
    package = module.package
    programs = set(module.links.values())
    entries = (
        Entry(
            f"{module.home}/{path}",
            "file",
            0o755 if path in programs else _mode(entry.mode),
            mtime=mtime,
            size=entry.size,
            offset=entry.offset,
            digest=entry.digest,
            sparse=entry.sparse,
        )
        for path, entry in sorted(package.files.items())
        if takes(f"{module.home}/{path}")
    )
    index = fold(ENTRIES, (entry for entry, _ in placed(((entry, ()) for entry in entries), tree, mtime)))
    plain = replace(package.plain, index=LayerIndex("", index, (), (), package.plain.index.tar_bytes))
    return Stratum(module.unit, "packages", plain)


def _mode(said: int) -> int:
    """Source: #entryMode of pacote, with the umask 022."""
    return (said & 0o777 | 0o666) & ~0o022


def _commands(module: _Module, takes: Takes, mtime: int) -> Iterator[Made]:
    """The links, and the files that they lead to where these are not as Linux wants them."""
    rows: dict[str, Made] = {}
    for link, path in module.links.items():
        target, body = f"{module.home}/{path}", module.package.read(path)
        if takes(target) and takes(link):
            directory = link.rpartition("/")[0]
            rows[directory] = Entry(directory, "directory", 0o755, mtime=mtime), b""
            rows[link] = Entry(link, "symlink", 0o777, mtime=mtime, link=relpath(target, directory)), b""
            if (script := mended(body)) != body:
                rows[target] = Entry(target, "file", 0o755, mtime=mtime, size=len(script)), script
    yield from (rows[path] for path in sorted(rows))


def _remarks(modules: Sequence[LockedModule], found: Sequence[_Module]) -> Iterator[Remark]:
    """What npm would run, and nobody does."""
    for module, installed in zip(modules, found, strict=True):
        files = installed.package.files
        if "binding.gyp" in files and not any(path.endswith(".node") for path in files):
            yield Remark(installed.unit, "its native code is not compiled: npm would do that with node-gyp")
        elif module.scripts:
            yield Remark(installed.unit, "the scripts that npm would run to install it are not run")
