"""Documentation, manual pages and translations are installed.

What: a RUN of the image installs packages with their documentation, where the base does not keep it out.

Why: nobody reads manual pages in a container. The slim variants of Debian's images leave them out of everything that is
installed later, and so do Ubuntu's, Fedora's and SUSE's images; the full ones of Debian do not. Without an image only
packages are named that are known to have a megabyte of it or more; with `--image` each RUN whose layer has it.

The fix is not safe: a few programs read files below /usr/share/doc, or speak the languages that they are asked to.
Files with the terms of licences stay.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Good, as the base keeps them out:

    FROM debian:12-slim
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Good, as there is little of it:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*

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

from collections.abc import Iterator, Sequence
from functools import cache

from shave.cleaning import deletes
from shave.facts import load
from shave.lint import About, Amount, Fix, LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.recipe_edits import inserted
from shave.reference import short
from shave.rules.apt import installs
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import is_configured

_GLOBS = ("usr/share/doc/**", "usr/share/man/**", "usr/share/info/**", "usr/share/locale/**")
_BUT = ("usr/share/doc/*/copyright", "usr/share/locale/locale.alias")
_FULL = frozenset({"debian", "buildpack-deps", "python", "node", "ruby", "perl", "golang", "rust", "gcc", "php"})
_SAID = ("path-exclude", "nodoc")
_APT, _DNF = package_tools("debian"), package_tools("rpm")
_NODOCS = "--setopt=tsflags=nodocs"


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each RUN of the image that installs them and does not delete them."""
    for step in recipe.runs:
        if deletes(step, "/usr/share/man"):
            continue
        calls = [each for each in step.calls if _brings(recipe, step.stage, each, known)]
        calls = [each for each in calls if not _is_told(recipe, step, each)]
        amount = _amount(calls)
        if calls and (amount or known.image):
            call = next((each for each in calls if _amount([each])), calls[0])
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
                amount=amount,
            )


def _brings(recipe: Recipe, stage: int, call: Call, known: Known) -> bool:
    if known.image:
        is_dnf = call.tool in _DNF and call.verb == "install" and bool(call.targets) and not call.has("--nodocs")
        return is_dnf or (call.tool in _APT and installs(call))
    base, tag = short(recipe.base(stage))
    return call.tool in _APT and installs(call) and base in _FULL and "slim" not in tag


def _is_told(recipe: Recipe, step: Step, call: Call) -> bool:
    """Whether a call, or a file before it, says to leave it out."""
    is_said = any(name in word for word in call.words if word for name in _SAID)
    return is_said or any(is_configured(recipe, step, call.start, name) for name in _SAID)


def _amount(calls: Sequence[Call]) -> Amount | None:
    """What is known of the packages that calls name, not of what they bring along."""
    names = {(word or "").partition("=")[0] for call in calls for word in call.targets}
    found = [_table().get(name, 0) for name in names]
    unpacked = sum(found)
    return Amount(unpacked * 2 // 5, unpacked, measured=False, source="Debian 12's packages") if unpacked else None


@cache
def _table() -> dict[str, int]:
    return {row["name"]: row["unpacked_bytes"] for row in load("documentation")["package"]}


RULE = Rule("SHV221", "Documentation, manual pages and translations are installed", "info", (), look)
