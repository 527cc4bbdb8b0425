"""Why a path is kept."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

Because = Literal[
    "trace",
    "need",
    "unit",
    "application",
    "habit",
    "always",
    "glob",
    "directory",
    "symlink",
    "grain",
    "repair",
    "previous",
]


class Reason(Struct, frozen=True, gc=False):
    """A fact or a rule over another path.

    ``because`` is the kind: "trace" (a run used it), "need" (the file at ``source`` names it), "unit" (it was installed
    with ``source``, which is used), "application" (it is nobody's but the image author's), "habit" (programs such as
    ``source`` use it on ways that no run took), "always" (every image keeps it), "glob" (the user said so), "directory"
    (it holds ``source``), "symlink" (it leads to, or is led to by, ``source``), "grain" (the grain keeps it), "repair"
    (a result without it was not the same), "previous" (it is in a layer of the previous result that is taken over).
    ``detail`` says it in words: "opened by probe home", "NEEDED libz.so.1".
    """

    because: Because
    detail: str
    source: str = ""


_FACTS: Final = frozenset[Because]({"trace", "need", "application", "glob", "repair"})


def foremost(reasons: Sequence[Reason]) -> Reason:
    """Of all reasons of a path the one to tell first: a fact of its own, rather than that it stands near others."""
    return next((reason for reason in reasons if reason.because in _FACTS), reasons[0])


class Link(Struct, frozen=True, gc=False):
    """A static link of one file to another: keeping the first means keeping ``target`` (a path of the tree)."""

    target: str
    reason: Reason
