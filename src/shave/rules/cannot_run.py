"""The image cannot run: its base lacks what the program needs to start.

What: the last stage is built on `scratch`, or on an image with another C library or none, and something that a start
needs is not copied: a shell for a command in shell form, the loader and libraries of a program that is linked to them,
the user that USER names, the program itself. Or, on any base, the words of the start mean something else than they look
like: an array that is no JSON, for which a shell is started, or one whose first word is several.

Why: nothing fails when the image is built; the container ends at once, with "no such file or directory". With `--image`
shave doctor looks into the image itself, and what it says stands here.

Where the program is built says how it is linked: gcc and rustc link to the C library of the stage unless they are told
not to, Go does with cgo.

Bad:

    FROM golang:1.22 AS build
    COPY . .
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app
    CMD /app

Good:

    FROM golang:1.22 AS build
    COPY . .
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app
    CMD ["/app"]

Bad:

    FROM gcc:13 AS build
    COPY hello.c .
    RUN gcc -O2 -o /hello hello.c
    FROM scratch
    COPY --from=build /hello /hello
    CMD ["/hello"]

Good:

    FROM gcc:13 AS build
    COPY hello.c .
    RUN gcc -static -O2 -o /hello hello.c
    FROM scratch
    COPY --from=build /hello /hello
    CMD ["/hello"]

Bad, as the loader of glibc is not in Alpine's images:

    FROM rust:1.85 AS build
    COPY . .
    RUN cargo build --release
    FROM alpine:3.20
    COPY --from=build /target/release/app /app
    CMD ["/app"]

Good, as this base has the loader:

    FROM rust:1.85 AS build
    COPY . .
    RUN cargo build --release
    FROM gcr.io/distroless/cc-debian12
    COPY --from=build /target/release/app /app
    CMD ["/app"]

Good, as the shell comes with the system that is unpacked:

    FROM scratch
    ADD rootfs.tar.xz /
    RUN useradd app
    USER app
    CMD bash

Bad, as nobody has that name:

    FROM golang:1.22 AS build
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /app /app
    USER app
    CMD ["/app"]

Good, as the names are copied:

    FROM golang:1.22 AS build
    RUN CGO_ENABLED=0 go build -o /app .
    FROM scratch
    COPY --from=build /etc/passwd /etc/passwd
    COPY --from=build /app /app
    USER nobody
    CMD ["/app"]

Bad, as a shell looks for `[/start.sh]`:

    FROM debian:12-slim
    COPY start.sh /
    ENTRYPOINT [/start.sh]

Good:

    FROM debian:12-slim
    COPY start.sh /
    ENTRYPOINT ["/start.sh"]

Bad, as no program has such a name:

    FROM node:22-slim
    COPY . .
    CMD ["npm start"]

Good:

    FROM node:22-slim
    COPY . .
    CMD ["npm", "start"]

Bad, as there is no Java:

    FROM maven:3 AS build
    RUN mvn package
    FROM scratch
    COPY --from=build /target/app.jar /
    CMD ["java", "-jar", "/app.jar"]

Good, as the libraries are copied, too:

    FROM gcc:13 AS build
    COPY hello.c .
    RUN gcc -O2 -o /hello hello.c
    FROM scratch
    COPY --from=build /lib64/ld-linux-x86-64.so.2 /lib64/
    COPY --from=build /lib/x86_64-linux-gnu/libc.so.6 /lib/x86_64-linux-gnu/
    COPY --from=build /hello /hello
    CMD ["/hello"]

Source: Dockerfile reference, CMD, shell form; gcc(1), -static; cmd/cgo; shave doctor (docs/causes.md)
"""

import json
import posixpath
import re
from collections.abc import Iterator

from shave.causes import diagnose
from shave.dockerfile.edits import Edit
from shave.dockerfile.parts import Word
from shave.dockerfile.scopes import DEFAULT_SHELL
from shave.lint import Fix, LintFinding, Severity
from shave.recipe import Call, Recipe, Step
from shave.reference import is_official
from shave.rules.known import BuiltImage, Known
from shave.rules.protocol import Rule
from shave.rules.settings import said
from shave.rules.starting import bracketed, joined, start, uncopied
from shave.shell import builtins

_STARTS = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
_PLAIN = re.compile(rb"[\w./:=@%+,-]+(?:[ \t]+[\w./:=@%+,-]+)*")
_LINKERS = frozenset({"gcc", "g++", "cc", "c++", "clang", "clang++"})
_LIBRARIES = re.compile(r"(?:^|/)(?:lib|lib64|usr/lib|usr/lib64)(?:/|$)|ld-(?:linux|musl)|libc\.|\.so\b")
_COMPATIBLE = frozenset({"libc6-compat", "gcompat", "erlang"})
_CARGO = re.compile(r"(?:^|/)(?:target|release|\.?cargo/bin)/")
_PLACES = {
    "cargo": _CARGO,
    "rustc": _CARGO,
    "swift": re.compile(r"(?:^|/)\.build/"),
    "cabal": re.compile(r"(?:^|/)(?:\.?cabal/bin|\.local/bin|dist-newstyle)/"),
    "stack": re.compile(r"(?:^|/)(?:\.local/bin|\.stack-work)/"),
    "mix": re.compile(r"(?:^|/)_build/"),
}
"""Where tools write what they link, unless they are told. Source: their manuals."""
_VERBS = {"swift": ("build",), "cabal": ("build", "install"), "stack": ("build", "install"), "mix": ("release",)}
_OUTPUTS = ("-o", "--output", "--installdir", "--local-bin-path")
# Swift's library may be linked statically, to a glibc that is not
_STATIC = re.compile(rb"static(?!-(?:swift-)?stdlib)|linkmode")
_DISTROLESS = re.compile(r"^gcr\.io/distroless/(?!.*:.*debug)|^cgr\.dev/chainguard/static(?!.*dev)")
# Those of the bare that have no C library: scratch, and the one of distroless that is for static programs
_BARE = re.compile(r"^scratch$|distroless/static|chainguard/static")
_OWN_START = re.compile(r"distroless/(?:python|java|nodejs)")
_MUSL = re.compile(r"musl")
_NAMED = re.compile(r"[A-Za-z_][\w.-]*")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What stops a start of the image: by doctor where it is known, else by the Dockerfile."""
    stage = recipe.final
    if stage is None:
        return
    if known.image:
        yield from _diagnosed(recipe, known.image)
        return
    steps = recipe.of(stage.number)
    yield from _misread(recipe, steps)
    if stage.parent is None and (base := recipe.base(stage.number)) is not None:
        if base == "scratch" and not _brings_a_system(steps):
            yield from _unknown_user(steps)
        if base == "scratch" and (started := start(steps)) and (word := uncopied(recipe, steps)):
            text = f"it starts {word}, which nothing brings: scratch has no files"
            yield _finding(started, text, "copy it, with what it needs, or take a base that has it", "error")
        if base == "scratch" or _DISTROLESS.search(base):
            yield from _without_shell(steps, base)
        if recipe.families[stage.number] in ("bare", "alpine"):
            yield from _unloadable(recipe, steps)


def _diagnosed(recipe: Recipe, image: BuiltImage) -> Iterator[LintFinding]:
    steps = recipe.of(recipe.final.number) if recipe.final else ()
    started = next((step for step in reversed(steps) if step.keyword in _STARTS), steps[0])
    for diagnosis in diagnose(image.files, image.explained.survey.image.config):
        if diagnosis.stops:
            yield _finding(started, diagnosis.text, diagnosis.fix, "error", _without_shell_here(started, image))


def _without_shell_here(started: Step, image: BuiltImage) -> Fix | None:
    """What mends a start in shell form, if there is no shell in the image."""
    has_shell = image.files.tree.resolve("bin/sh").path is not None
    return _as_json(started) if started.instruction.form == "shell" and not has_shell else None


def _misread(recipe: Recipe, steps: tuple[Step, ...]) -> Iterator[LintFinding]:
    """A start whose words mean something else than they look like."""
    step = start(steps)
    if step is None or (step.keyword == "CMD" and not _is_alone(recipe, step.stage)):
        return
    for text, fix in filter(None, (bracketed(step), joined(step))):
        yield _finding(step, text, 'write ["program", "argument"], each word in double quotes', "error", fix)


def _is_alone(recipe: Recipe, stage: int) -> bool:
    """Whether a CMD is all that is started, or what an official image hands on: others may take it as one text."""
    above = (step for each in recipe.line(stage) for step in reversed(recipe.of(each)) if step.keyword == "ENTRYPOINT")
    if entrypoint := next(above, None):
        return not entrypoint.instruction.arguments
    return is_official(recipe.base(stage)) and recipe.families[stage] not in ("", "bare")


def _without_shell(steps: tuple[Step, ...], base: str) -> Iterator[LintFinding]:
    """Commands in shell form: of scratch there is no shell unless one is copied."""
    copied = [word for step in steps if step.keyword in ("COPY", "ADD") for word in step.instruction.arguments]
    if _brings_a_system(steps) or any(word.value.rstrip("/").endswith(("/sh", "busybox", "/bin")) for word in copied):
        return
    has_entrypoint = any(step.keyword == "ENTRYPOINT" and step.instruction.form == "json" for step in steps)
    for step in steps:
        if step.keyword == "CMD" and has_entrypoint:
            continue
        arguments = step.instruction.arguments
        is_command = step.keyword in (*_STARTS, "RUN") and step.instruction.form == "shell" and arguments
        has_own = step.scope.shell(step.instruction.start) != DEFAULT_SHELL
        if is_command and not has_own and arguments[0].value.upper() != "NONE":
            text = f"it is run by /bin/sh, which {base} has not"
            yield _finding(
                step, text, "write it as a JSON array", "error", None if _OWN_START.search(base) else _as_json(step)
            )


def _as_json(step: Step) -> Fix | None:
    """The words as an array, where no shell would make anything else of them."""
    if step.keyword == "RUN" or step.shell is None or step.shell.unread:
        return None
    text = step.shell.text.text
    words = text.decode("utf-8", "replace").split()
    words = words[1:] if words[:1] == ["exec"] else words
    if not _PLAIN.fullmatch(text.strip()) or not words or "=" in words[0] or words[0] in builtins():
        return None
    edit = Edit(*step.shell.text.span(0, len(text)), json.dumps(words).encode())
    return Fix("write it as a JSON array", (edit,), is_safe=True)


def _brings_a_system(steps: tuple[Step, ...]) -> bool:
    """Whether a tree that may have a shell goes to "/": an archive, a directory, or what may be one.

    A single file that goes there is told by its name, if the image starts it.
    """
    starts = [call.words[0] for step in steps if step.keyword in _STARTS for call in step.calls if call.words]
    started = {posixpath.basename(word) for word in starts if word}
    copies = ([word.value for word in _copied(step)] for step in steps)
    sources = (word for words in copies if words[-1:] in (["/"], ["./"], ["/."]) for word in words[:-1])
    return any(word.endswith("/") or posixpath.basename(word) not in started for word in sources)


def _unknown_user(steps: tuple[Step, ...]) -> Iterator[LintFinding]:
    if any("passwd" in word.value or word.value in ("/etc", "/etc/", "/") for step in steps for word in _copied(step)):
        return
    for step in steps:
        words = step.instruction.arguments
        if step.keyword == "USER" and words and _NAMED.fullmatch(words[0].value.partition(":")[0]):
            text = f"user {words[0].value.partition(':')[0]} is in no /etc/passwd: scratch has none"
            yield _finding(step, text, "write the user's number, or copy an /etc/passwd", "error")


def _unloadable(recipe: Recipe, steps: tuple[Step, ...]) -> Iterator[LintFinding]:
    """Programs of other stages that were linked to a C library which is not here."""
    words = [word.value for step in steps for word in _copied(step)]
    # Erlang: a release without its runtime takes that of the system
    installed = {word for step in steps for call in step.calls for word in call.words}
    if installed & _COMPATIBLE or _brings_a_system(steps) or any(map(_LIBRARIES.search, words)):
        return
    here = recipe.families[steps[0].stage]
    for step in steps:
        source = step.instruction.flag("from")
        stage = recipe.file.stage(source.value or "") if source and step.keyword == "COPY" else None
        if stage and (call := _linking(recipe, step, stage.number, here)):
            library = "musl" if recipe.families[stage.number] == "alpine" else "glibc"
            base = recipe.base(steps[0].stage)
            text = f"{call.tool} linked what is copied to {library}, whose loader {base} has not"
            advice = "link it statically, or take a base with the same C library"
            yield _finding(step, text, advice, "warning" if base != "scratch" else "error")
            return


def _linking(recipe: Recipe, copy: Step, stage: int, here: str) -> Call | None:
    """The call of a stage that links what is copied, if to the C library of the stage, which is not the one here."""
    there = recipe.families[stage]
    if there in ("", here) or (here == "bare" and not _BARE.search(recipe.base(copy.stage) or "")):
        return None
    text = b" ".join(recipe.file.text[step.start : step.instruction.end] for step in recipe.of(stage))
    if _STATIC.search(text) or _MUSL.search(text.decode("utf-8", "replace")):
        return None
    sources = [word.value for word in _copied(copy)][:-1]
    calls = ((step, call) for step in recipe.of(stage) for call in step.calls)
    linking = [call for step, call in calls if _links(recipe, step, call) and _makes(call, sources)]
    return linking[-1] if linking else None


def _makes(call: Call, sources: list[str]) -> bool:
    """Whether one of the files that are copied is what a call makes, by its name or where its tool writes."""
    output = call.value(*_OUTPUTS)
    if output is not None:
        above = {posixpath.dirname(source) for source in sources} - {"", "/"}
        return posixpath.basename(output.rstrip("/")) in {*map(posixpath.basename, {*sources, *above})}
    place = _PLACES.get(call.tool)
    return place is not None and any(map(place.search, sources))


def _links(recipe: Recipe, step: Step, call: Call) -> bool:
    if call.tool in _LINKERS:
        return bool(call.value("-o")) and not {"-c", "-shared"} & {*call.words}  # "-march" has a "c", too
    if call.tool == "cargo":
        name = (recipe.base(step.stage) or "").rpartition("/")[2]
        is_static = recipe.families[step.stage] == "alpine" and name.startswith("rust")
        return call.verb in ("build", "install") and not is_static
    if call.tool in _VERBS:
        return call.verb in _VERBS[call.tool]
    if call.tool == "dotnet":
        # with its runtime, whose host is linked to the C library of that platform
        is_whole = call.has("--self-contained", "--sc") and call.value("--self-contained", "--sc") != "false"
        return call.verb == "publish" and is_whole and (call.value("-r", "--runtime") or "").startswith("linux-")
    if call.tool == "jlink":
        return True
    if call.tool == "rustc":
        return "lib" not in (call.value("--crate-type") or "")
    if call.tool == "go" and call.verb in ("build", "install"):
        return said(recipe, step, call, "CGO_ENABLED") == "1" and call.value("-buildmode") is None
    return False


def _copied(step: Step) -> Iterator[Word]:
    if step.keyword in ("COPY", "ADD"):
        yield from step.instruction.arguments


def _finding(step: Step, text: str, advice: str, severity: Severity, fix: Fix | None = None) -> LintFinding:
    return LintFinding("SHV218", severity, text, step.number, step.start, step.end, advice=advice, fix=fix)


RULE = Rule("SHV218", "The image cannot run: its base lacks what the program needs to start", "error", (), look)
