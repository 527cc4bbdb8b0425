"""Which instruction made each layer, from what builders wrote into the image's history."""

import re
from collections.abc import Iterator

from shave.oci import Config, HistoryEntry

_BUILDKIT = " # buildkit"
# The classic builder has this behind the shell, whichever SHELL says, of all but RUN.
_NO_RUN = re.compile(r"[^#]* #\(nop\) +(?=[A-Z]+\b)")
# The shells of RUN: the default, and what SHELL says in well-known images (Dockerfile reference, SHELL).
_SHELL = re.compile(r"(?:/usr)?(?:/bin/)?(?:ba|da|a|z)?sh(?: -[a-z]+(?: pipefail)?)* -[a-z]*c ")
_ARGUMENTS = re.compile(r"\|\d+ .*?(?=(?:/usr)?/bin/(?:ba|da|a|z)?sh )", re.DOTALL)
_DIGEST = re.compile(r"\b((?:file|dir|multi):)([0-9a-f]{12})[0-9a-f]{52}\b")


def layer_instructions(config: Config) -> tuple[str, ...]:
    """The instruction that made each layer, lowest first, in Dockerfile form ("COPY . /app"); "" where history is
    silent.

    Read are the forms of BuildKit (``RUN |1 A=b /bin/sh -c X # buildkit``), of the classic builder
    (``/bin/sh -c #(nop) ADD file:… in /``), of buildah and of kaniko. Source: config.md, history.
    """
    made = [instruction(entry.created_by) for entry in config.history or () if not entry.empty_layer]
    count = len(config.rootfs.diff_ids)
    return tuple(made) if len(made) == count else ("",) * count


def instruction(created_by: str) -> str:
    """One entry of the history as the line of a Dockerfile that made it."""
    text = created_by.strip().removesuffix(_BUILDKIT).strip()
    if no_run := _NO_RUN.match(text):
        return _short(text[no_run.end() :])
    is_run = text.startswith("RUN ")
    text = text.removeprefix("RUN ")
    command = _ARGUMENTS.sub("", text, 1) if text.startswith("|") else text
    shell = _SHELL.match(command)
    if shell:
        return "RUN " + command[shell.end() :].strip()
    return f"RUN {text}" if is_run else _short(text)


def _short(text: str) -> str:
    """Without most of the digests that the classic builder writes for what it copied."""
    return _DIGEST.sub(r"\1\2", text)


def base_layers(config: Config) -> int:
    """How many of the lowest layers came with the base image, as far as history tells; 0 where it does not.

    Nearly every base image ends with a CMD or ENTRYPOINT, and what is built on it goes on below that. So the base ends
    with the last of these that has a layer above it.
    """
    layers = found = 0
    for entry, later in _with_later_layer(config.history or ()):
        layers += not entry.empty_layer
        if entry.empty_layer and later and instruction(entry.created_by).startswith(("CMD", "ENTRYPOINT")):
            found = layers
    return found if layers == len(config.rootfs.diff_ids) else 0


def _with_later_layer(history: tuple[HistoryEntry, ...]) -> Iterator[tuple[HistoryEntry, bool]]:
    last = max((number for number, entry in enumerate(history) if not entry.empty_layer), default=-1)
    return ((entry, number < last) for number, entry in enumerate(history))
