"""dnf and zypper install packages that are only recommended.

What: a RUN installs packages and does not turn weak dependencies off.

Why: as apt does, dnf installs what a package recommends, and zypper too: documentation, languages, plugins that the
program runs without. The images of openSUSE and SUSE are configured to leave them out, with `solver.onlyRequires`:
there nothing is said.

The fix is not safe: a program may use what its package recommends.

Bad:

    FROM fedora:40
    RUN dnf install -y git && dnf clean all

Good:

    FROM fedora:40
    RUN dnf install --setopt=install_weak_deps=0 -y git && dnf clean all

Bad:

    FROM acme/suse:15
    RUN zypper --non-interactive install git && zypper clean --all

Good:

    FROM acme/suse:15
    RUN zypper --non-interactive install --no-recommends git && zypper clean --all

Good, as the image is configured so:

    FROM opensuse/leap:15
    RUN zypper --non-interactive install git && zypper clean --all

Good, as a file of dnf's says it:

    FROM fedora:40
    RUN echo install_weak_deps=False >>/etc/dnf/dnf.conf
    RUN dnf install -y git && dnf clean all

Bad, as an option is one call's alone:

    FROM fedora:40
    RUN dnf install -y --setopt=install_weak_deps=False git && dnf clean all
    RUN dnf install -y vim && dnf clean all

Good:

    FROM fedora:40
    RUN dnf install -y --setopt=install_weak_deps=False git && dnf clean all
    RUN dnf install --setopt=install_weak_deps=0 -y vim && dnf clean all

Source: dnf.conf(5), install_weak_deps; zypper(8), --no-recommends; zypper.conf, installRecommends; zypp.conf,
solver.onlyRequires, of SUSE's images;
microdnf, dnf/dnf-main.c, process_global_option: of --setopt it takes 0 and 1 alone; yum has none
"""

from collections.abc import Iterator

from msgspec import Struct

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step, family, package_tools
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import is_configured


class _Way(Struct, frozen=True):
    """How a manager is told: ``settings`` are what files of settings or an option have in them."""

    verbs: frozenset[str]
    option: str
    settings: tuple[str, ...]


_DNF = _Way(frozenset({"install", "groupinstall"}), "--setopt=install_weak_deps=0", ("install_weak_deps",))
_ZYPPER = _Way(frozenset({"install", "in"}), "--no-recommends", ("installRecommends", "solver.onlyRequires"))
_WAYS = dict.fromkeys(package_tools("rpm") - {"yum"}, _DNF) | dict.fromkeys(package_tools("suse"), _ZYPPER)


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call in the image that installs what is only recommended."""
    for step in recipe.runs:
        for call in step.calls:
            way = _WAYS.get(call.tool)
            is_configured = way is _ZYPPER and family(recipe.base(step.stage) or "") == "suse"
            if (
                way
                and call.verb in way.verbs
                and call.targets
                and not (is_configured or _is_told(recipe, step, call, way))
            ):
                edit = inserted(call, call.plain[0], way.option)
                yield LintFinding(
                    "SHV115",
                    "warning",
                    "packages that are only recommended are installed",
                    step.number,
                    call.start,
                    call.end,
                    advice=f"give {way.option}",
                    fix=Fix(f"give {way.option}", (edit,), is_safe=False) if edit else None,
                )


def _is_told(recipe: Recipe, step: Step, call: Call, way: _Way) -> bool:
    """Whether a call says whether it wants them, or a file does."""
    names = (*way.settings, "recommends")
    is_said = any(name in word for word in call.words if word for name in names)
    return is_said or any(is_configured(recipe, step, call.start, name) for name in way.settings)


RULE = Rule("SHV115", "dnf and zypper install packages that are only recommended", "warning", (), look)
