"""The image cannot run: its base lacks what the program needs to start.

What: the last stage is built on `scratch`, or on an image with another C library or none, and something that a start
needs is not copied: a shell for a command in shell form, the loader and libraries of a program that is linked to them,
the user that USER names.

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
import re
from collections.abc import Iterator

from shave.causes import diagnose
from shave.dockerfile.edits import Edit
from shave.dockerfile.parts import Word
from shave.lint import Fix, LintFinding, Severity
from shave.recipe import Call, Recipe, Step
from shave.rules.known import BuiltImage, Known
from shave.rules.protocol import Rule

_STARTS = ("CMD", "ENTRYPOINT", "HEALTHCHECK")
_PLAIN = re.compile(rb"[\w./:=@%+,-]+(?:[ \t]+[\w./:=@%+,-]+)*")
_LINKERS = frozenset({"gcc", "g++", "cc", "c++", "clang", "clang++"})
_LIBRARIES = re.compile(r"(?:^|/)(?:lib|lib64|usr/lib|usr/lib64)(?:/|$)|ld-(?:linux|musl)|libc\.|\.so\b")
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
    if stage.parent is None and (base := recipe.base(stage.number)) is not None:
        steps = recipe.of(stage.number)
        if base == "scratch":
            yield from _without_shell(steps)
            yield from _unknown_user(steps)
        if recipe.families[stage.number] in ("bare", "alpine"):
            yield from _unloadable(recipe, steps)


def _diagnosed(recipe: Recipe, image: BuiltImage) -> Iterator[LintFinding]:
    steps = recipe.of(recipe.final.number) if recipe.final else ()
    start = next((step for step in reversed(steps) if step.keyword in _STARTS), steps[0])
    for diagnosis in diagnose(image.files, image.explained.survey.image.config):
        if diagnosis.stops:
            yield _finding(start, diagnosis.text, diagnosis.fix, "error")


def _without_shell(steps: tuple[Step, ...]) -> Iterator[LintFinding]:
    """Commands in shell form: of scratch there is no shell unless one is copied."""
    copied = [word for step in steps if step.keyword in ("COPY", "ADD") for word in step.instruction.arguments]
    if any(word.value.rstrip("/").endswith(("/sh", "busybox", "/bin")) for word in copied):
        return
    for step in steps:
        arguments = step.instruction.arguments
        is_command = step.keyword in (*_STARTS, "RUN") and step.instruction.form == "shell" and arguments
        if is_command and arguments[0].value.upper() != "NONE":
            text = "it is run by /bin/sh, which scratch has not"
            yield _finding(step, text, "write it as a JSON array", "error", _as_json(step))


def _as_json(step: Step) -> Fix | None:
    """The words as an array, where no shell would make anything else of them."""
    if step.keyword == "RUN" or step.shell is None or step.shell.unread:
        return None
    text = step.shell.text.text
    if not _PLAIN.fullmatch(text.strip()) or b"=" in text.split()[0]:
        return None
    words = json.dumps(text.decode().split())
    edit = Edit(*step.shell.text.span(0, len(text)), words.encode())
    return Fix("write it as a JSON array", (edit,), is_safe=True)


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
    if "/" in words or any(map(_LIBRARIES.search, words)):
        return
    here = recipe.families[steps[0].stage]
    for step in steps:
        source = step.instruction.flag("from")
        stage = recipe.file.stage(source.value or "") if source and step.keyword == "COPY" else None
        if stage and (call := _linking(recipe, stage.number, here)):
            library = "musl" if recipe.families[stage.number] == "alpine" else "glibc"
            base = recipe.base(steps[0].stage)
            text = f"{call.tool} linked what is copied to {library}, whose loader {base} has not"
            advice = "link it statically, or take a base with the same C library"
            yield _finding(step, text, advice, "warning" if base != "scratch" else "error")
            return


def _linking(recipe: Recipe, stage: int, here: str) -> Call | None:
    """The last call of a stage that links a program, if to the C library of the stage, which is not the one here."""
    there = recipe.families[stage]
    calls = [call for step in recipe.of(stage) for call in step.calls]
    if there in ("", here) or (here == "bare" and "busybox" in (recipe.base(_last(recipe)) or "")):
        return None
    text = b" ".join(recipe.file.text[step.start : step.instruction.end] for step in recipe.of(stage))
    if b"static" in text or _MUSL.search(text.decode("utf-8", "replace")) or b"linkmode" in text:
        return None
    linking = [call for call in calls if _links(recipe, stage, call)]
    return linking[-1] if linking else None


def _last(recipe: Recipe) -> int:
    return recipe.final.number if recipe.final else 0


def _links(recipe: Recipe, stage: int, call: Call) -> bool:
    if call.tool in _LINKERS:
        return bool(call.value("-o")) and not call.has("-c", "-shared")
    if call.tool == "cargo":
        return call.verb in ("build", "install")
    if call.tool == "jlink":
        return True
    if call.tool == "rustc":
        return "lib" not in (call.value("--crate-type") or "")
    if call.tool == "go" and call.verb in ("build", "install"):
        return b"CGO_ENABLED=1" in recipe.file.text[: call.end] and call.value("-buildmode") is None
    return False


def _copied(step: Step) -> Iterator[Word]:
    if step.keyword in ("COPY", "ADD"):
        yield from step.instruction.arguments


def _finding(step: Step, text: str, advice: str, severity: Severity, fix: Fix | None = None) -> LintFinding:
    return LintFinding("SHV218", severity, text, step.number, step.start, step.end, advice=advice, fix=fix)


RULE = Rule("SHV218", "The image cannot run: its base lacks what the program needs to start", "error", (), look)
