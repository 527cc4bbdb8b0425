"""A COPY takes more of the context than the image needs.

What: `COPY .` takes repositories, installed packages, caches and build outputs, as no .dockerignore leaves them out.

Why: what is copied is in the image, readable for all who pull it, and each change of it makes the layers behind anew. A
repository holds all that was ever committed; `node_modules` or a virtual environment of another machine may not even
work there.

shave reads a context only if it is given (`--context DIR`): then the bytes are measured on its files (unpacked they are
exact, packed they are what gzip would make of them, so that repositories are hardly smaller), by .dockerignore's own
rules, and a `Dockerfile.dockerignore` beside the Dockerfile counts before .dockerignore, as for BuildKit. Without,
this rule is silent. What is left out is proposed only where no step can want it: a repository stays where git is
called, `node_modules` where nothing installs them.

Bad, with .git/objects/pack/a.pack of 9 MB in the context:

    FROM python:3.11-slim
    COPY . /app
    CMD ["python", "/app/main.py"]

Bad, with web/node_modules/a/index.js of 9 MB in the context:

    FROM node:20
    WORKDIR /app
    COPY . .
    RUN npm ci

Good, with main.py of 9 MB in the context:

    FROM python:3.11-slim
    COPY . /app

Good, with .git/objects/pack/a.pack of 9 MB in the context, as git is asked for the version:

    FROM python:3.11-slim
    COPY . /app
    RUN git -C /app describe > /app/VERSION

Good, with .git/objects/pack/a.pack of 9 MB in the context, as only a part is taken:

    FROM python:3.11-slim
    COPY src /app

Good, with .git/objects/pack/a.pack of 9 MB in the context, as the stage is not shipped:

    FROM golang:1.22 AS build
    COPY . /src
    RUN go build -C /src -o /app .
    FROM scratch
    COPY --from=build /app /app

Source: Docker documentation, .dockerignore files; Docker's guide, Building best practices, Exclude with .dockerignore
"""

from collections.abc import Iterator, Mapping
from functools import cache
from posixpath import normpath

from msgspec import Struct, convert

from shave import dockerignore
from shave.dockerfile.abilities import copied
from shave.dockerfile.lexer import expand
from shave.dockerignore import Ignored
from shave.facts import load
from shave.globs import escaped, matcher
from shave.lint import About, Amount, LintFinding
from shave.lives import layers
from shave.recipe import Recipe, Step
from shave.rules.known import Context, Known
from shave.rules.protocol import Rule

_LEAST, _LARGE = 1 << 16, 10_000_000
_SOURCE = "the context's files; packed they are taken for half as large"
_PACKED = "packed bytes of the context are what gzip would make of its files"


class Leave(Struct, frozen=True):
    """A row of the table: lines of a .dockerignore, and which calls speak for or against them."""

    patterns: tuple[str, ...]
    source: str
    when: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each COPY and ADD of the image that takes what it does not need."""
    if known.context is None:
        return
    for step in layers(recipe):
        if step.keyword in ("COPY", "ADD"):
            files = taken(step, known.context)
            left = leaves(recipe, files)
            if sum(map(sum, (each.values() for each in left.values()))) >= _LEAST:
                yield _finding(step, known.context, left)
            gone = {path for each in left.values() for path in each}
            yield from _large(step, known.context, {path: files[path] for path in files if path not in gone})


def is_whole(step: Step) -> bool:
    """Whether a COPY or ADD takes all of the context, whatever it is."""
    return step.keyword in ("COPY", "ADD") and "" in (_source(step, word.value) for word in copied(step.instruction))


def taken(step: Step, context: Context) -> Mapping[str, int]:
    """The files of a context that a COPY or ADD takes, and their bytes."""
    sources = [_source(step, word.value) for word in copied(step.instruction)]
    flags = (flag.value for flag in step.instruction.flags if flag.name == "exclude" and flag.value)
    if not sources:
        return {}
    wanted = matcher(glob for source in sources for glob in (source, f"{source}/**".lstrip("/")))
    ignored = (_ignored(context.ignore or ""), _ignored("\n".join(flags)))
    return {
        path: size
        for path, size in context.files.items()
        if wanted(path) and not any(leaves_out(path) for leaves_out in ignored)
    }


def leaves(recipe: Recipe, files: Mapping[str, int]) -> Mapping[str, Mapping[str, int]]:
    """The lines of a .dockerignore that leave out what the image does not need, and what of these files each does."""
    tools = {call.tool for step in recipe.steps for call in step.calls}
    rows = (row for row in _table() if not row.unless & tools and (not row.when or row.when & tools))
    patterns = [pattern for row in rows for pattern in row.patterns]
    patterns += [path.rpartition("/")[0] for path in files if path.endswith("/pyvenv.cfg")]
    rest, found = dict(files), {}
    for pattern in patterns:
        leaves_out = _ignored(pattern)
        mine = {path: size for path, size in rest.items() if leaves_out(path)}
        if sum(mine.values()):
            found[pattern] = mine
            rest = {path: size for path, size in rest.items() if path not in mine}
    return found


def _source(step: Step, word: str) -> str:
    """A source as a glob over the context, "" for all of it."""
    value = expand(word, step.variables, step.file.escape)
    path = normpath((value if value is not None else word).lstrip("/") or ".")
    return "" if path == "." else path


@cache
def _ignored(text: str) -> Ignored:
    return dockerignore.parse(text)


def _finding(step: Step, context: Context, left: Mapping[str, Mapping[str, int]]) -> LintFinding:
    sizes = {pattern: sum(files.values()) for pattern, files in left.items()}
    total, patterns = sum(sizes.values()), sorted(sizes, key=lambda pattern: -sizes[pattern])
    name = "add to" if context.ignore else "write"
    return LintFinding(
        "SHV207",
        "warning",
        f"{step.keyword} takes {_megabytes(total)} of the context that the image does not need",
        step.number,
        step.start,
        step.end,
        advice=f"{name} .dockerignore: {', '.join(patterns)}",
        about=About("context", (step.number,), tuple(glob for each in patterns for glob in (each, f"{each}/**"))),
        amount=_amount(context, {path: size for each in left.values() for path, size in each.items()}),
    )


def _amount(context: Context, files: Mapping[str, int]) -> Amount:
    total = sum(files.values())
    if context.pack is None:
        return Amount(total // 2, total, measured=False, source=_SOURCE)
    return Amount(context.pack(files), total, source=_PACKED)


def _large(step: Step, context: Context, files: Mapping[str, int]) -> Iterator[LintFinding]:
    """Files that look as if nobody meant to copy them; not of a COPY that names them."""
    is_named = matcher(_source(step, word.value) for word in copied(step.instruction))
    is_large = matcher(glob for row in load("contexts")["large"] for glob in row["globs"])
    found = {path: size for path, size in files.items() if size >= _LARGE and is_large(path) and not is_named(path)}
    if found:
        total, largest = sum(found.values()), max(found, key=lambda path: found[path])
        yield LintFinding(
            "SHV207",
            "info",
            f"{step.keyword} takes {len(found)} large files, {_megabytes(total)}, such as {largest}",
            step.number,
            step.start,
            step.end,
            advice="leave them out with .dockerignore, unless the program reads them",
            about=About("context", (step.number,), tuple(map(escaped, found))),
            amount=_amount(context, found),
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"


@cache
def _table() -> tuple[Leave, ...]:
    return convert(load("contexts")["leave"], tuple[Leave, ...])


RULE = Rule("SHV207", "A COPY takes more of the context than the image needs", "warning", (), look)
