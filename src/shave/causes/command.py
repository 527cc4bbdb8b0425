"""What the image starts has to be there, and to be a program.

### shell-missing

A command that is one string (`CMD app --port 80`, the shell form) is run by `/bin/sh -c`, and minimal images have no
shell. Known from ENTRYPOINT and CMD, whose first word is a shell that is not in the image. Fix: write the words as a
list (`CMD ["/app", "--port", "80"]`, the exec form), or take a base that has a shell (busybox).

### command-missing

The first word of ENTRYPOINT and CMD, or the program that it starts at once (`tini -- app`, `exec app`), is neither at
the path that is written nor in a directory of PATH: a word without a slash is looked up in PATH alone, a relative path
begins at WORKDIR. Files of the same name elsewhere in the image are named, with the instruction that copied them. Below
a volume it may come with what is mounted there: then it is a note.

### not-executable

It is there, but is a directory (`COPY app /app` of a directory), or its mode lets nobody execute it. Fix:
`COPY --chmod=755`, or `chmod +x` where it is made.

### not-a-program

A file that may be executed but is neither an ELF file nor begins with `#!`: the kernel says "exec format error". Often
it is empty, a script without its first line, one that begins with a byte order mark, or a program for another system.

Sources: execve(2), execvp(3); Dockerfile reference, "Shell and exec form"; runc, libcontainer's lookup of programs.
"""

import shlex
from collections.abc import Iterator
from posixpath import basename, dirname

from shave.causes.launches import SHELLS, Launch, launches, placed
from shave.causes.places import brought, elsewhere, is_mounted, shown
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis

_HEAD, _SHOWN = 4, 300
# A text for a shell that is more than words
_SHELL_SYNTAX = frozenset("|&;<>()$`*?[#~=\n")
_FOREIGN = {b"MZ": "a program for Windows", b"\xef\xbb\xbf": "a text behind a byte order mark"}


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What of the launches finds no program."""
    for launch in launches(patient):
        there = placed(patient, launch.directory)
        match launch.cause:
            case "command-missing":
                yield _shell(there, launch) if basename(launch.subject) in SHELLS else _missing(there, launch)
            case "not-executable":
                yield _forbidden(there, launch)
            case "not-a-program":
                yield _unknown(there, launch)


def said(launch: Launch) -> str:
    """Who starts it."""
    return f"which {launch.by} starts" if launch.by else "which the image starts"


def _shell(patient: Patient, launch: Launch) -> Diagnosis:
    text = f"{launch.subject}, {said(launch)}, is not there: a command that is one string needs a shell"
    fix = "take a base image that has a shell, such as busybox or debian"
    if len(launch.words) > 2 and launch.words[1] == "-c" and (exec_form := _exec_form(launch.words[2])):
        fix = f"write the command as a list, which needs no shell: {exec_form[0]}"
        if not patient.find(exec_form[1]):
            fix = f"{fix}; {exec_form[1]} is not there either"
    return Diagnosis("shell-missing", text, _started_with(launch), fix, launch.sure)


def _exec_form(text: str | None) -> tuple[str, str] | None:
    """The words of a simple text as a list, and the first of them; None of one that only a shell can read."""
    if not text or _SHELL_SYNTAX.intersection(text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    words = words[words[:1] == ["exec"] :]
    return ("[" + ", ".join(f'"{word}"' for word in words) + "]", words[0]) if words else None


def _started_with(launch: Launch) -> tuple[str, ...]:
    line = " ".join("…" if word is None else word for word in launch.words)
    return (f"it is started with {line[:_SHOWN]}" + ("…" if len(line) > _SHOWN else ""),)


def _missing(patient: Patient, launch: Launch) -> Diagnosis:
    word = launch.subject
    where = ""
    if "/" not in word:
        where = " in any directory of PATH"
    elif not word.startswith("/"):
        where = f" in {patient.config.run.working_dir}"
    found = elsewhere(patient, word) if word else ()
    looked = () if "/" in word else (f"PATH is {':'.join(patient.path)}",)
    evidence = (*shown(patient, found), *looked) or _started_with(launch)
    fix = _path_fix(word, found[0]) if found else "copy it to that path, install what has it, or correct the command"
    sure = launch.sure and not ("/" in word and is_mounted(patient, word))
    return Diagnosis("command-missing", f"{word}, {said(launch)}, is not there{where}", evidence, fix, sure)


def _path_fix(word: str, found: str) -> str:
    name = f"/{found}"
    if word.startswith("./") and name.endswith(word[1:]):
        return f"WORKDIR {name[: -len(word) + 1] or '/'}, or start {name}"
    return f"start {name}" if "/" in word else f"start {name}, or add {dirname(name)} to PATH"


def _forbidden(patient: Patient, launch: Launch) -> Diagnosis:
    path, name = launch.subject, launch.words[0]
    entry = patient.files.tree.get(path)
    if entry is not None and entry.kind == "file":
        text = f"/{path}, {said(launch)}, may not be executed (its mode is {entry.mode:04o})"
        evidence = tuple(filter(None, [brought(patient, path)]))
        return Diagnosis("not-executable", text, evidence, "COPY --chmod=755, or RUN chmod +x where it is", launch.sure)
    text = f"/{path}, {said(launch)}, is a {entry.kind if entry else 'directory'}"
    inside = tuple(each for each in elsewhere(patient, name or "") if each.startswith(f"{path}/"))
    fix = f"start /{inside[0]}" if inside else "start a program in it, or copy the program itself to that path"
    return Diagnosis("not-executable", text, tuple(shown(patient, inside)), fix, launch.sure)


def _unknown(patient: Patient, launch: Launch) -> Diagnosis:
    path = launch.subject
    head = patient.files.read(path, 0, _HEAD)
    text = f"/{path}, {said(launch)}, is no program: it is no ELF file and does not begin with #!"
    foreign = next((f"it is {what}" for start, what in _FOREIGN.items() if head.startswith(start)), "")
    if head.startswith(b"#!"):
        text = f"/{path} is run by a script that is run by a script: more of them than Linux allows"
    evidence = foreign or ("it is empty" if not head else f"it begins with {head!r}")
    fix = "begin a script with #!/bin/sh or whatever runs it; build a program for Linux"
    return Diagnosis("not-a-program", text, (evidence,), fix, launch.sure)
