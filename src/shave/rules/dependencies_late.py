"""Sources are copied before dependencies are installed.

What: a COPY or ADD takes all of the context, and the RUN behind it installs what a manifest in it names.

Why: each change of a source makes the layer of the dependencies anew. The build takes longer, and whoever pulls the
next version fetches all dependencies again, although none has changed. With `--image` the finding says the bytes of
that layer. They are in no sum, as they are saved of each release and not of one image.

The fix copies the manifest first. It is not safe: an installation may read other files of the context, such as a
local package.

Bad:

    FROM python:3.11-slim
    WORKDIR /app
    COPY . .
    RUN pip install --no-cache-dir -r requirements.txt
    CMD ["python", "app.py"]

Good:

    FROM python:3.11-slim
    WORKDIR /app
    COPY requirements.txt ./
    RUN pip install --no-cache-dir -r requirements.txt
    COPY . .
    CMD ["python", "app.py"]

Bad:

    FROM node:20-slim
    WORKDIR /app
    COPY . /app
    RUN npm ci --omit=dev && npm cache clean --force

Good:

    FROM node:20-slim
    WORKDIR /app
    COPY package.json package-lock.json* ./
    RUN npm ci --omit=dev && npm cache clean --force
    COPY . /app

Bad:

    FROM python:3.11-slim
    ADD . /srv/app
    WORKDIR /srv
    RUN pip install --no-cache-dir -r /srv/app/requirements.txt

Good:

    FROM python:3.11-slim
    ADD requirements.txt /srv/app/
    WORKDIR /srv
    RUN pip install --no-cache-dir -r /srv/app/requirements.txt
    ADD . /srv/app

Bad, where the project itself is installed with them, so that its manifest is not enough:

    FROM python:3.11-slim
    WORKDIR /app
    COPY . .
    RUN uv sync --no-cache

Good, as they are installed before:

    FROM python:3.11-slim
    WORKDIR /app
    COPY pyproject.toml uv.lock ./
    RUN uv sync --no-cache --no-install-project
    COPY . .
    RUN uv sync --no-cache

Good, as something else happens in the same RUN:

    FROM node:20-slim
    WORKDIR /app
    COPY . .
    RUN npm ci && npm run build && npm prune --omit=dev && npm cache clean --force

Good, as the layers are not in the image:

    FROM golang:1.22 AS build
    COPY . .
    RUN go mod download
    RUN go build -o /app .
    FROM scratch
    COPY --from=build /app /app

Source: Docker documentation, Optimizing cache usage, Order your layers
"""

from collections.abc import Iterator
from posixpath import dirname

from msgspec import Struct

from shave.directories import absolute, directories, is_of_base, workdir
from shave.dockerfile.edits import Edit
from shave.dockerfile.lexer import expand
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.rules.known import Known
from shave.rules.protocol import Rule


class _Manifest(Struct, frozen=True):
    """Calls that install what files name: ``files``, or those of an ``option``.

    ``inner`` are the words that may stand behind the verb. Without the option ``alone`` the project itself, with its
    sources, is installed, too; "" where it never is.
    """

    tools: tuple[str, ...]
    verbs: frozenset[str]
    files: str = ""
    option: tuple[str, ...] = ()
    inner: frozenset[str] = frozenset()
    alone: str = ""


_MANIFESTS = (
    _Manifest(("pip",), frozenset({"install"}), option=("-r", "--requirement")),
    _Manifest(
        ("uv",), frozenset({"pip"}), option=("-r", "--requirement", "--requirements"), inner=frozenset({"install"})
    ),
    _Manifest(("uv",), frozenset({"sync"}), "pyproject.toml uv.lock*", alone="--no-install-project"),
    _Manifest(("poetry",), frozenset({"install", "sync"}), "pyproject.toml poetry.lock*", alone="--no-root"),
    _Manifest(("pipenv",), frozenset({"install", "sync"}), "Pipfile Pipfile.lock*"),
    _Manifest(("conda", "mamba"), frozenset({"env"}), option=("-f", "--file"), inner=frozenset({"create", "update"})),
    _Manifest(("npm",), frozenset({"ci", "install", "i"}), "package.json package-lock.json*"),
    _Manifest(("yarn",), frozenset({"install", ""}), "package.json yarn.lock*"),
    _Manifest(("pnpm",), frozenset({"install", "i"}), "package.json pnpm-lock.yaml*"),
    _Manifest(("go",), frozenset({"mod"}), "go.mod go.sum*", inner=frozenset({"download"})),
    _Manifest(("bundle",), frozenset({"install"}), "Gemfile Gemfile.lock*"),
    _Manifest(("composer",), frozenset({"install"}), "composer.json composer.lock*"),
)
_CONSTRAINTS = ("-c", "--constraint")
_LOCAL = frozenset({"-e", "--editable", "-f", "--find-links", "--no-index"})
_ELSEWHERE = ("--prefix", "--cwd", "-C", "--dir", "--directory", "--project", "--working-dir", "--gemfile")
_AROUND = frozenset({"cache", "purge", "clean", "config"})
_HARMLESS = frozenset({"rm", "cd", "set", "echo", "apt-get", "apk", "dnf", "yum", "mkdir", "true", "ln"})
_SETTING = frozenset({"WORKDIR", "ENV", "ARG", "LABEL", "EXPOSE", "USER"})


class _Installed(Struct, frozen=True):
    """What a RUN installs from: absolute paths; and the options that it lacks to do without other files."""

    paths: tuple[str, ...]
    lacks: tuple[str, ...] = ()


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that installs dependencies right behind a COPY of everything."""
    for step in recipe.runs:
        copy = _copied(recipe, step)
        installed = _installed(recipe, copy, step) if copy else None
        if copy and installed:
            yield from _finding(recipe, copy, step, installed)


def _copied(recipe: Recipe, step: Step) -> Step | None:
    """The COPY of everything before a RUN, with nothing but settings between."""
    before = recipe.before(step)
    while before and before.keyword in _SETTING:
        before = recipe.before(before)
    if before is None or before.keyword not in ("COPY", "ADD") or before.instruction.flag("from"):
        return None
    words = [word.value for word in before.instruction.arguments]
    return before if len(words) == 2 and words[0] in (".", "./") else None


def _installed(recipe: Recipe, copy: Step, step: Step) -> _Installed | None:
    """What the RUN installs from; None if it does more than that, or if it was installed before all is copied."""
    paths: list[str] = []
    lacks: list[str] = []
    for call, here in directories(recipe, step):
        manifest = _manifest(call)
        if manifest:
            found = [absolute(name, here) for name in _names(call, manifest)]
            if not found or None in found or recipe.once(_first).get(call.tool, step.number) < copy.number:
                return None
            paths += [path for path in found if path]
            lacks += [manifest.alone] if manifest.alone and not call.has(manifest.alone) else []
        elif call.tool not in _HARMLESS and call.verb not in _AROUND:
            return None
    return _Installed(tuple(paths), tuple(lacks)) if paths else None


def _manifest(call: Call) -> _Manifest | None:
    """The row of a call that names nothing else to install."""
    rows = (row for row in _MANIFESTS if call.tool in row.tools and call.verb in row.verbs)
    return next((row for row in rows if {*row.inner, *_named(call, row)}.issuperset(call.targets)), None)


def _first(recipe: Recipe) -> dict[str, int]:
    """The step in which a tool installs what the manifest of a project names, for the first time."""
    found: dict[str, int] = {}
    for step in recipe.steps:
        for call in step.calls:
            row = _manifest(call)
            if row and row.files:
                found.setdefault(call.tool, step.number)
    return found


def _names(call: Call, manifest: _Manifest) -> tuple[str, ...]:
    """The files that a call reads; () if something else of the context is installed or read with them."""
    if manifest.files:
        return () if call.has(*_ELSEWHERE) else tuple(manifest.files.split())
    if _LOCAL.difference(manifest.option).intersection((word or "").partition("=")[0] for word in call.words):
        return ()
    is_meant = any((word or "").partition("=")[0] in manifest.option for word in call.words)
    found = _named(call, manifest)
    return tuple(name for name in found if name) if is_meant and all(found) else ()


def _named(call: Call, manifest: _Manifest) -> list[str | None]:
    """The values of the options that name files, "" for one that is missing."""
    words, found = call.words, list[str | None]()
    for at, word in enumerate(words if manifest.option else ()):
        name, equals, value = (word or "").partition("=")
        if name in (*manifest.option, *_CONSTRAINTS):
            found.append(value if equals else (words[at + 1 : at + 2] or ("",))[0])
    return found


def _finding(recipe: Recipe, copy: Step, step: Step, installed: _Installed) -> Iterator[LintFinding]:
    target, here = copy.instruction.arguments[1].value, workdir(recipe, copy)
    place = absolute(expand(target, copy.variables, copy.file.escape), here)
    is_known = place is not None and all(path.startswith(f"{place.rstrip('/')}/") for path in installed.paths)
    if not is_known and not is_of_base(here):
        return
    names = [path.removeprefix(f"{(place or '').rstrip('/')}/") for path in installed.paths]
    files = " ".join(dict.fromkeys(names if is_known else (path.rpartition("/")[2] for path in names)))
    behind = f" and install them with {' and '.join(installed.lacks)}" if installed.lacks else ""
    is_again = absolute(expand(target, step.variables, step.file.escape), workdir(recipe, step)) == place
    folders = {dirname(name) for name in names}
    can_mend = is_known and is_again and len(folders) == 1 and not installed.lacks and not copy.instruction.flags
    folder = "./" if place == here else f"{target.rstrip('/')}/"
    to = f"{folder}{folders.pop()}/" if folders != {""} else folder
    yield LintFinding(
        "SHV223",
        "info",
        "each change of a source installs all dependencies anew, and ships their layer again",
        copy.number,
        copy.start,
        copy.end,
        advice=f"copy {files}{behind or ' before the installation'}, and the rest behind it",
        fix=Fix("copy the manifest first", _edits(copy, step, f"{files} {to}"), is_safe=False) if can_mend else None,
        about=About("each release", (step.number,)),
    )


def _edits(copy: Step, step: Step, words: str) -> tuple[Edit, Edit]:
    """The manifest is copied where all was, and all behind the RUN, indented as before."""
    text = copy.file.text
    line_end = b"\r\n" if text[copy.start : copy.instruction.end].endswith(b"\r\n") else b"\n"
    at = step.instruction.end
    lead = b"" if text[at - 1 : at] == b"\n" else line_end
    again = text[copy.instruction.start : copy.end] + line_end
    manifest = f"{copy.instruction.name.value} {words}".encode()
    return Edit(copy.start, copy.instruction.end, manifest + line_end), Edit(at, at, lead + again)


RULE = Rule("SHV223", "Sources are copied before dependencies are installed", "info", (), look)
