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

Bad, as yum is dnf there:

    FROM rockylinux:9
    RUN yum group install -y "Development Tools" && yum clean all

Good:

    FROM rockylinux:9
    RUN yum group install --setopt=install_weak_deps=0 -y "Development Tools" && yum clean all

Good, as yum knew no such packages then:

    FROM centos:7
    RUN yum install -y git && yum clean all

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
microdnf, dnf/dnf-main.c, process_global_option: of --setopt it takes 0 and 1 alone
"""

from collections.abc import Iterator

from msgspec import Struct

from shave.lint import Fix, LintFinding
from shave.recipe import Call, Recipe, Step, family, package_tools
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.rpm import release
from shave.rules.settings import is_configured


class _Way(Struct, frozen=True):
    """How a manager is told: ``settings`` are what files of settings or an option have in them."""

    verbs: frozenset[str]
    option: str
    settings: tuple[str, ...]


_DNF_VERBS = frozenset({"install", "in", "localinstall", "groupinstall", "group install"})
_DNF = _Way(_DNF_VERBS, "--setopt=install_weak_deps=0", ("install_weak_deps",))
_ZYPPER = _Way(frozenset({"install", "in"}), "--no-recommends", ("installRecommends", "solver.onlyRequires"))
_WAYS = dict.fromkeys(package_tools("rpm"), _DNF) | dict.fromkeys(package_tools("suse"), _ZYPPER)


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call in the image that installs what is only recommended."""
    for step in recipe.runs:
        for call in step.calls:
            way = _way(recipe.base(step.stage), call)
            verb = _verb_words(call, way) if way else 0
            if way and len(call.operands) > verb > 0 and not _is_told(recipe, step, call, way):
                edit = inserted(call, call.plain[verb - 1], way.option)
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


def _way(base: str | None, call: Call) -> _Way | None:
    """How a call is told; None where that is not known, as of a yum that may be one of before dnf, or not needed."""
    found = release(base)
    is_old = call.tool == "yum" and (found is None or found.program == "yum")
    return None if is_old or (call.tool == "zypper" and family(base or "") == "suse") else _WAYS.get(call.tool)


def _verb_words(call: Call, way: _Way) -> int:
    """How many words the verb has, 0 for no verb that installs."""
    words = [word or "" for word in call.operands[:2]]
    return next((count for count in (1, 2) if " ".join(words[:count]) in way.verbs), 0)


def _is_told(recipe: Recipe, step: Step, call: Call, way: _Way) -> bool:
    """Whether a call says whether it wants them, or a file does."""
    names = (*way.settings, "recommends")
    is_said = any(name in word for word in call.words if word for name in names)
    return is_said or any(is_configured(recipe, step, call.start, name) for name in way.settings)


RULE = Rule("SHV115", "dnf and zypper install packages that are only recommended", "warning", (), look)
