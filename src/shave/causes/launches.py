"""The programs that come to run when an image starts, one after another: the first, and what that starts at once.

The kernel runs a script by the interpreter that its first line names; inits such as tini run the next word; shells run
their text, of which only what runs on every way is followed (``texts``). Each launch has the words that its program
gets, or the cause for which it fails. Sources: execve(2), execvp(3), the OCI image specification (config.md).
"""

import re
import shlex
from collections.abc import Iterator
from posixpath import basename

from msgspec import Struct
from msgspec.structs import replace

from shave.causes.contents import holds
from shave.causes.protocol import Patient
from shave.causes.texts import Words, steps
from shave.diagnosis import Cause
from shave.elf import MAGIC
from shave.shell import Command, started
from shave.tree import is_program

SHELLS = ("sh", "bash", "dash", "ash", "ksh", "mksh", "zsh")
"""Programs that read their text as steps are read here."""
INITS = frozenset(
    {"tini", "tini-static", "dumb-init", "catatonit", "docker-init", "env", "gosu", "su-exec", "setpriv", "nice"}
    | {"ionice", "stdbuf", "setsid", "timeout", "nohup", "numactl", "chpst", "setuidgid", "s6-setuidgid", "xvfb-run"}
)
"""Programs that do nothing but start one of their words, at once."""
MOST_SCRIPT_BYTES = 1 << 20

_BLANKS = re.compile(r"[ \t]+")
# BINPRM_BUF_SIZE of Linux; and as many scripts run one another as exec_binprm allows
_FIRST_LINE, _MOST_SCRIPTS = 256, 5
_MOST = 64
# These start programs by execve(2) itself, which knows no shell for files that say nothing
_EXACT = ("", "gosu", "su-exec")


class Launch(Struct, frozen=True):
    """One program and how it is started.

    ``words`` are what it gets, its name first, None for each that only a run knows; of a script they begin with its
    interpreter. ``program`` is the real path of the ELF file that runs, "" if none does: then ``cause`` says why, and
    ``subject`` of which name or path. ``script`` is the real path of the script that it runs, "" if it runs none.
    ``directory`` is where it starts, None if only a run knows. ``by`` is the name of what starts it, "" for the image
    itself. ``sure`` if nothing but this launch can follow, so that a container ends when it fails.
    """

    words: Words
    directory: str | None
    by: str = ""
    sure: bool = True
    program: str = ""
    script: str = ""
    cause: Cause | None = None
    subject: str = ""

    @property
    def name(self) -> str:
        """The name of the program without its directory, as it calls itself."""
        return basename(self.words[0] or "")


def launches(patient: Patient) -> tuple[Launch, ...]:
    """All launches of a start that are known, in order; those that fail too."""
    if not patient.words:
        return ()
    first = Launch(patient.words, patient.directory)
    return tuple(_followed(patient, first))


def final(patient: Patient) -> tuple[Launch, ...]:
    """The launches that bring an ELF file to run: inits and shells, and the programs that these start."""
    return tuple(launch for launch in launches(patient) if launch.program)


def placed(patient: Patient, directory: str | None) -> Patient:
    """The patient as a program sees it that was started in this directory."""
    run = replace(patient.config.run, working_dir=f"/{directory or ''}")
    return replace(patient, config=replace(patient.config, config=run))


def _followed(patient: Patient, first: Launch) -> Iterator[Launch]:
    todo, seen = [first], set[tuple[Words, str]]()
    while todo and len(seen) < _MOST:
        asked = todo.pop()
        if (asked.words, asked.by) in seen:
            continue
        seen.add((asked.words, asked.by))
        launch = _launched(placed(patient, asked.directory), asked)
        yield launch
        todo.extend(reversed([*_next(patient, launch)] if launch.program else []))


def _launched(patient: Patient, asked: Launch) -> Launch:
    """Look a program up, as execvp(3) does, and then whatever runs it, as execve(2) does."""
    word = asked.words[0] or ""
    name = patient.find(word)
    entry, path = patient.entry(name) if name else None, patient.resolve(name) if name else None
    if entry is None or path is None:
        return replace(asked, cause="interpreter-missing" if asked.script else "command-missing", subject=word)
    if not is_program(entry):
        return replace(asked, cause="not-executable", subject=path)
    return _executed(patient, replace(asked, words=(name, *asked.words[1:])), path)


def _executed(patient: Patient, launch: Launch, path: str) -> Launch:
    words = launch.words
    for _ in range(_MOST_SCRIPTS + 1):
        head = patient.files.read(path, 0, _FIRST_LINE)
        if head.startswith(MAGIC):
            return replace(launch, words=words, program=path)
        if not head.startswith(b"#!"):
            return _unmarked(patient, launch, path, head)
        interpreter, *arguments = _interpreter(head)
        launch = replace(launch, script=path)
        words = (interpreter, *arguments, words[0], *words[1:])
        found = patient.resolve(interpreter) if interpreter else None
        if found is None or not is_program(patient.files.tree.get(found)):
            cause: Cause = "carriage-return" if interpreter.endswith("\r") else "interpreter-missing"
            return replace(launch, cause=cause, subject=interpreter)
        if arguments and arguments[-1].endswith("\r"):
            return replace(launch, cause="carriage-return", subject=arguments[-1])
        path = found
    return replace(launch, cause="not-a-program", subject=path)


def _unmarked(patient: Patient, launch: Launch, path: str, head: bytes) -> Launch:
    """A file that says nothing of what it is: execvp(3) and shells have /bin/sh read it, if it looks like a text."""
    shell = patient.resolve("/bin/sh")
    if launch.by in _EXACT or launch.script or not shell or b"\0" in head:
        return replace(launch, cause="not-a-program", subject=path)
    return replace(launch, words=("/bin/sh", *launch.words), script=path, program=shell)


def _interpreter(head: bytes) -> list[str]:
    """The words of the first line as the kernel splits it, at most one behind the name; ``env -S`` splits further."""
    line = head[2:].split(b"\n", 1)[0].decode("utf-8", "surrogateescape").strip(" \t")
    name, *rest = _BLANKS.split(line, maxsplit=1)
    if basename(name) == "env" and rest and rest[0].startswith("-S"):
        return [name, *_split(rest[0][2:])]
    return [name, *rest]


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _next(patient: Patient, launch: Launch) -> Iterator[Launch]:
    """What a program that runs starts in turn."""
    if launch.name == "busybox" and len(launch.words) > 1 and launch.words[1] in SHELLS:
        launch = replace(launch, words=launch.words[1:])
    if launch.name in INITS:
        yield from _started(launch)
    elif launch.name in SHELLS:
        yield from _of_shell(patient, launch)


def _started(launch: Launch) -> Iterator[Launch]:
    _, *others = started(launch.words).commands or (Command((), 0, 0),)
    changes_path = any((word or "").startswith("PATH=") for word in launch.words)
    if others and others[0].launcher == launch.name and others[0].name and not changes_path:
        script = launch.script if launch.name == "env" else ""
        yield Launch(others[0].words, launch.directory, launch.name, launch.sure, script=script)


def _of_shell(patient: Patient, launch: Launch) -> Iterator[Launch]:
    """The steps of the text, in the string behind -c or in a file."""
    is_text, operands = shell_operands(launch.words)
    if not operands or operands[0] is None:
        return
    arguments = operands[2:] if is_text else operands[1:]
    there = placed(patient, launch.directory)
    text = operands[0].encode("utf-8", "surrogateescape") if is_text else script_text(there, operands[0])
    for step in steps(text, patient.environment, arguments, launch.directory):
        sure = launch.sure and step.sure
        is_dispatched = not sure and _is_dispatched(step.words, text, arguments)
        is_there = placed(patient, step.directory).find(step.words[0] or "")
        if is_there or not (is_dispatched or _is_applet(patient, launch, step.words)):
            yield Launch(step.words, step.directory, launch.name, sure)


def shell_operands(words: Words) -> tuple[bool, Words]:
    """Whether the first operand of a shell is its text (-c), not a script; and the operands. Source: sh(1)."""
    options, is_text = list(words[1:]), False
    while options and (options[0] or "").startswith("-"):
        option = options.pop(0) or ""
        is_text = is_text or (not option.startswith("--") and "c" in option)
        if option.endswith("o") and options:
            options.pop(0)
    return is_text, tuple(options)


def script_text(patient: Patient, name: str) -> bytes:
    """What a shell reads of a script, by its name; nothing if no regular file is there."""
    path, entry = patient.resolve(name), patient.entry(name)
    return patient.files.read(path, 0, MOST_SCRIPT_BYTES) if path and entry and entry.kind == "file" else b""


def _is_dispatched(words: Words, text: bytes, arguments: Words) -> bool:
    """Whether a word may be one of the script's own commands (``serve``): an argument that the script names, too."""
    name = words[0] or ""
    return name in arguments and name.encode("utf-8", "surrogateescape") in text


def _is_applet(patient: Patient, shell: Launch, words: Words) -> bool:
    """Whether a shell that is a busybox runs a program itself, without a file of that name (its SH_STANDALONE)."""
    name = b"\0%s\0" % (words[0] or "").encode("utf-8", "surrogateescape")
    return basename(shell.program).startswith("busybox") and holds(patient.files, shell.program, (name,))
