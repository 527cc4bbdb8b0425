"""An upgrade of all packages ships the upgraded files twice.

What: a RUN upgrades whatever the base image has installed.

Why: the base's layers keep the old files, and the new ones come on top. A newer base image (a newer tag, or a build
with `--pull` where the tag moves) brings the same updates once, in layers that other images share. It is advice: where
no newer base is there, an upgrade is worth its bytes.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get -y dist-upgrade && rm -rf /var/lib/apt/lists/*

Bad:

    FROM alpine:3.20
    RUN apk --no-cache upgrade

Bad:

    FROM fedora:42
    RUN dnf -y upgrade && dnf clean all

Bad:

    FROM rockylinux:9
    RUN yum -y update && yum clean all

Bad:

    FROM opensuse/leap:15
    RUN zypper -n up && zypper clean --all

Good, as one package is upgraded for its own sake:

    FROM debian:12
    RUN apt-get update && apt-get install -y --only-upgrade openssl && rm -rf /var/lib/apt/lists/*

Good, for the same reason:

    FROM fedora:42
    RUN dnf -y upgrade openssl-libs && dnf clean all

Good, as nothing is upgraded:

    FROM debian:12
    RUN apt-get update && apt-get -s upgrade && rm -rf /var/lib/apt/lists/*

Good, as the image is not made of these layers:

    FROM debian:12 AS upgraded
    RUN apt-get update && apt-get -y upgrade
    FROM scratch
    COPY --from=upgraded / /

Source: apt-get(8), upgrade; apk(8), upgrade; dnf(8), upgrade; yum(8), update; zypper(8), update;
Docker's guide, Building best practices, Rebuild your images often
"""

from collections.abc import Iterator

from shave.lint import About, LintFinding
from shave.recipe import Call, Recipe
from shave.rules.apt import upgrades
from shave.rules.known import Known
from shave.rules.protocol import Rule

_ALL = {
    "apk": frozenset({"upgrade"}),
    **dict.fromkeys(("dnf", "dnf5"), frozenset({"upgrade", "update", "up", "distro-sync", "distrosync", "dsync"})),
    "microdnf": frozenset({"upgrade", "update"}),
    "yum": frozenset({"upgrade", "update", "distro-sync", "distribution-synchronization"}),
    "zypper": frozenset({"update", "up", "dist-upgrade", "dup", "patch"}),
}
"""Verbs that upgrade all packages where none is named."""
_DRY = ("-s", "--simulate", "--assumeno", "--downloadonly", "-D", "--dry-run", "-d", "--download-only")


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that upgrades all packages."""
    for step in recipe.runs:
        calls = [call for call in step.calls if upgrades(call) or _upgrades_all(call)]
        if calls:
            yield LintFinding(
                "SHV104",
                "info",
                "the files of upgraded packages are in the image twice",
                step.number,
                calls[0].start,
                calls[0].end,
                advice="build on a newer base image: with docker build --pull, or on a newer tag of it",
                about=About("rewritten", (step.number,)),
            )


def _upgrades_all(call: Call) -> bool:
    """Whether no package is named."""
    is_dry = call.has(*(_DRY[:1] if call.tool == "yum" else _DRY))
    return call.verb in _ALL.get(call.tool, ()) and not call.targets and not is_dry


RULE = Rule(
    "SHV104",
    "An upgrade of all packages ships the upgraded files twice",
    "info",
    ("DL3005", "DL3017", "DL3031", "DL3035", "DL3039"),
    look,
)
