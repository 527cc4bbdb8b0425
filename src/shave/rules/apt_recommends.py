"""apt-get installs packages that are only recommended.

What: a RUN installs packages without `--no-install-recommends`.

Why: apt installs what a package recommends along with what it needs. Documentation tools, mail servers, compilers and
desktop libraries come into images by that alone. With `--image` the finding says which bytes those are here.

The fix is not safe: a program may use what its package recommends. `--prove` shows whether this one does. What the
Dockerfile itself shows to be needed is named: certificates for `wget https://…`, the headers of libc for gcc.

Bad:

    FROM debian:12
    RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*

Bad:

    FROM debian:12
    RUN apt-get update \\
     && apt-get -qq -t stable install \\
          # for the build
          curl \\
     && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN apt-get update \\
     && apt-get -qq -t stable install --no-install-recommends \\
          # for the build
          curl \\
     && rm -rf /var/lib/apt/lists/*

Bad, where what is recommended is needed:

    FROM debian:12
    RUN apt-get update && apt-get install -y wget && rm -rf /var/lib/apt/lists/*
    RUN wget https://example.org/x

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates wget && rm -rf /var/lib/apt/lists/*
    RUN wget https://example.org/x

Good, as apt-get build-dep never installs what is recommended:

    FROM debian:12
    RUN apt-get update && apt-get build-dep -y hello && rm -rf /var/lib/apt/lists/*

Good, as each image has it:

    FROM debian:12
    RUN apt-get update && apt-get install -y sed && rm -rf /var/lib/apt/lists/*

Good, as it is said otherwise:

    FROM debian:12
    RUN apt-get update && apt-get -o APT::Install-Recommends=0 install -y git && rm -rf /var/lib/apt/lists/*

Bad, as an option is one call's alone:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
    RUN apt-get update && apt-get -o APT::Install-Recommends=0 install -y less && rm -rf /var/lib/apt/lists/*
    RUN apt-get update && apt-get install -y vim && rm -rf /var/lib/apt/lists/*

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*
    RUN apt-get update && apt-get -o APT::Install-Recommends=0 install -y less && rm -rf /var/lib/apt/lists/*
    RUN apt-get update && apt-get install -y --no-install-recommends vim && rm -rf /var/lib/apt/lists/*

Good, as a file of apt's says it:

    FROM debian:12
    RUN echo 'APT::Install-Recommends "false";' >/etc/apt/apt.conf.d/99-no-recommends
    RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*

Good, as the author wants them:

    FROM debian:12
    RUN apt-get update && apt-get install -y --install-recommends git && rm -rf /var/lib/apt/lists/*

Good, as nothing is named:

    FROM debian:12
    RUN apt-get update && apt-get install -y -f && rm -rf /var/lib/apt/lists/*

Source: apt-get(8), --no-install-recommends; Debian Policy 7.2
"""

from collections.abc import Iterator

from shave.dockerfile.edits import Edit
from shave.facts import load
from shave.lint import About, Fix, LintFinding
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import inserted
from shave.reference import short
from shave.rules.apt import installs
from shave.rules.apt_needed import is_there, needed
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.rules.settings import is_configured


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call in the image that installs what is only recommended."""
    return recommended(recipe, "SHV102", frozenset({"apt-get"}))


def recommended(recipe: Recipe, rule: str, tools: frozenset[str]) -> Iterator[LintFinding]:
    """Each RUN that installs by one of these tools what is only recommended."""
    for step in recipe.runs:
        calls = [call for call in step.calls if call.tool in tools and _follows(recipe, step, call)]
        if calls and not _is_set(recipe, step, calls[0]):
            told = _told(recipe, calls)
            yield LintFinding(
                rule,
                "warning",
                "packages that are only recommended are installed",
                step.number,
                calls[0].start,
                calls[0].end,
                advice=told,
                fix=_fix(recipe, step, calls, told),
                about=About("recommended", (step.number,)),
            )


def _follows(recipe: Recipe, step: Step, call: Call) -> bool:
    """Whether a call installs what is recommended: apt-get build-dep never does."""
    return installs(call) and call.verb != "build-dep" and not _says(call) and not is_there(recipe, step.stage, call)


def _says(call: Call) -> bool:
    """Whether a call says whether it wants them, in whatever words."""
    own = load("apt")["recommends"]["aptitude"] if call.tool == "aptitude" else ()
    return call.has(*own) or any("-recommends" in word.lower() for word in call.words if word)


def _is_set(recipe: Recipe, step: Step, call: Call) -> bool:
    """Whether the base or something before says it for all."""
    base, known = short(recipe.base(step.stage))[0], load("apt")["recommends"]
    return base in known["without"] or is_configured(recipe, step, call.start, known["setting"])


def _option(call: Call) -> str:
    return "--without-recommends" if call.tool == "aptitude" else "--no-install-recommends"


def _told(recipe: Recipe, calls: list[Call]) -> str:
    names = [name for call in calls for name in needed(recipe).get(call.start, ())]
    return f"give {_option(calls[0])}" + (f", and name what is needed here: {', '.join(names)}" if names else "")


def _fix(recipe: Recipe, step: Step, calls: list[Call], told: str) -> Fix | None:
    edits = tuple(edit for call in calls if (edit := inserted(call, _place(call), _option(call))))
    named = (_named(step, call, needed(recipe).get(call.start, ())) for call in calls if call.spans)
    return Fix(told, (*edits, *filter(None, named)), is_safe=False) if len(edits) == len(calls) else None


def _named(step: Step, call: Call, names: tuple[str, ...]) -> Edit | None:
    """Packages more before the first, as that stands before the second."""
    (first, end), after = call.spans[call.plain[1]], call.spans[call.plain[1] + 1 :][:1]
    between = step.file.text[end : after[0][0]] if after and len(call.plain) > 2 else b" "
    between = b" " if b"#" in between else between
    return Edit(first, first, b"".join(name.encode() + between for name in names)) if names else None


def _place(call: Call) -> int:
    """The last option right behind the verb, or the verb."""
    at = call.plain[0]
    while at + 1 < call.plain[1] and (call.words[at + 1] or "").startswith("-") and call.words[at + 1] != "--":
        at += 1
    return at


RULE = Rule("SHV102", "apt-get installs packages that are only recommended", "warning", ("DL3015",), look)
