"""What steps write, as far as their words say: destinations of COPY and ADD, and of the commands of a RUN.

The table of commands is facts/writes.toml. What is not known is left out: nothing here is a guess about a program.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from posixpath import basename, join
from typing import Literal
from urllib.parse import urlsplit

from msgspec import Struct, convert

from shave.cleaning import mounted
from shave.directories import absolute, absolutes, directories, workdir
from shave.dockerfile.abilities import copied, sources
from shave.dockerfile.lexer import expand
from shave.facts import load
from shave.recipe import Call, Recipe, Step

Kind = Literal["copied", "downloaded", "unpacked", "cloned", "installed", "made"]
ARCHIVE = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tzst|zip|7z|tar\.\w{1,4})$", re.IGNORECASE)
"""Names of archives."""
TAR = re.compile(r"\.(?:tar|tgz|tbz2?|txz|tar\.(?:gz|bz2|xz))$", re.IGNORECASE)
"""Names of those that ADD unpacks."""
# "conf.d" is a directory
_SUFFIX = re.compile(r"\.(?!d$)[A-Za-z]\w{0,5}$|^(?:[A-Z][a-z]+file|LICEN[CS]E|README|artisan|gradlew|mvnw)$")
_OLD_STYLE = re.compile(r"[a-zA-Z]*x[a-zA-Z]*")
_REDIRECTED = re.compile(rb"(?<![0-9<&])1?>{1,2}\s*([\w./~+-]+)")
# Directories that nearly every image has: a file that is copied to one of these is put in it.
_PLACES = frozenset(
    {"", "tmp", "opt", "srv", "root", "usr", "bin", "lib", "local", "src", "share", "home", "etc", "var"}
)


class Write(Struct, frozen=True):
    """A file that a step writes, or a directory with all below it if ``is_tree``; ``call`` is None for COPY and ADD.

    ``path`` is absolute and may be a pattern. ``source`` is what was copied or fetched, "" if not known.
    """

    path: str
    kind: Kind
    step: int
    call: Call | None = None
    is_tree: bool = False
    source: str = ""


class Writer(Struct, frozen=True):
    """A row of the table."""

    names: frozenset[str]
    kind: Kind
    source: str
    file: tuple[str, ...] = ()
    directory: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    named: bool = False
    last: bool = False
    tree: bool = False
    assigned: str = ""
    makes: str = ""
    verbs: frozenset[str] = frozenset()
    when: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


def writes(recipe: Recipe, step: Step) -> tuple[Write, ...]:
    """What a step writes into its layer."""
    if step.keyword in ("COPY", "ADD"):
        return tuple(_copied(recipe, step))
    if step.keyword != "RUN":
        return ()
    found = (write for call, here in directories(recipe, step) for write in _written(step, call, here))
    return tuple(write for write in found if not mounted(step, write.path))


def matches(pattern: str, write: Write) -> bool:
    """Whether a path or pattern of a command means what was written, or something in it, or a directory above it."""
    depth = pattern.count("/")
    above = "/".join(write.path.split("/")[: depth + 1])
    if above.count("/") == depth and (above == pattern or fnmatchcase(above, pattern)):
        return True
    if "*" in write.path and depth == write.path.count("/") and fnmatchcase(pattern, write.path):
        return True
    return write.is_tree and (pattern.startswith(f"{write.path.rstrip('/')}/") or pattern == f"{write.path}/*")


def is_call(call: Call, names: frozenset[str], verbs: frozenset[str], when: tuple[str, ...]) -> bool:
    """Whether a call is of one of these tools, with one of these verbs or options where there are any.

    Letters without a dash are options of tar.
    """
    if call.tool not in names or (verbs and call.verb not in verbs):
        return False
    return not when or call.has(*when) or bool("-x" in when and _OLD_STYLE.fullmatch(_first(call)))


def _first(call: Call) -> str:
    return (call.words[1] or "") if len(call.words) > 1 else ""


def _copied(recipe: Recipe, step: Step) -> Iterator[Write]:
    words = sources(step.instruction)
    local = {word.value for word in copied(step.instruction)}
    names = [expand(word.value, step.variables, step.file.escape) for word in words]
    target = expand(step.instruction.arguments[-1].value, step.variables, step.file.escape) if words else None
    place = absolute(target, workdir(recipe, step))
    for word, name in zip(words, names, strict=True):
        if name and place and target:
            is_remote = step.keyword == "ADD" and word.value not in local
            yield _copy(step, name, place, is_into=len(words) > 1 or _is_directory(target), is_remote=is_remote)


def _is_directory(target: str) -> bool:
    return target.endswith(("/", "/.")) or target in (".", "..") or basename(target) in _PLACES


def _copy(step: Step, name: str, place: str, *, is_into: bool, is_remote: bool) -> Write:
    """One source of a COPY or ADD: a directory's contents go to the destination, a file goes into it or becomes it."""
    if is_remote and (step.instruction.flag("keep-git-dir") or name.endswith(".git") or ".git#" in name):
        return Write(place, "cloned", step.number, is_tree=True, source=name)
    unpacks = step.instruction.flag("unpack")
    if (unpacks and unpacks.value != "false") or (
        step.keyword == "ADD" and not is_remote and not unpacks and TAR.search(name)
    ):
        return Write(place, "unpacked", step.number, is_tree=True, source=name)
    last = basename(urlsplit(name).path if is_remote else name)
    is_file = is_remote or bool(_SUFFIX.search(last)) or "*" in last
    path = join(place, last) if is_file and is_into else place
    return Write(path, "downloaded" if is_remote else "copied", step.number, is_tree=not is_file, source=name)


def _written(step: Step, call: Call, here: str | None) -> Iterator[Write]:
    for row in _writers().get(call.tool, ()):
        if is_call(call, row.names, row.verbs, row.when) and not call.has(*row.but):
            for path, name in _destinations(step, call, row):
                yield from (Write(each, row.kind, step.number, call, row.tree, name) for each in absolutes(path, here))


def _destinations(step: Step, call: Call, row: Writer) -> Iterator[tuple[str, str]]:
    """Where a call writes, and what of: paths as they are written."""
    directory = call.value(*row.directory) or ""
    url = next((word for word in call.operands if word and "://" in word), "")
    if row.assigned:
        yield from (
            (word.removeprefix(row.assigned), "") for word in call.words if word and word.startswith(row.assigned)
        )
    elif row.kind == "downloaded":
        name = _downloaded(step, call, row, url)
        if name:
            yield join(directory, name), url
    elif row.kind == "cloned":
        given_name = call.targets[1] if len(call.targets) > 1 else basename(url).removesuffix(".git")
        if given_name:
            yield given_name, url
    elif row.tree and not row.last:
        yield join(directory or ".", row.makes), ""
    elif row.last and len(call.operands) > 0 and call.operands[-1]:
        target, first = call.operands[-1], call.operands[0] or ""
        is_into = target.endswith("/") or basename(target) in _PLACES or len(call.operands) > 2
        yield join(directory, join(target, basename(first)) if is_into and first != target else target), ""


def _downloaded(step: Step, call: Call, row: Writer, url: str) -> str:
    """The file that a download is written to, "" for standard output."""
    name = call.value(*row.file)
    if name is not None or call.has(*row.file):
        return "" if name in (None, "-", "/dev/null", "/dev/stdout") else name or ""
    if row.named or call.has(*row.named_by):
        return basename(urlsplit(url).path)
    statement, shell = call.statement, step.shell
    if statement and shell and call.spans:
        text = shell.text.text[statement.start : statement.end]
        found = _REDIRECTED.search(text) if statement.kind == "command" else None
        return found[1].decode() if found and found[1] != b"/dev/null" else ""
    return ""


@cache
def _writers() -> dict[str, tuple[Writer, ...]]:
    rows = convert(load("writes")["write"], tuple[Writer, ...])
    return {name: tuple(row for row in rows if name in row.names) for row in rows for name in row.names}
