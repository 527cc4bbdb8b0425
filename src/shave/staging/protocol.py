"""What a language must be able to do: say what the last stage of a Dockerfile is, whose build stays behind."""

from collections.abc import Callable
from functools import cached_property

from msgspec import Struct

from shave.recipe import Call, Recipe, Step
from shave.scene import Scene
from shave.staging.idle import is_of_tools, is_question

STARTS = ("ENTRYPOINT", "CMD")


class Directory(Struct, frozen=True):
    """A directory as COPY does not make it: with this mode and these owners."""

    path: str
    mode: int
    uid: int
    gid: int


class Closing(Struct, frozen=True):
    """A command behind the step of this number, the last RUN of the build: as its user, in its directory."""

    step: int
    command: str


class Runtime(Struct, frozen=True):
    """A last stage: what it starts from, what is installed there, and what is copied from the build to the same place.

    ``packages`` are of the base's package manager. Of ``copies`` those among ``files`` are no directories; what of them
    nobody needs is ``removed`` at the end of the build. ``settings`` are instructions for what the base of the build
    said and this one does not; ``has_libraries`` if the loader has to be told of what is copied.
    """

    base: str
    packages: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()
    directories: tuple[Directory, ...] = ()
    settings: tuple[str, ...] = ()
    has_accounts: bool = False
    has_libraries: bool = False
    closing: Closing | None = None
    files: frozenset[str] = frozenset()
    removed: tuple[str, ...] = ()


class Refused(Struct, frozen=True):
    """Why no last stage can be given without a guess: a clause that goes on from "because"."""

    why: str


class Building(Struct, frozen=True, dict=True):
    """The stage that builds, of its recipe, and the image that was made of it.

    ``image`` is None where nobody gave it, ``base_layers`` how many of its layers came with the base image. ``taken``
    are the context's files that each COPY takes, by the step's number, None where there is no context.
    """

    recipe: Recipe
    stage: int
    image: Scene | None = None
    base_layers: int = 0
    taken: dict[int, tuple[str, ...]] | None = None

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the stage."""
        return self.recipe.of(self.stage)

    @cached_property
    def base(self) -> str:
        """The image that the stage starts from; "" if not known."""
        return self.recipe.base(self.stage) or ""

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """What its RUNs call."""
        return tuple(call for step in self.steps if step.keyword == "RUN" for call in step.calls)

    def last(self, keyword: str) -> Step | None:
        """The last instruction of a kind, which is the one that counts."""
        return next((step for step in reversed(self.steps) if step.keyword == keyword), None)

    @cached_property
    def started(self) -> tuple[Step, ...]:
        """What a container runs: ENTRYPOINT or else CMD, and HEALTHCHECK."""
        steps = (self.last("ENTRYPOINT") or self.last("CMD"), self.last("HEALTHCHECK"))
        return tuple(step for step in steps if step and step.instruction.arguments)

    @cached_property
    def needs_shell(self) -> bool:
        """Whether a command is in shell form."""
        steps = (*self.started, *filter(None, [self.last("CMD")]))
        return any(step.instruction.form == "shell" and step.calls for step in steps)


class Language(Struct, frozen=True):
    """A language: the ``tools`` that build, by verbs (any where there are none), and what only the build needs.

    ``leaves`` are globs over paths of the image: sources, objects, caches. ``runtime`` gives the last stage. Of the
    tools among ``many`` every word is a verb, and may have its project before it (":app:jar"). What is built are
    packages that the language reads where it is ``of_packages``.
    """

    name: str
    tools: dict[str, frozenset[str]]
    leaves: tuple[str, ...]
    runtime: Callable[[Building], Runtime | Refused]
    many: frozenset[str] = frozenset()
    of_packages: bool = False

    @property
    def said(self) -> str:
        """What is built, and where."""
        if self.of_packages:
            return f"packages of {self.name} are installed in the stage that is shipped, with all that may build them"
        return f"{self.name} is built in the stage that is shipped, with all that builds it"

    def builds(self, call: Call) -> bool:
        """Whether a call is one of its builds."""
        verbs = self.tools.get(call.tool)
        if verbs is None or is_question(call) or is_of_tools(call):
            return False
        words = (word.rpartition(":")[2] for word in call.operands if word) if call.tool in self.many else (call.verb,)
        return not verbs or not verbs.isdisjoint(words)
