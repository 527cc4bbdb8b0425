"""Programs that scripts call: what stands in command position in scripts that run, found by PATH.

Scripts that run: what the image is started with, shell scripts of the application, those that a run executed or
opened, and those of packages that somebody installed; what they source runs too. Not maintainer scripts nor hooks of
init, cron, kernel and X11, which no container starts. Of an application in another language the constant command lines
that it passes to system(3) and the like. A scan for loose words kept a compiler instead.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from itertools import chain
from posixpath import basename, join

from shave.closure import Root
from shave.globs import matcher
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.shell import ShellText, read, started
from shave.widening.application import application

MAX_SCRIPT_BYTES = 4 << 20
"""More of a script is its payload."""
MAX_DIRECTORY = 64
"""A directory of scripts to run has no more entries."""
_SHELL = re.compile(
    rb"#![ \t]*(?:\S*/env[ \t]+(?:-\S+[ \t]+)*)?(?:\S*/)?(?:busybox[ \t]+)?(?:ba|da|a|k|mk|z)?sh(?:[ \t\r\n]|$)"
)
_RUNNERS = re.compile(rb"#![ \t]*\S*(?:with-contenv|execlineb|env[ \t]+-S)")
_TEXT = re.compile(r".*\.(?:sh|bash|envsh)")
_HOOKS = matcher(
    (
        "etc/{init.d,rc*.d,cron*,systemd,kernel,X11,network,dhcp,NetworkManager,ppp,acpi,pm,initramfs-tools,apt}/**",
        "etc/ca-certificates/update.d/**",
        "{usr/,}lib/{systemd,init,udev,dpkg,kernel,pm-utils,ifupdown,cloud-init}/**",
        "usr/share/{bug,doc,initramfs-tools,debconf,lintian,bash-completion}/**",
        "var/lib/dpkg/**",
        "lib/apk/**",
    )
)
_OTHER = re.compile(
    r".*\.(?:py|pl|pm|t|cgi|rb|rake|ru|php|phtml|js|cjs|mjs|ts|lua|tcl)|(?:.*/)?(?:Rakefile|Procfile)|(?:.*/)?[^/.]+"
)
_LANGUAGE = re.compile(rb"#!.*(?:python|perl|ruby|php|node|lua|tclsh)")
_CALL = re.compile(
    rb"""\b(?:os\.(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|posix_spawnp?)|subprocess\.\w+|(?:shutil\.)?which|check_output
    |check_call|create_subprocess_(?:exec|shell)|Popen|popen[23]?e?|capture[23]e?|system|shell_exec|passthru|proc_open|exec
    |execSync|execFile(?:Sync)?|execvp?|spawn(?:Sync)?|fork|os\.execute|io\.popen)\s*+\(?\s*+
    (?:os\.P_\w+\s*+,\s*+|cmd\s*+=\s*+|args\s*+=\s*+)?[\[(]?\s*+[rbfu]?(["'`])((?:[^\\\n]|\\.){1,500}?)\1""",
    re.VERBOSE,
)
_BACKTICKS = re.compile(rb"`([^`\n]{2,500})`|(?:\bqx|%x)\s*[{(/]([^\n})/]{2,500})[})/]")
_PATHS = re.compile(rb"(?<![\w.$%}~*-])/(?:[\w.+@-]+/)+[\w.+@-]+")
_COMMENT = re.compile(rb"^[ \t]*#.*$", re.MULTILINE)
_LOOP = re.compile(rb"(?<![\w./+-])(/[\w./+-]{1,200})/(\*(?:\.(?:sh|envsh|bash))?)(?=[\s;\"')]|$)", re.MULTILINE)

_DAEMONS = re.compile(r"(?:.*/)?(?:cron|crond|fcron|supercronic|yacron)")
_CRONTABS = matcher(("etc/crontab", "etc/cron.d/*", "etc/crontabs/*", "var/spool/cron/**"))
_SCHEDULE = re.compile(rb"^[ \t]*(?:@\w+|(?:[\d*][\w*/,-]*[ \t]+){4}[\w*/,-]+)[ \t]+", re.MULTILINE)
_USER = re.compile(_SCHEDULE.pattern + rb"[\w.-]+[ \t]+", re.MULTILINE)
"""Source: crontab(5); system crontabs have a sixth field."""


class Scripts:
    """Keeps the programs, and the texts, that scripts name."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.application = scene.once(application)
        self.done: set[str] = set()

    def roots(self) -> Iterator[Root]:
        """What ENTRYPOINT, CMD and HEALTHCHECK start; CMD by itself too, for entry points that end in ``exec "$@"``."""
        run = self.scene.config.run
        check = run.healthcheck.command(run.shell) if run.healthcheck else ()
        commands = {
            "ENTRYPOINT": self.scene.words,
            "CMD": run.cmd if run.entrypoint else (),
            "HEALTHCHECK": check,
        }
        for word, command in commands.items():
            found = started(command, self.scene.environment) if command else ShellText(())
            for link in self._called(found, word, ""):
                yield link.target, link.reason

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What a script that runs calls."""
        if not head:
            return
        if _DAEMONS.fullmatch(path):
            for each in filter(_CRONTABS, self.scene.tree.nodes):
                yield from self._script(each, path) if self._file(each) == each else ()
        elif self._is_shell(path, head):
            yield from self._script(path, path)
        elif path in self.application and (_LANGUAGE.match(head) if head.startswith(b"#!") else _OTHER.fullmatch(path)):
            yield from self._calls(path)

    def _is_shell(self, path: str, head: bytes) -> bool:
        is_shell = bool(_SHELL.match(head) or _RUNNERS.match(head))
        if path in self.application:
            return is_shell or (not head.startswith(b"#!") and bool(_TEXT.fullmatch(path)))
        if not is_shell:
            return False
        if {"executed", "opened"} & self.scene.used.get(path, frozenset()):
            return True
        return path in self.scene.owners and not self.scene.in_base(path) and not _HOOKS(path)

    def _script(self, path: str, source: str) -> Iterator[Link]:
        """What the script at ``path`` calls; what it sources is a part of it."""
        todo = [path]
        while todo:
            path = todo.pop()
            if path in self.done:
                continue
            self.done.add(path)
            text = self._text(path)
            found = read(text, self.scene.environment)
            yield from self._called(found, f"/{path}", source)
            if path in self.application or path in self.scene.used:
                yield from self._named(text, path, source)
            for name in self._read(found, text):
                yield Link(name, Reason("need", f"/{path} reads it", source))
                todo += [real] if (real := self._file(name)) else []

    def _text(self, path: str) -> bytes:
        """A script; of a crontab the commands."""
        text = self.scene.files.read(path, 0, MAX_SCRIPT_BYTES)
        if not _CRONTABS(path):
            return text
        is_system = path == "etc/crontab" or path.startswith("etc/cron.d/")
        return (_USER if is_system else _SCHEDULE).sub(b"", text)

    def _called(self, found: ShellText, name: str, source: str) -> Iterator[Link]:
        for program in found.programs:
            if place := self._place(program):
                yield Link(place, Reason("need", f"{name} calls {program}", source))

    def _place(self, program: str) -> str | None:
        if "/" in program and not program.startswith("/"):
            program = join("/", self.scene.config.run.working_dir, program)
        return self.scene.command(program) if program else None

    def _named(self, text: bytes, path: str, source: str) -> Iterator[Link]:
        """Files that a script names by absolute paths."""
        for name in dict.fromkeys(_PATHS.findall(_COMMENT.sub(b"", text))):
            if self._file(word := _decoded(name)):
                yield Link(word, Reason("need", f"/{path} names {word}", source))

    def _read(self, found: ShellText, text: bytes) -> Iterator[str]:
        """Texts that a script sources or gives to a shell, and those of the directories that it goes through."""
        for command in found.commands:
            match command.words:
                case (".", str(name), *_) | ("source", str(name), *_):
                    yield self._absolute(name)
                case ("sh" | "bash" | "dash" | "/bin/sh" | "/bin/bash", *words):
                    yield from (self._absolute(name) for name in words if name and not name.startswith("-"))
                case ("run-parts" | "/bin/run-parts" | "/usr/bin/run-parts", *words):
                    yield from chain.from_iterable(self._below(name, "*") for name in words if name and name[0] == "/")
        for directory, pattern in _LOOP.findall(text):
            if directory.endswith(b".d") or pattern != b"*":
                yield from self._below(_decoded(directory), _decoded(pattern))

    def _absolute(self, name: str) -> str:
        return join("/", self.scene.config.run.working_dir, name)

    def _below(self, directory: str, pattern: str) -> Iterator[str]:
        real = self.scene.tree.resolve(directory).path
        below = self.scene.tree.children.get(real, ()) if real else ()
        for path in below if len(below) <= MAX_DIRECTORY else ():
            if fnmatchcase(basename(path), pattern) and not (self.scene.in_base(path) and _HOOKS(path)):
                yield f"/{path}"

    def _file(self, name: str) -> str | None:
        real = self.scene.tree.resolve(name).path
        entry = self.scene.tree.get(real) if real else None
        return real if entry and entry.kind == "file" else None

    def _calls(self, path: str) -> Iterator[Link]:
        """Constant command lines that a program of another language starts."""
        text = self.scene.files.read(path, 0, MAX_SCRIPT_BYTES)
        if b"\0" in text[:4096]:
            return
        found = [line for _, line in _CALL.findall(text)]
        if not path.endswith(("js", "ts", "py")):
            found += [first or second for first, second in _BACKTICKS.findall(text)]
        for line in dict.fromkeys(found):
            yield from self._called(read(line, self.scene.environment), f"/{path}", path)


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
