"""What a member of this family must be able to do: look at an image, and say what is wrong with it."""

from collections.abc import Iterator
from functools import cached_property
from posixpath import join
from typing import Protocol

from msgspec import Struct

from shave.diagnosis import Diagnosis
from shave.needs import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.tree import Entry, is_program


class Patient(Struct, frozen=True, dict=True):
    """An image, and the ``words`` that start it: ENTRYPOINT and CMD, or what was given in their place."""

    files: Files
    config: Config
    words: tuple[str, ...]

    @cached_property
    def environment(self) -> dict[str, str]:
        """The variables of the image."""
        return environment(self.config)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """The directories of PATH."""
        return tuple(self.environment.get("PATH", DEFAULT_PATH).split(":"))

    @cached_property
    def directory(self) -> str:
        """The real path of the working directory; where it is not there, the path that engines make."""
        place = self.config.run.working_dir or "/"
        return self.files.tree.resolve(place).path or place.strip("/")

    def resolve(self, name: str) -> str | None:
        """The real path that a name leads to from the working directory."""
        return self.files.tree.resolve(name, self.directory).path

    def entry(self, name: str) -> Entry | None:
        """What a name leads to."""
        path = self.resolve(name)
        return self.files.tree.get(path) if path is not None else None

    def find(self, word: str) -> str:
        """The name by which a program is started, as execvp(3) finds it; "" if it is nowhere."""
        names = [word] if "/" in word else [join(directory, word) for directory in self.path]
        executable = (name for name in names if is_program(self.entry(name)))
        return next(executable, next((name for name in names if self.entry(name)), ""))


class Look(Protocol):
    """A function that looks for one kind of cause."""

    def __call__(self, patient: Patient) -> Iterator[Diagnosis]: ...
