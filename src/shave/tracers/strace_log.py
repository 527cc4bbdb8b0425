"""Read what strace writes (``-f -y -ttt --pidns-translation``) as accesses of containers among what it followed.

strace(1): a line is ``PID SECONDS CALL(ARGUMENTS) = RESULT``; a call that another process interrupts is written in two
pieces; strings have C escapes; descriptors carry their path, ``3</etc/passwd>``; a child's PID in another namespace
carries strace's, ``5 /* 1234 in strace's PID NS */``.
"""

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from shave.evidence import How
from shave.seccomp import PathArgument, syscalls

FORKS = frozenset({"clone", "clone3", "fork", "vfork"})
LISTINGS = frozenset({"getdents", "getdents64"})
FOLLOWED = sorted({*syscalls().path, *FORKS, *LISTINGS, "fchdir", "pivot_root", "setns"})
"""The calls to trace."""

_LINE = re.compile(r"(\d+) +(\d+\.\d+) (.*)", re.DOTALL)
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_UNFINISHED = " <unfinished ...>"
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?|<[^<>]*>|.', re.DOTALL)
_RESULT = re.compile(r"\s*= (-?\w+|\?)(?:<[^<>]*>)?(?: (E\w+)| /\* (\d+) in strace)?")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SOCKET = re.compile(r'sun_path="((?:[^"\\]|\\.)*)"')
_DESCRIPTOR = re.compile(r"\w+<(.*)>", re.DOTALL)
_ESCAPE = re.compile(r"\\([0-3]?[0-7]{1,2}|[ntvfr\"\\])")
_LETTERS = {"n": "\n", "t": "\t", "v": "\v", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}
_ABSENT = ("ENOENT", "ENOTDIR", "ENAMETOOLONG")


class Used(Struct, frozen=True):
    """A path, how it was used, and when (seconds since the epoch)."""

    path: str
    how: How
    seconds: float


class Call(Struct, frozen=True):
    """One finished call: its arguments as written, its result, and the name of its error or nothing."""

    task: str
    seconds: float
    name: str
    arguments: list[str]
    result: str
    error: str


class _Task(Struct):
    """Where a task is: not yet in a container, in one as its runner, or as a program of the image."""

    directory: str = "/"
    inside: bool = False
    program: bool = False


class Log:
    """The state between lines. ``tasks`` are those that were followed from the start, in no container.

    ``hidden`` counts the programs whose names strace was not allowed to read.
    """

    def __init__(self, tasks: Iterable[int]) -> None:
        self.hidden = 0
        self._tasks = {str(task): _Task() for task in tasks}
        self._unfinished: dict[str, str] = {}
        self._unborn: dict[str, list[Call]] = {}

    def read(self, line: str) -> Iterator[Used]:
        """What is known now that this line is read. Lines that are no calls tell nothing."""
        match = _LINE.fullmatch(line)
        if not match:
            return
        task, seconds, text = match.groups()
        if text.endswith(_UNFINISHED):
            self._unfinished[task] = text.removesuffix(_UNFINISHED)
            return
        if resumed := _RESUMED.match(text):
            text = self._unfinished.pop(task, "") + text[resumed.end() :]
        if call := _call(task, float(seconds), text):
            yield from self._happened(call)

    def _happened(self, call: Call) -> Iterator[Used]:
        """A child may call before its parent's fork returns; only then do we know whose child it is."""
        task = self._tasks.get(call.task)
        if task is None:
            self._unborn.setdefault(call.task, []).append(call)
            return
        if call.name in FORKS and not call.error:
            self._tasks[call.result] = _Task(task.directory, task.inside, task.program)
            for earlier in self._unborn.pop(call.result, ()):
                yield from self._happened(earlier)
        elif call.name == "pivot_root" or (call.name == "setns" and "CLONE_NEWPID" in _argument(call, 1)):
            task.inside |= not call.error
        elif task.inside:
            task.program |= call.name == "execve"
            self.hidden += call.name == "execve" and not call.error and not _string(_argument(call, 0))
            if task.program:
                yield from _used(call, task.directory)
        if not call.error:
            _move(task, call)


def _move(task: _Task, call: Call) -> None:
    """Where relative paths start from now on; strace tells it with every AT_FDCWD too."""
    if call.name == "chdir" and (name := _string(_argument(call, 0))):
        task.directory = _join(task.directory, name)
    elif call.name == "fchdir" or _argument(call, 0).startswith("AT_FDCWD<"):
        task.directory = _annotation(_argument(call, 0)) or task.directory


def _call(task: str, seconds: float, text: str) -> Call | None:
    name, parenthesis, rest = text.partition("(")
    if not parenthesis or not name.isidentifier():
        return None
    arguments, end = _split(rest)
    result = _RESULT.match(rest, end)
    return Call(task, seconds, name, arguments, result[3] or result[1], result[2] or "") if result else None


def _split(text: str) -> tuple[list[str], int]:
    """The arguments, and where the text after the closing parenthesis starts."""
    arguments, depth = [""], 0
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word == ")" and not depth:
            return [argument.strip() for argument in arguments], token.end()
        depth += (word in "([{") - (word in ")]}")
        if word == "," and not depth:
            arguments.append("")
        else:
            arguments[-1] += word
    return [], len(text)


def _used(call: Call, directory: str) -> Iterator[Used]:
    if call.name in LISTINGS and not call.error:
        paths: list[tuple[str, tuple[How, ...]]] = [(_annotation(_argument(call, 0)), ("listed",))]
    else:
        specs = syscalls().path.get(call.name, ())
        paths = [(_path(call, spec, directory), _how(call, spec)) for spec in specs]
    for path, hows in paths:
        if path and not re.match(r"/(proc|sys|dev)(/|$)", path):
            yield from (Used(path, how, call.seconds) for how in hows)


def _path(call: Call, spec: PathArgument, directory: str) -> str:
    if spec.address >= 0:
        match = _SOCKET.search(_argument(call, spec.address))
        name = _unescaped(match[1]) if match else ""
    else:
        name = _string(_argument(call, spec.path))
    if not name or name.startswith("/"):
        return _join("/", name) if name else ""
    base = _annotation(_argument(call, spec.directory)) if spec.directory >= 0 else directory
    return _join(base, name) if base.startswith("/") else ""


def _how(call: Call, spec: PathArgument) -> tuple[How, ...]:
    flags = _argument(call, max(spec.open_flags, spec.open_how))
    if call.error in _ABSENT:
        return ("absent",)
    if call.error == "EFAULT":
        return ()
    if "O_PATH" in flags or "O_TMPFILE" in flags:
        return ("stat",)
    if "O_CREAT" in flags and not call.error:
        # Whether it was there is not told, unless it may not have been; "opened" does no harm where it was not.
        return ("created",) if "O_EXCL" in flags else ("created", "opened")
    if "O_DIRECTORY" in flags:
        return ("listed",)
    return ("stat",) if call.error and spec.how in ("created", "link", "executed") else (spec.how,)


def _argument(call: Call, index: int) -> str:
    """An argument as written; empty where there is none, as in a call that was cut short."""
    return call.arguments[index] if 0 <= index < len(call.arguments) else ""


def _string(text: str) -> str:
    """A quoted string; nothing for NULL, an address or a string that was cut."""
    match = _STRING.fullmatch(text)
    return _unescaped(match[1]) if match else ""


def _annotation(text: str) -> str:
    """The path after a descriptor."""
    match = _DESCRIPTOR.fullmatch(text)
    return _unescaped(match[1]) if match else ""


def _unescaped(text: str) -> str:
    plain = _ESCAPE.sub(lambda found: _LETTERS.get(found[1]) or chr(int(found[1], 8)), text)
    return plain.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _join(directory: str, name: str) -> str:
    parts = (name if name.startswith("/") else f"{directory}/{name}").split("/")
    return "/" + "/".join(part for part in parts if part not in ("", "."))
