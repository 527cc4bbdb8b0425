"""Why an image will not start, and what it will miss when it does."""

from typing import Literal, get_args

from msgspec import Struct

Cause = Literal[
    # what a start needs, in the order in which it is needed
    "user-unknown",
    "workdir-not-directory",
    "shell-missing",
    "command-missing",
    "not-executable",
    "not-a-program",
    "carriage-return",
    "interpreter-missing",
    "wrong-architecture",
    "loader-missing",
    "library-missing",
    "symbol-version-missing",
    # what a runtime needs to run its program
    "program-file-missing",
    "java-too-old",
    "java-module-missing",
    "java-class-missing",
    "python-incompatible",
    "python-module-missing",
    "node-incompatible",
    "node-module-missing",
    "dotnet-runtime-missing",
    "dotnet-library-missing",
    # what the program finds when it asks
    "certificates-missing",
    "zoneinfo-missing",
    "user-nameless",
    "home-missing",
    "tmp-missing",
    "not-writable",
    "workdir-missing",
    "healthcheck-broken",
    "no-command",
    # what only a run shows
    "file-missing",
    "permission-denied",
    "address-in-use",
    "name-not-resolved",
    "illegal-instruction",
    "aborted",
    "segmentation-fault",
    "out-of-memory",
    "killed",
    "terminated",
    "never-ready",
    "exits-nonzero",
]
"""One word for each way in which an image fails: what doctor predicts, runs show, and labs expect."""

CAUSES: tuple[Cause, ...] = get_args(Cause)


class Diagnosis(Struct, frozen=True):
    """One thing that is wrong with an image.

    ``text`` says it in a sentence, ``evidence`` what shows it (paths, headers, versions, lines that a program wrote),
    ``fix`` what to do, as an edit of a Dockerfile where there is one. ``stops`` if no container can start because of
    it; else the program will miss it, or may.
    """

    cause: Cause
    text: str
    evidence: tuple[str, ...] = ()
    fix: str = ""
    stops: bool = True
