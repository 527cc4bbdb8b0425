r"""Downloads and temporary files stay in the layer.

What: a RUN fetches an archive, unpacks or installs it, and does not delete it; or leaves files in /tmp, the sources
that it built from, or a directory that mktemp made.

Why: nothing reads them again, and all who pull the image fetch them. A later RUN frees nothing.

The fix is safe only where the RUN used up what goes: it was unpacked, built or installed by programs that copy, and
lies where people put what they unpack (`/`, `/tmp`, `/opt`, `/usr/src` and the like), not in a program's own directory,
where that may look for it. What is installed from a directory may point to it (`npm install /tmp/tool`, `pip install
-e`, `ln -s`), a script may do anything, who names /tmp later may want what is in it, and so may who put something there
before: such a deletion is for people to judge, or for `--prove`.

Bad:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool.tgz https://example.org/tool.tgz \
        && tar -xzf /tmp/tool.tgz -C /opt

Good:

    FROM debian:12
    RUN curl -fsSL -o /tmp/tool.tgz https://example.org/tool.tgz \
        && tar -xzf /tmp/tool.tgz -C /opt \
        && rm -f /tmp/tool.tgz

Bad, as the sources are as large as the program:

    FROM debian:12
    RUN curl -fsSL https://example.org/src.tgz | tar -xzC /tmp && make -C /tmp/src install

Good:

    FROM debian:12
    RUN curl -fsSL https://example.org/src.tgz | tar -xzC /tmp && make -C /tmp/src install && rm -rf /tmp/*

Bad, wherever the sources are, once the program is installed:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool-1.tgz | tar xz && cd tool-1 && ./configure && make install

Good:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool-1.tgz | tar xz && cd tool-1 && ./configure && make install && rm -rf /tool-1

Good, as it runs where it was built:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool-1.tgz | tar xz && cd tool-1 && make
    CMD ["/tool-1/tool"]

Bad, as nobody knows its name later:

    FROM debian:12
    RUN d="$(mktemp -d)" && curl -fsSL -o "$d/x" https://example.org/x && install "$d/x" /usr/bin/x

Good:

    FROM debian:12
    RUN d="$(mktemp -d)" && curl -fsSL -o "$d/x" https://example.org/x && install "$d/x" /usr/bin/x && rm -rf "$d"

Good, where the directory is the working directory:

    FROM debian:12
    WORKDIR /tmp/build
    RUN wget -q https://example.org/tool.tgz && tar xf tool.tgz -C /opt && rm -rf /tmp/*

Good, as nothing is written:

    FROM debian:12
    RUN curl -fsSL https://example.org/tool.tgz | tar -xzC /opt

Good, as /tmp is in no layer:

    FROM debian:12
    RUN --mount=type=tmpfs,target=/tmp curl -fsSL -o /tmp/a.deb https://example.org/a.deb && dpkg -i /tmp/a.deb

Good, as the program itself is what was fetched:

    FROM debian:12
    RUN curl -fsSL -o /usr/local/bin/tool https://example.org/tool && chmod +x /usr/local/bin/tool

Source: Docker's guide, Building best practices, RUN; Filesystem Hierarchy Standard 3.0, 3.18 and 5.15
"""

from collections.abc import Iterator, Sequence
from posixpath import dirname, join

from msgspec.structs import replace

from shave.cleaning import is_below, mounted, removes
from shave.directories import absolute, absolutes, directories, glob, spoken
from shave.lint import About, Fix, LintFinding
from shave.lives import Life, layers, lives
from shave.recipe import Call, Recipe, Step
from shave.recipe_edits import appended
from shave.rules import mktemp
from shave.rules.deleting import deletion
from shave.rules.known import Known
from shave.rules.missed import is_missed
from shave.rules.mounting import is_named_behind
from shave.rules.protocol import Rule
from shave.rules.told import is_below_temporary, is_disposable, is_small
from shave.written import Write, matches

_MOST = 100
"""Directories that a RUN makes, or installs from, of which is asked whether it deletes them."""
_MAKING = frozenset({"make", "gmake", "ninja", "cmake", "meson", "configure"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """What each RUN of the image leaves behind."""
    for step in recipe.runs:
        here = [life for life in lives(recipe) if life.write.step == step.number]
        left = [life for life in here if _is_left(recipe, step, life) and (known.image or not is_small(life))]
        left += _installed_from(recipe, step, [life for life in here if life not in left])
        if left:
            yield _finding(recipe, step, left)
        yield from (_temporary(step, each) for each in mktemp.left(recipe, step))


def _is_left(recipe: Recipe, step: Step, life: Life) -> bool:
    """Whether nobody deletes it, and nobody needs it behind the RUN."""
    write = life.write
    if life.use("deleted", "moved") or any(use.step != step.number for use in life.uses):
        return False
    if write.kind == "downloaded":
        is_passed = is_below_temporary(write.path) or life.use("unpacked", "installed") is not None
        return is_passed and not is_named_behind(recipe, life, step.number)
    is_built = write.path.startswith("/usr/src") and not write.path.startswith("/usr/src/app") and _makes(step)
    return write.kind in ("unpacked", "cloned") and (is_below_temporary(write.path) or is_built)


def _makes(step: Step) -> bool:
    return any(call.tool in _MAKING for call in step.calls)


def _installed_from(recipe: Recipe, step: Step, here: Sequence[Life]) -> Iterator[Life]:
    """The directories of sources in what was unpacked or cloned, from which the RUN installs; not if it may delete
    them, or somebody names them later. Each is asked of once, of the first that it may be of.
    """
    written = [life for life in here if life.write.kind in ("unpacked", "cloned")]
    places = _installing(recipe, step) if written else ()
    sources = ((path, life) for life in written for path in _sources(places, life.write))
    firsts: dict[str, Life] = {}
    for path, life in sources:
        firsts.setdefault(path, life)
    for path, life in firsts.items():
        write = replace(life.write, path=path, is_tree=True)
        uses = tuple(use for use in life.uses if any(matches(pattern, write) for pattern in use.patterns))
        found = Life(write, uses)
        is_used = any(use.how in ("deleted", "moved") or use.step != step.number for use in uses)
        if not (is_used or mounted(step, path) or is_named_behind(recipe, found, step.number)):
            yield found


def _installing(recipe: Recipe, step: Step) -> tuple[str, ...]:
    """The directories that a RUN installs from; none if only a run knows what it deletes."""
    calls = list(directories(recipe, step))
    if any(_is_unsure(call, here) for call, here in calls):
        return ()
    given = (
        (call.value("-C", "--directory", "--install", "--build") or ".", here)
        for call, here in calls
        if _installs(call)
    )
    return tuple(dict.fromkeys(at for word, here in given if (at := absolute(word, here))))[:_MOST]


def _sources(places: Sequence[str], write: Write) -> Iterator[str]:
    """Of a clone its own, of an archive the directory right below where it is unpacked."""
    for at in places:
        if is_below(at, write.path):
            inside = at.removeprefix(write.path).strip("/").partition("/")[0]
            if inside or write.kind == "cloned":
                yield write.path if write.kind == "cloned" else join(write.path, inside)


def _installs(call: Call) -> bool:
    return call.tool in _MAKING and any(word in ("install", "--install") for word in call.words)


def _is_unsure(call: Call, here: str | None) -> bool:
    """Whether only a run knows what it deletes."""
    return call.tool == "rm" and not all(absolutes(word, here) for word in call.operands)


def _finding(recipe: Recipe, step: Step, left: list[Life]) -> LintFinding:
    names = [spoken(life.write.path) for life in left]
    call, command = left[0].write.call, deletion(recipe, step, *left)
    edit = appended(step, command) if command else None
    is_safe = all(_is_safe(recipe, life) for life in left)
    return LintFinding(
        "SHV211",
        "warning",
        f"{' and '.join(names[:2])} {'stay' if len(left) > 1 else 'stays'} in the layer",
        step.number,
        call.start if call else step.start,
        call.end if call else step.end,
        advice=f"end the RUN with {command}" if command else "delete it in the same RUN",
        fix=Fix("delete it in the same RUN", (edit,), is_safe) if edit else None,
        about=About("written", (step.number,), tuple(each for life in left for each in _globs(life))),
    )


def _is_safe(recipe: Recipe, life: Life) -> bool:
    """Whether nothing can miss it, and what else is deleted with it is of the same RUN."""
    is_alone = not life.write.is_tree or not _is_shared(recipe, f"{life.write.path}/", life.write.step)
    return is_alone and is_disposable(life) and not is_missed(recipe, life, life.write.step)


def _is_shared(recipe: Recipe, place: str, step: int) -> bool:
    """Whether a step before has put something there that is there yet."""
    before = (each for each in lives(recipe) if each.write.step < step and f"{each.write.path}/".startswith(place))
    gone = (each.use("deleted", "moved") for each in before)
    return any(use is None or use.step >= step for use in gone) or recipe.once(_made).get(place, step) < step


def _made(recipe: Recipe) -> dict[str, int]:
    """Where a directory is first made in another, and left there, by that other's name."""
    found: dict[str, int] = {}
    for step in layers(recipe):
        words = (word for call in step.calls if call.tool == "mkdir" for word in call.operands if word)
        for number, word in enumerate(words):
            place = f"{dirname(word)}/"
            if place not in found and (number > _MOST or not removes(step, word)):
                found[place] = step.number
    return found


def _globs(life: Life) -> tuple[str, ...]:
    return (f"{glob(life.write.path)}/**" if life.write.is_tree else glob(life.write.path),)


def _temporary(step: Step, each: mktemp.Temporary) -> LintFinding:
    edit = appended(step, each.deletion)
    return LintFinding(
        "SHV211",
        "warning",
        f"what mktemp makes stays in the layer: nothing deletes ${each.variable}",
        step.number,
        each.start,
        each.end,
        advice=f"end the RUN with {each.deletion}",
        fix=Fix("delete it in the same RUN", (edit,), each.is_known) if edit else None,
        about=About("written", (step.number,), ("tmp/tmp.*", "tmp/tmp.*/**")),
    )


RULE = Rule("SHV211", "Downloads and temporary files stay in the layer", "warning", (), look)
