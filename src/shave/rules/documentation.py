"""Documentation, manual pages and translations are installed.

What: a RUN of the image installs packages with their documentation, where the base does not keep it out.

Why: nobody reads manual pages in a container. The slim variants of Debian's images leave them out of everything that is
installed later, the full ones do not; dnf leaves them out if it is told to.

The fix is not safe: a few programs read files below /usr/share/doc, or speak the languages that they are asked to.
Files with the terms of licences stay.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Good, as the base keeps them out:

    FROM debian:12-slim
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Bad:

    FROM fedora:40
    RUN dnf install -y --setopt=install_weak_deps=False git && dnf clean all

Good:

    FROM fedora:40
    RUN dnf install --setopt=tsflags=nodocs -y --setopt=install_weak_deps=False git && dnf clean all

Good, as they are deleted:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git \\
     && rm -rf /var/lib/apt/lists/* /usr/share/man /usr/share/locale

Good, as dpkg is told:

    FROM debian:12
    RUN echo 'path-exclude=/usr/share/man/*' >/etc/dpkg/dpkg.cfg.d/01-nodoc
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Source: dpkg(1), --path-exclude; debuerreotype's slim excludes; dnf.conf(5), tsflags
"""

from collections.abc import Iterator

from shave.cleaning import deletes
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe
from shave.recipe_edits import inserted
from shave.rules.apt import installs
from shave.rules.known import Known
from shave.rules.protocol import Rule

_GLOBS = ("usr/share/doc/**", "usr/share/man/**", "usr/share/info/**", "usr/share/locale/**")
_BUT = ("usr/share/doc/*/copyright", "usr/share/locale/locale.alias")
_FULL = frozenset(
    {"debian", "ubuntu", "buildpack-deps", "python", "node", "ruby", "perl", "golang", "rust", "gcc", "php"}
)
_SAID = (b"path-exclude", b"nodoc")
_APT = frozenset({"apt-get", "apt", "aptitude"})
_DNF = frozenset({"dnf", "dnf5", "microdnf", "yum"})
_NODOCS = "--setopt=tsflags=nodocs"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that installs them and does not delete them."""
    for step in recipe.runs:
        if any(word in recipe.file.text[: step.instruction.end] for word in _SAID) or deletes(step, "/usr/share/man"):
            continue
        call = next((each for each in step.calls if _brings(recipe, step.stage, each)), None)
        if call:
            edit = inserted(call, call.plain[0], _NODOCS) if call.tool in _DNF else None
            yield LintFinding(
                "SHV221",
                "info",
                "documentation and manual pages are installed",
                step.number,
                call.start,
                call.end,
                advice="take the slim variant of the base, or tell dpkg with path-exclude before anything is installed",
                fix=Fix(f"give {_NODOCS}", (edit,), is_safe=False) if edit else None,
                about=About("written", (step.number,), _GLOBS, _BUT),
            )


def _brings(recipe: Recipe, stage: int, call: Call) -> bool:
    if call.tool in _DNF:
        return call.verb == "install" and bool(call.targets) and not call.has("--nodocs")
    base = (recipe.base(stage) or "").removeprefix("docker.io/").removeprefix("library/")
    return call.tool in _APT and installs(call) and base.partition(":")[0] in _FULL and "slim" not in base


RULE = Rule("SHV221", "Documentation, manual pages and translations are installed", "info", (), look)
