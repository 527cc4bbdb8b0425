"""What rules about apt share: which calls fetch its lists, which need them, and what of them a RUN leaves to whom.

Source: apt-get(8), apt(8), aptitude(8).
"""

from collections.abc import Iterable, Iterator, Mapping
from posixpath import dirname

from msgspec import Struct

from shave.cleaning import may_be_mounted, mounted, removes
from shave.facts import load
from shave.lint import About, Amount, LintFinding
from shave.recipe import Call, Recipe, Step, package_tools
from shave.rules import beside
from shave.rules.strangers import backwards, hidden
from shave.rules.users import is_powerless
from shave.rules.wanted import is_unknown, naming
from shave.waste.facts import named

TOOLS = package_tools("debian")
DELETE_LISTS = "rm -rf /var/lib/apt/lists/*"
_INSTALLING = frozenset({"install", "reinstall", "build-dep", "satisfy"})
_UPGRADING = frozenset({"upgrade", "dist-upgrade", "full-upgrade", "safe-upgrade"})
_READING = _INSTALLING | _UPGRADING | {"source", "download", "changelog", "search", "show", "policy", "madison"}
_EMPTYING = frozenset({"dist-clean", "distclean"})
_DRY = ("-s", "--simulate", "--just-print", "--dry-run", "--recon", "--no-act", "--print-uris")
_OTHERS = frozenset({"apt-cache", "apt-file", "mk-build-deps", "gdebi", "tasksel"})


class Heirs(Struct, frozen=True):
    """Who has the lists that a step leaves: the first instruction that needs them and its call, and where a program
    that nobody here knows runs before they are fetched anew: a ``stranger``, who might need them.
    """

    reader: tuple[Step, Call] | None = None
    stranger: int | None = None


class Fetched(Struct, frozen=True):
    """Lists that a RUN fetches and leaves in its layer: ``call`` is the first that fetches, ``last`` the last that
    fetches or needs them there, ``reader`` the first that needs them.
    """

    step: Step
    call: Call
    last: Call
    reader: Call | None
    heirs: Heirs

    @property
    def is_alone(self) -> bool:
        """Whether fetching lists is all that the RUN does."""
        return all(fetches(call) or call.tool == "sudo" for call in self.step.calls)

    @property
    def about(self) -> About:
        """The bytes of the lists."""
        return About("written", (self.step.number,), named("apt lists").globs)


def fetched(recipe: Recipe) -> tuple[Fetched, ...]:
    """All lists that stay in layers of the image."""
    return recipe.once(_fetched)


def heirs(recipe: Recipe) -> Mapping[int, Heirs]:
    """Of each step, by its number, who has the lists that it leaves."""
    return recipe.once(_heirs)


def fetches(call: Call) -> bool:
    """Whether a call fetches lists."""
    return call.tool in TOOLS and call.verb == "update"


def installs(call: Call) -> bool:
    """Whether a call installs packages that it names."""
    return call.tool in TOOLS and call.verb in _INSTALLING and bool(call.targets) and not call.has(*_DRY)


def upgrades(call: Call) -> bool:
    """Whether a call upgrades whatever is installed."""
    return call.tool in TOOLS and call.verb in _UPGRADING and not call.has(*_DRY)


def needs_lists(call: Call) -> bool:
    """Whether a call does something else, or fails, without lists."""
    if call.tool in TOOLS:
        if call.verb == "list":
            return not call.has("--installed")
        return call.verb in _READING or (not call.verb and len(call.words) < 2)
    # rosdep(1): init and update write sources of its own, and fetch what these name
    return call.tool in _OTHERS or (call.tool == "rosdep" and call.verb not in ("init", "update"))


def are_deleted(step: Step, behind: Call) -> bool:
    """Whether a RUN deletes the lists behind a call."""
    return removes(step, _file(), behind) or any(
        call.start >= behind.start for call in step.calls if _is_emptying(call)
    )


def wanted(recipe: Recipe, each: Fetched) -> int | None:
    """Where a stranger behind the RUN might need the lists, or somebody names their directory; None for nowhere."""
    stranger = each.heirs.stranger
    return naming(recipe, each.last.end, (dirname(_file()),)) if stranger is None else stranger


def told(recipe: Recipe, findings: Iterable[LintFinding]) -> Iterator[LintFinding]:
    """Findings about lists; those that are there before a RUN are of the one that fetched them."""
    return beside.told(findings, recipe.once(_beside))


def lists_amount() -> Amount:
    """What the lists of one image cost."""
    lists = load("apt")["lists"]
    return Amount(lists["packed_bytes"], lists["unpacked_bytes"], measured=False, source=lists["source"])


def _file() -> str:
    return str(load("apt")["lists"]["file"])


def _beside(recipe: Recipe) -> Mapping[int, Step]:
    return beside.earlier(recipe, (each.step.number for each in fetched(recipe)), _empties)


def _empties(step: Step) -> bool:
    return removes(step, _file()) or any(map(_is_emptying, step.calls))


def _is_emptying(call: Call) -> bool:
    return call.tool in TOOLS and call.verb in _EMPTYING


def _fetched(recipe: Recipe) -> tuple[Fetched, ...]:
    return tuple(_of(recipe))


def _of(recipe: Recipe) -> Iterator[Fetched]:
    for step in recipe.runs:
        fetching = [call for call in step.calls if fetches(call)]
        if fetching and not may_be_mounted(step, _file()) and not are_deleted(step, fetching[-1]):
            readers = [call for call in step.calls if needs_lists(call) and call.start >= fetching[0].start]
            last = max((*fetching, *readers), key=lambda call: call.start)
            yield Fetched(step, fetching[0], last, readers[0] if readers else None, heirs(recipe)[step.number])


def _heirs(recipe: Recipe) -> Mapping[int, Heirs]:

    def through(step: Step, behind: Heirs) -> Heirs:
        found = _through(step, behind)
        return behind if is_powerless(recipe, step) and not found.reader else found

    return backwards(recipe, Heirs(), through, _either)


def _through(step: Step, behind: Heirs) -> Heirs:
    """Who has the lists that there are before a step."""
    if mounted(step, _file()):
        return behind
    stranger = hidden(step)
    for call in step.calls:
        if needs_lists(call):
            return Heirs((step, call), stranger)
        if fetches(call):
            return Heirs(None, stranger)
        if stranger is None and step.keyword == "RUN" and is_unknown(call):
            stranger = call.start
    return Heirs(behind.reader, behind.stranger if stranger is None else stranger)


def _either(one: Heirs, other: Heirs) -> Heirs:
    return Heirs(one.reader or other.reader, other.stranger if one.stranger is None else one.stranger)
