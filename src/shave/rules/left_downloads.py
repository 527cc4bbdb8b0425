r"""Downloads and temporary files stay in the layer.

What: a RUN fetches an archive, unpacks or installs it, and does not delete it; or leaves files in /tmp, the sources
that it built from, or a directory that mktemp made.

Why: nothing reads them again, and all who pull the image fetch them. A later RUN frees nothing.

Bad:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool.tgz https://example.org/tool.tgz \
        && tar -xzf /tmp/tool.tgz -C /opt

Good:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool.tgz https://example.org/tool.tgz \
        && tar -xzf /tmp/tool.tgz -C /opt \
        && rm -f /tmp/tool.tgz

Bad, as the sources are as large as the program:

    FROM debian:12
    RUN curl -fsSL https://example.org/src.tgz | tar -xzC /tmp && make -C /tmp/src install

Good:

    FROM debian:12
    RUN curl -fsSL https://example.org/src.tgz | tar -xzC /tmp && make -C /tmp/src install && rm -rf /tmp/*

Bad, as nobody knows its name later:

    FROM debian:12
    RUN d="$(mktemp -d)" && curl -fsSL -o "$d/x" https://example.org/x && install "$d/x" /usr/bin/x

Good:

    FROM debian:12
    RUN d="$(mktemp -d)" && curl -fsSL -o "$d/x" https://example.org/x && install "$d/x" /usr/bin/x && rm -rf "$d"

Good, where the directory is the working directory:

    FROM debian:12
    WORKDIR /tmp/build
    RUN wget -q https://example.org/tool.tgz && tar xf tool.tgz -C /opt && rm -rf /tmp/*

Good, as nothing is written:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt

Good, as /tmp is in no layer:

    FROM debian:12
    RUN --mount=type=tmpfs,target=/tmp curl -fsSL -o /tmp/a.deb https://example.org/a.deb && dpkg -i /tmp/a.deb

Good, as the program itself is what was fetched:

    FROM debian:12
    RUN curl -fsSL -o /usr/local/bin/tool https://example.org/tool && chmod +x /usr/local/bin/tool

Source: Docker's guide, Building best practices, RUN; Filesystem Hierarchy Standard 3.0, 3.18 and 5.15
"""

import re
from collections.abc import Iterator

from shave.cleaning import mounted
from shave.directories import absolute, workdir
from shave.lint import About, Fix, LintFinding
from shave.lives import Life, lives
from shave.recipe import Recipe, Step
from shave.recipe_edits import appended
from shave.rules.known import Known
from shave.rules.mounting import is_named_behind
from shave.rules.protocol import Rule
from shave.rules.told import is_below_temporary, is_disposable, is_plain, is_small

_MAKING = frozenset({"make", "gmake", "ninja", "cmake", "meson", "configure"})
_TEMPORARY_NAME = re.compile(rb"(\w+)=[\"']?(?:\$\(|`)\s*mktemp\b")
_UNSURE = frozenset({"gpg", "gpg2", "ln"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What each RUN of the image leaves behind."""
    for step in recipe.runs:
        here = (life for life in lives(recipe) if life.write.step == step.number)
        left = [life for life in here if _is_left(recipe, step, life) and (known.image or not is_small(life))]
        if left:
            yield _finding(recipe, step, left)
        yield from _temporary(step)


def _is_left(recipe: Recipe, step: Step, life: Life) -> bool:
    """Whether nobody deletes it, and nobody needs it behind the RUN."""
    write = life.write
    if life.use("deleted", "moved") or any(use.step != step.number for use in life.uses):
        return False
    if write.kind == "downloaded":
        is_passed = is_below_temporary(write.path) or life.use("unpacked", "installed") is not None
        return is_passed and not is_named_behind(recipe, life, step.number)
    is_built = write.path.startswith("/usr/src") and not write.path.startswith("/usr/src/app") and _makes(step)
    return write.kind in ("unpacked", "cloned") and (is_below_temporary(write.path) or is_built)


def _makes(step: Step) -> bool:
    return any(call.tool in _MAKING for call in step.calls)


def _finding(recipe: Recipe, step: Step, left: list[Life]) -> LintFinding:
    paths = tuple(dict.fromkeys(_named(recipe, step, life) for life in left))
    call = left[0].write.call
    command = f"rm -{'rf' if any(life.write.is_tree for life in left) else 'f'} {' '.join(paths)}"
    edit = appended(step, command) if all(map(is_plain, paths)) else None
    return LintFinding(
        "SHV211",
        "warning",
        f"{' and '.join(life.write.path for life in left[:2])} {'stay' if len(left) > 1 else 'stays'} in the layer",
        step.number,
        call.start if call else step.start,
        call.end if call else step.end,
        advice=f"end the RUN with {command}",
        fix=Fix("delete it in the same RUN", (edit,), all(_is_safe(recipe, life) for life in left)) if edit else None,
        about=About("written", (step.number,), tuple(glob for life in left for glob in _globs(life))),
    )


def _is_safe(recipe: Recipe, life: Life) -> bool:
    """Whether nothing can miss it: no later step names it, and what else is deleted with it is of the same RUN."""
    place = f"{life.write.path}/"
    others = (each.write for each in lives(recipe) if each.write.step < life.write.step)
    is_alone = not (life.write.is_tree and any(each.path.startswith(place) for each in others))
    return is_alone and is_disposable(life) and not is_named_behind(recipe, life, life.write.step)


def _named(recipe: Recipe, step: Step, life: Life) -> str:
    """How a command at the end of the RUN calls it: by its whole name, unless only the base image knows that."""
    path = life.write.path
    if life.write.is_tree and path in ("/tmp", "/var/tmp", "/usr/src"):
        return f"{path}/*"
    words = life.write.call.words if life.write.call else ()
    is_written = any(absolute(word, None) == path for word in words)
    is_moved = any(call.tool in ("cd", "pushd") for call in step.calls)
    is_relative = workdir(recipe, step) == "/" and path.count("/") == 1 and not is_written and not is_moved
    return path[1:] if is_relative else path


def _globs(life: Life) -> tuple[str, ...]:
    path = life.write.path.strip("/")
    return (f"{path}/**",) if life.write.is_tree else (path,)


def _temporary(step: Step) -> Iterator[LintFinding]:
    """Directories of mktemp whose variable no command deletes."""
    shell = step.shell
    if shell is None or shell.unread or b"mktemp" not in shell.text.text or mounted(step, "/tmp"):
        return
    text = shell.text.text
    for found in _TEMPORARY_NAME.finditer(text):
        name = found[1].decode()
        if not re.search(rb"\b(?:rm|mv|trap|find)\b[^\n;&|]*\$\{?" + found[1] + rb"\b", text):
            edit = appended(step, f'rm -rf "${name}"')
            start, end = shell.text.span(found.start(), found.end())
            yield LintFinding(
                "SHV211",
                "warning",
                f"what mktemp makes stays in the layer: nothing deletes ${name}",
                step.number,
                start,
                end,
                advice=f'end the RUN with rm -rf "${name}"',
                fix=Fix("delete it in the same RUN", (edit,), is_safe=_is_sure(step)) if edit else None,
                about=About("written", (step.number,), ("tmp/tmp.*", "tmp/tmp.*/**")),
            )


def _is_sure(step: Step) -> bool:
    """Whether nothing can come in between: gpg's agent makes files while its directory is deleted."""
    return not any(call.tool in _UNSURE for call in step.calls)


RULE = Rule("SHV211", "Downloads and temporary files stay in the layer", "warning", (), look)
