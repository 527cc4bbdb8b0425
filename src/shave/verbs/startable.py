"""What can be known of a start before anything is started: why an image will not run, and what it will miss.

Asked of the first program alone, and of what that must load: what a script does later only a run shows. Sources:
execve(2), ld.so(8), the OCI image specification (config.md), runc's lookup of programs and users.
"""

import re
from collections.abc import Generator, Iterator
from functools import cached_property
from itertools import pairwise
from posixpath import basename, join
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave.accounts import is_number
from shave.elf import MAGIC
from shave.needs import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.origins.accounts import known
from shave.shell import started
from shave.tree import Entry, is_program
from shave.verbs.loadable import MACHINES, unloadable
from shave.verbs.start_notes import lacks_certificates, lacks_zone

Kind = Literal["program", "interpreter", "library", "user", "directory", "certificates", "time zone"]

_BLANKS = re.compile(r"[ \t]+")
# BINPRM_BUF_SIZE of Linux; and as many scripts run one another as exec_binprm allows
_FIRST_LINE, _MOST_SCRIPTS = 256, 5
_SHELLS = ("sh", "bash", "dash", "ash", "busybox")
# Programs that do nothing but start the next word, at once
_INITS = ("tini", "tini-static", "dumb-init", "catatonit", "docker-init", "env", "gosu", "su-exec", "setpriv")


class Check(Struct, frozen=True):
    """What is wrong, in a sentence: ``stops`` if no container of the image can start, else something it may miss."""

    kind: Kind
    text: str
    stops: bool = True


def checks(files: Files, config: Config) -> tuple[Check, ...]:
    """What is wrong with the start that ENTRYPOINT and CMD say; nothing stops an image that has neither: a base."""
    run = config.run
    start = _Start(files, config, (*(run.entrypoint or ()), *(run.cmd or ())))
    found = (*_user(start), *_directory(start), *_programs(start))
    return found if start.words else tuple(replace(check, stops=False) for check in found)


class _Start(Struct, frozen=True, dict=True):
    files: Files
    config: Config
    words: tuple[str, ...]

    @cached_property
    def environment(self) -> dict[str, str]:
        return environment(self.config)

    @cached_property
    def path(self) -> tuple[str, ...]:
        return tuple(self.environment.get("PATH", DEFAULT_PATH).split(":"))

    def resolve(self, name: str) -> str | None:
        """The path that a name leads to from the working directory."""
        return self.files.tree.resolve(name, (self.config.run.working_dir or "").strip("/")).path

    def entry(self, name: str) -> Entry | None:
        path = self.resolve(name)
        return self.files.tree.get(path) if path is not None else None

    def find(self, word: str) -> str:
        """The path by which a program is started, as execvp(3) finds it; "" if it is nowhere."""
        names = [word] if "/" in word else [join(directory, word) for directory in self.path]
        executable = (name for name in names if is_program(self.entry(name)))
        return next(executable, next((name for name in names if self.entry(name)), ""))


def _programs(start: _Start) -> Iterator[Check]:
    """The first program, and what programs start that do nothing else; then what the last of them will miss."""
    if not start.words or start.config.os not in ("", "linux") or start.config.architecture not in MACHINES:
        return
    program = yield from _program(start, start.words[0], "what the image starts")
    for before, command in pairwise(started(start.words).commands):
        if basename(before.name or "") not in _INITS or command.name is None:
            break
        program = yield from _program(start, command.name, f"what {before.name} starts")
    if program and (text := lacks_certificates(start.files, start.environment, program)):
        yield Check("certificates", text, stops=False)
    if text := lacks_zone(start.files, start.environment):
        yield Check("time zone", text, stops=False)


_Checked = Generator[Check, None, str]
"""Checks, and in the end the ELF file that comes to run, "" if none does."""


def _program(start: _Start, word: str, what: str) -> _Checked:
    name = start.find(word)
    entry = start.entry(name) if name else None
    path = start.resolve(name) if name else None
    if entry is None or path is None:
        where = "" if "/" in word else f" in any directory of PATH ({':'.join(start.path)})"
        shell = ": a command that is one string needs a shell" if basename(word) in _SHELLS else ""
        yield Check("program", f"{word}, {what}, is not there{where}{shell}")
    elif entry.kind != "file":
        yield Check("program", f"{word}, {what}, is a {entry.kind}")
    elif not is_program(entry):
        yield Check("program", f"{word}, {what}, may not be executed (its mode is {entry.mode:04o})")
    else:
        return (yield from _executable(start, path, _MOST_SCRIPTS))
    return ""


def _executable(start: _Start, path: str, scripts: int) -> _Checked:
    head = start.files.read(path, 0, _FIRST_LINE)
    if head.startswith(MAGIC):
        for text in unloadable(start.files, start.environment, path, start.config.architecture):
            yield Check("library", text)
        return path
    if not head.startswith(b"#!"):
        yield Check("program", f"/{path} is no program: it is no ELF file and does not begin with #!")
    elif not scripts:
        yield Check("interpreter", f"/{path} is the sixth script that another is run by, more than Linux allows")
    else:
        return (yield from _script(start, path, head, scripts))
    return ""


def _script(start: _Start, path: str, head: bytes, scripts: int) -> _Checked:
    line = head[2:].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip(" \t")
    interpreter, *arguments = _BLANKS.split(line)
    found = start.resolve(interpreter)
    if found is None or not is_program(start.entry(interpreter)):
        ending = ": its first line ends with a carriage return, as on Windows" if line.endswith("\r") else ""
        yield Check("interpreter", f"/{path} is run by {interpreter.strip()}, which is no program of the image{ending}")
        return ""
    program = yield from _executable(start, found, scripts - 1)
    name = next((word for word in arguments if not word.startswith("-") and "=" not in word), "")
    if basename(interpreter) != "env" or not name:
        return program
    if (target := start.resolve(start.find(name) or "?")) and is_program(start.files.tree.get(target)):
        return (yield from _executable(start, target, scripts - 1))
    yield Check("interpreter", f"/{path} is run by {name.strip()}, which is no program in a directory of PATH")
    return ""


def _user(start: _Start) -> Iterator[Check]:
    """Names must be known; numbers need not be."""
    user, _, group = start.config.run.user.partition(":")
    accounts = known(start.files)
    if is_number(user):
        if not any(int(user) == account.uid for account in accounts.users.values()):
            yield Check("user", f"user {user} has no name in /etc/passwd: programs that ask for it fail", stops=False)
    elif user and user not in accounts.users:
        yield Check("user", f"user {user} is not in /etc/passwd")
    if group and not is_number(group) and group not in accounts.groups:
        yield Check("user", f"group {group} is not in /etc/group")


def _directory(start: _Start) -> Iterator[Check]:
    place = start.config.run.working_dir
    entry = start.entry(place) if place else None
    if place and entry is None:
        yield Check("directory", f"{place}, the working directory, is not there: engines make it", stops=False)
    elif entry and entry.kind != "directory":
        yield Check("directory", f"{place}, the working directory, is a {entry.kind}")
