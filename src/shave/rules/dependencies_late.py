"""Sources are copied before dependencies are installed.

What: a COPY takes all of the context, and a RUN behind it installs what a manifest in it names.

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

from msgspec import Struct

from shave.directories import absolute, workdir
from shave.dockerfile.edits import Edit
from shave.dockerfile.lexer import expand
from shave.dockerfile.parts import Instruction
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import removed
from shave.rules.known import Known
from shave.rules.protocol import Rule


class _Manifest(Struct, frozen=True):
    """Calls that install what files name, and these files; ``option`` is the one that names the file."""

    verbs: frozenset[str]
    files: str = ""
    option: tuple[str, ...] = ()


_MANIFESTS = {
    "pip": _Manifest(frozenset({"install"}), option=("-r", "--requirement")),
    "npm": _Manifest(frozenset({"ci", "install", "i"}), "package.json package-lock.json*"),
    "yarn": _Manifest(frozenset({"install", ""}), "package.json yarn.lock*"),
    "pnpm": _Manifest(frozenset({"install", "i"}), "package.json pnpm-lock.yaml*"),
    "go": _Manifest(frozenset({"mod"}), "go.mod go.sum*"),
    "bundle": _Manifest(frozenset({"install"}), "Gemfile Gemfile.lock*"),
    "composer": _Manifest(frozenset({"install"}), "composer.json composer.lock*"),
}
_CONSTRAINTS = ("-c", "--constraint")
_LOCAL = frozenset({"-e", "--editable", "-f", "--find-links", "--no-index"})
_AROUND = frozenset({"cache", "purge", "clean", "config"})
_HARMLESS = frozenset({"rm", "cd", "set", "echo", "apt-get", "mkdir", "true"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that installs dependencies right behind a COPY of everything."""
    for step in recipe.runs:
        copy = recipe.before(step)
        if copy and copy.keyword == "COPY" and _takes_all(copy.instruction) and (files := _files(step)):
            yield _finding(recipe, copy, step, files)


def _takes_all(instruction: Instruction) -> bool:
    words = [word.value for word in instruction.arguments]
    return len(words) == 2 and words[0] in (".", "./") and not instruction.flag("from")


def _files(step: Step) -> str:
    """The manifests that the RUN installs from, "" if it does more than that."""
    found: list[str] = []
    for call in step.calls:
        manifest = _MANIFESTS.get(call.tool)
        if manifest and call.verb in manifest.verbs and not _targets(call):
            found.append(_named(call, manifest) if manifest.option else manifest.files)
        elif call.tool not in _HARMLESS and call.verb not in _AROUND:
            return ""
    return " ".join(found) if found and all(found) and not any("/" in name for name in found) else ""


def _named(call: Call, manifest: _Manifest) -> str:
    """All files that options name, "" if something else of the context is installed or read with them."""
    if any((word or "").partition("=")[0] in _LOCAL for word in call.words):
        return ""
    words, found = call.words, []
    for at, word in enumerate(words):
        name, equals, value = (word or "").partition("=")
        if name in (*manifest.option, *_CONSTRAINTS):
            found.append(value if equals else (words[at + 1 : at + 2] or ("",))[0])
    is_meant = any((word or "").partition("=")[0] in manifest.option for word in words)
    return " ".join(name or "" for name in found) if is_meant and all(found) else ""


def _targets(call: Call) -> tuple[str | None, ...]:
    return () if call.tool == "go" and call.targets == ("download",) else call.targets


def _finding(recipe: Recipe, copy: Step, step: Step, files: str) -> LintFinding:
    text = copy.file.text
    keyword = copy.instruction.name.value
    line_end = b"\r\n" if text[copy.start : copy.instruction.end].endswith(b"\r\n") else b"\n"
    again = text[copy.start : copy.end] + line_end
    at = step.instruction.end
    whole = text[at - 1 : at] == b"\n"
    edits = (
        Edit(*_span(copy), f"{keyword} {files} ./".encode() + line_end),
        Edit(at, at, (b"" if whole else line_end) + again),
    )
    return LintFinding(
        "SHV223",
        "info",
        "each change of a source installs all dependencies anew, and ships their layer again",
        copy.number,
        copy.start,
        copy.end,
        advice=f"copy {files} before the installation, and the rest behind it",
        fix=Fix("copy the manifest first", edits, is_safe=False) if _is_here(recipe, copy) else None,
        about=About("each release", (step.number,)),
    )


def _span(copy: Step) -> tuple[int, int]:
    edit = removed(copy)
    return copy.start, edit.end


def _is_here(recipe: Recipe, copy: Step) -> bool:
    """Whether what is copied goes to the working directory, where the manifest is looked for."""
    here = workdir(recipe, copy)
    target = expand(copy.instruction.arguments[1].value, copy.variables, copy.file.escape)
    return not copy.instruction.flags and absolute(target, here) == here


RULE = Rule("SHV223", "Sources are copied before dependencies are installed", "info", (), look)
