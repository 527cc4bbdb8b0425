"""A script is run by the program that its first line names.

### carriage-return

The script has Windows line ends: the kernel looks for a program whose name ends with a carriage return, a shell for
commands that do, and both say that something is "not found" that is there. Known from the first line of every script
that a start runs, and from the lines of those that a shell is given by name. Fix: `sed -i 's/\\r$//'`, and
`* text eol=lf` in .gitattributes, so that git on Windows leaves them as they are.

### interpreter-missing

The program behind `#!` is not in the image, or, for `#!/usr/bin/env NAME`, NAME is in no directory of PATH. Engines
then say that the script itself is not there. Fix: install the interpreter, or name the one that is there.

Source: execve(2), "Interpreter scripts"; env(1).
"""

from collections.abc import Iterator
from posixpath import basename

from shave.causes.launches import SHELLS, Launch, launches, placed, script_text, shell_operands
from shave.causes.places import brought, elsewhere, shown
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis

_SHOWN = 60
_UNIX = "RUN sed -i 's/\\r$//' {}; and '* text eol=lf' in .gitattributes"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The scripts among the launches that nothing can run, or that end their lines as Windows does."""
    for launch in launches(patient):
        there = placed(patient, launch.directory)
        if launch.cause == "interpreter-missing":
            yield _missing(there, launch)
        elif launch.cause == "carriage-return":
            text = f"the first line of /{launch.script} ends with a carriage return, as on Windows"
            yield _returns(there, launch.script, text, launch.sure)
        elif launch.program and launch.name in SHELLS and (path := _with_returns(there, launch)):
            text = f"the lines of /{path} end with a carriage return, as on Windows"
            yield _returns(there, path, text, launch.sure)


def _missing(patient: Patient, launch: Launch) -> Diagnosis:
    if launch.subject.endswith("\r"):
        text = f"the first line of /{launch.script} ends with a carriage return, as on Windows"
        return _returns(patient, launch.script, text, launch.sure)
    by_name = "/" not in launch.subject and bool(launch.subject)
    where = "no program in a directory of PATH" if by_name else "no program of the image"
    text = f"/{launch.script} is run by {launch.subject or 'nothing'}, which is {where}"
    found = elsewhere(patient, launch.subject)
    evidence = (_first_line(patient, launch.script), *shown(patient, found))
    name = basename(launch.subject)
    fix = f"let its first line be #!/{found[0]}" if found else f"install what has {name}, or rewrite the script"
    return Diagnosis("interpreter-missing", text, evidence, fix, launch.sure)


def _returns(patient: Patient, path: str, text: str, sure: bool) -> Diagnosis:
    evidence = (_first_line(patient, path), *filter(None, [brought(patient, path)]))
    return Diagnosis("carriage-return", text, evidence, _UNIX.format(f"/{path}"), sure)


def _first_line(patient: Patient, path: str) -> str:
    line = patient.files.read(path, 0, _SHOWN).split(b"\n", 1)[0]
    return f"/{path} begins with {line.decode('utf-8', 'backslashreplace')!r}"


def _with_returns(patient: Patient, launch: Launch) -> str:
    """The real path of the script that a shell is given, if most of its lines end as on Windows."""
    is_text, operands = shell_operands(launch.words)
    name = operands[0] if operands and not is_text else None
    text = script_text(patient, name) if name else b""
    is_foreign = text.count(b"\r\n") * 2 > text.count(b"\n")
    return (patient.resolve(name) if name and is_foreign else None) or ""
