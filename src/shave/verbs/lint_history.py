"""Whether an entry of an image's history is of a step of a Dockerfile, in the words of every builder.

Seen in histories of BuildKit (Docker 20.10 and 26), the classic builder, buildah 1.39 and podman 4.3; of kaniko by its
source. What they write: moby builder/dockerfile/dispatchers.go, buildkit dockerfile2llb/convert.go (commitToHistory),
buildah imagebuildah/stage_executor.go (getCreatedBy), kaniko pkg/executor/build.go (saveLayerToImage).
"""

import re
from collections.abc import Mapping

from msgspec import Struct

from shave.dockerfile.lexer import expand
from shave.dockerfile.parts import Heredoc
from shave.history import instruction
from shave.oci import HistoryEntry
from shave.recipe import Step

COPYING = frozenset({"COPY", "ADD"})
WRITING = COPYING | {"RUN"}
"""What makes a layer. WORKDIR may, of one directory."""
_COPIED = re.compile(r"(?:--\w+=\S*?)?(?:file|dir|multi):[0-9a-f]+ in ")
_LIKE = 0.3
"""Fewer words in common, and two commands are not the same one edited."""


class Said(Struct, frozen=True):
    """An entry as an instruction: its keyword, what follows it with single spaces, the words of that."""

    keyword: str
    text: str
    words: frozenset[str]
    is_empty: bool
    is_merge: bool


def said(entry: HistoryEntry) -> Said:
    """What an entry of the history says.

    ``is_merge`` if its layer has what entries before it wrote that have none: that of ``docker build --squash``, and
    each that buildah committed, for which no RUN is empty.
    """
    whole = _plain(instruction(entry.created_by))
    keyword, _, text = whole.partition(" ")
    if whole and not keyword.isupper():  # the classic builder runs arrays as they are
        keyword, text = "RUN", whole
    is_squash = not entry.created_by and entry.comment.startswith("merge sha256:")
    is_merge = is_squash or entry.comment.startswith("FROM ")
    return Said(keyword, text, frozenset(text.split()), entry.empty_layer, is_merge)


class Wanted(Struct, frozen=True):
    """A step as histories may say it: any of ``texts``, or for COPY and ADD any sources to ``destination``.

    ``is_known`` unless a variable is in it that only the build knew.
    """

    keyword: str
    texts: tuple[str, ...]
    words: frozenset[str]
    destination: str = ""
    is_known: bool = True


def wanted(step: Step, environment: Mapping[str, str]) -> Wanted:
    """What histories say of a step; ``environment`` is the image's."""
    if step.keyword == "RUN":
        texts = tuple(dict.fromkeys(_plain(text) for text in _commands(step)))
        return Wanted("RUN", texts, frozenset(texts[0].split()))
    values = {**environment, **step.variables}
    words = [expand(word.value, values, step.file.escape) or word.value for word in step.instruction.arguments]
    text = _plain(" ".join(words))
    known = not any("$" in word.value for word in step.instruction.arguments)
    return Wanted(step.keyword, (text,), frozenset(text.split()), words[-1] if words else "", known)


def likeness(step: Wanted, entry: Said) -> float:
    """1 if the entry is of this step, as far as it says; less the more words differ, 0 for another instruction."""
    if step.keyword != entry.keyword:
        return 0.0
    if step.keyword not in WRITING:
        return 0.5 + 0.5 * _common(step.words, entry.words)
    if _is_same_run(step, entry) if step.keyword == "RUN" else _is_same_copy(step, entry):
        return 1.0
    found = _common(step.words, entry.words)
    return found * 0.9 if found >= _LIKE else 0.0


def _is_same_run(step: Wanted, entry: Said) -> bool:
    """Build arguments may stand before the command, in a form that no reader can be sure of (``|1 A=b sh -c x``)."""
    return any(
        text and (entry.text == text or (entry.text.startswith("|") and entry.text.endswith(f" {text}")))
        for text in step.texts
    )


def _is_same_copy(step: Wanted, entry: Said) -> bool:
    digest = _COPIED.match(entry.text)
    if digest:
        return not step.is_known or entry.text[digest.end() :] == step.destination
    words = " ".join(word for word in entry.text.split() if not word.startswith("--"))
    return not step.is_known or words in step.texts


def _commands(step: Step) -> list[str]:
    """What a RUN runs: the line, also with its flags, the words of an array, the lines of a here-document."""
    code = step.instruction.code
    line = _decode(code.text[step.instruction.operand :])
    whole = _decode(code.text).partition(" ")[2]
    words = " ".join(word.value for word in step.instruction.arguments)
    unwrapped = instruction(f"RUN {words}").partition(" ")[2]
    bodies = [_body(step.file.text, heredoc) for heredoc in step.instruction.heredocs]
    ended = [f"{body}{heredoc.name}" for body, heredoc in zip(bodies, step.instruction.heredocs, strict=True)]
    texts = [line, words, unwrapped, whole, *bodies[:1], "\n".join([line, *ended])]
    shell = " ".join(step.scope.shell(step.instruction.start))  # an entry may have it where no reader knows it
    return [*texts, *(f"{shell} {text}" for text in texts)]


def _body(text: bytes, heredoc: Heredoc) -> str:
    return _decode(text[heredoc.body_start : heredoc.body_end])


def _common(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of words that both have."""
    return len(one & other) / (len(one | other) or 1)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "replace")
