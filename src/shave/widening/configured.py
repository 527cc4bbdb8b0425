"""What server configurations name: modules, further files, programs, the directories of their data.

A configuration counts if it is the application's, if a run opened it, or if it is of a package that somebody installed
and that stays; what it includes counts too. The base's own is read by nobody, but for the three that every program
reads: nsswitch.conf(5), ld.so.preload (ld.so(8)), pam.d of who includes it (pam.d(5)). Comments name nothing.

Sources: Apache's documentation, LoadModule; nginx's, load_module; PostgreSQL's, shared_preload_libraries;
supervisord's, [program:x]; systemd.service(5), ExecStart.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cached_property
from posixpath import basename, dirname, join

from shave.closure import Root
from shave.globs import matcher
from shave.needs.elf import Elf
from shave.package import Package
from shave.reason import Link, Reason
from shave.scene import Scene
from shave.shell import read
from shave.tree import parents
from shave.widening.application import application
from shave.widening.small import below
from shave.widening.units import touches

MAX_BYTES = 1 << 20
"""What is larger is no configuration."""
MAX_INCLUDED = 1024
"""A pattern names no more files."""
_EXTENSIONS = re.compile(
    r"(?!.*/(?:node_modules|site-packages|dist-packages|gems|vendor)/)"
    r".*\.(?:conf|cnf|ini|cfg|ya?ml|toml|json|xml|properties|service|rc|load|vcl|lua|pool|env)"
)
_NOBODYS = matcher(
    (
        "etc/{apt,alternatives,init.d,cron*,logrotate.d,systemd,profile.d,skel,dpkg,kernel,X11,xdg,ssl}/**",
        "etc/{ca-certificates,init,rc*.d,update-motd.d,bash_completion.d,terminfo,python3*,perl,emacs,fonts}/**",
        "etc/{bash.bashrc,profile,inputrc,mime.types,services,protocols,ld.so.cache,mailcap,magic,login.defs}",
        "etc/**/{magic,magic.mime,mime.types}",
    )
)
_COMMENT = re.compile(rb"^[ \t]*(?:[#;]|//|--[ \t]).*$|<!--.{0,200}?-->|[ \t]#[ \t].*$", re.MULTILINE)
_PATH = re.compile(
    rb"(?:(?<![\w.$%{}~*/:@?&=+-])(?>/(?:[\w.+@:-]+/)*[\w.+@-]+/?)|(?<==)(?>/(?:[\w.+@-]+/)+[\w.+@-]+/?))(?![*?%${\[])"
)
_INCLUDE = re.compile(
    rb"^[ \t]*(?:[@%!]?include(?:_?dir|Optional)?|load_module|LoadModule[ \t]+\w+|files|import|source)"
    rb"[=: \t]{1,40}+[\"'<]?([\w./*?\[\]@+-]+)",
    re.MULTILINE | re.IGNORECASE,
)
_COMMAND = re.compile(
    rb"^[ \t\"']*(?:\w*command|cmd|exec|program|run|Exec(?:Start|Stop|Reload)\w*|attach-daemon2?|\w*_path)[\"']?"
    rb"[ \t]*[=:][ \t]*(.+)$",
    re.MULTILINE | re.IGNORECASE,
)
_PRELOAD = re.compile(
    rb"^[ \t]*(?:(?:shared|local|session)_preload_libraries|plugin[-_]load(?:[-_]add)?)[ \t]*=[ \t]*[\"']?([^\"'\n#]+)",
    re.MULTILINE,
)
_WORD = re.compile(rb"[\w.$/-]+")
_SECURITY = re.compile(r"(?:usr/)?lib(?:64|32)?/(?:[^/]+-linux-[^/]+/)?security/(?P<name>[^/]+\.so)")
_PLUGINS = re.compile(r"usr/(?:local/)?(?:lib(?:64)?|libexec)/(?:postgresql|mysql|mariadb)\b.*/(?P<name>[^/]+\.so)")
_PAM_MODULE = re.compile(
    rb"^[ \t]*-?(?:auth|account|password|session)[ \t]+(?:\[[^\]\n]*\]|\w+)[ \t]+(\S+)", re.MULTILINE
)


class Configured:
    """Keeps what configurations name."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.elf = Elf(scene.files, scene.environment)
        self.done: set[str] = set()
        self.packages: set[int] = set()

    @cached_property
    def modules(self) -> dict[str, list[str]]:
        """Modules of PAM and of databases by name."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        for path in self.scene.tree.nodes:
            if match := _SECURITY.fullmatch(path) or _PLUGINS.fullmatch(path):
                found[match["name"]].append(path)
        return found

    def roots(self) -> Iterator[Root]:
        """What configurations name that are the application's, or that a run opened; what every program reads."""
        opened = (path for path, how in self.scene.used.items() if "opened" in how and path.startswith("etc/"))
        for path in (*self.scene.once(application), *opened):
            if _is_configuration(path):
                yield from ((link.target, link.reason) for link in self._named(path, path))
        for link in (*self._preloaded(), *self._names()):
            yield link.target, link.reason

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """What the configuration of the package of ``path`` names, once."""
        package = self.scene.owners.get(path)
        if package is None or id(package) in self.packages or not touches(self.scene, path):
            return
        self.packages.add(id(package))
        for each in self._configurations(package):
            yield from self._named(each, path)

    def _configurations(self, package: Package) -> Iterator[str]:
        for path in package.paths:
            if path.startswith("etc/") and path in self.scene.tree and _is_configuration(path):
                yield from () if self.scene.in_base(path) else (path,)

    def _named(self, path: str, source: str) -> Iterator[Link]:
        """What the configuration at ``path`` names, and those that it includes."""
        todo = [path]
        while todo:
            name = todo.pop()
            text = self._text(name)
            if name in self.done or not text:
                continue
            self.done.add(name)
            for target, words in self._targets(name, text):
                yield Link(target, Reason("need", f"/{name} {words}", source))
            for included in self._included(name, text):
                yield Link(included, Reason("need", f"/{name} includes it", source))
                todo.append(included)

    def _text(self, path: str) -> bytes:
        """A configuration without its comments; nothing for what is none."""
        entry = self.scene.tree.get(path)
        if entry is None or entry.kind != "file" or not 0 < entry.size <= MAX_BYTES:
            return b""
        text = self.scene.files.read(path)
        return b"" if b"\0" in text else _COMMENT.sub(b"", text)

    def _targets(self, path: str, text: bytes) -> Iterator[tuple[str, str]]:
        for name in dict.fromkeys(_PATH.findall(text)):
            word = _decoded(name)
            yield from ((target, f"names {word}") for target in self._place(word))
        for line in dict.fromkeys(_COMMAND.findall(text)):
            for program in read(line.strip(b" \t\r\"',"), self.scene.environment).programs:
                if (place := self.scene.command(program)) and not _is_prose(program, line):
                    yield place, f"runs {program}"
        names = _PAM_MODULE.findall(text) if "/pam.d/" in f"/{path}" else []
        names += [word for value in _PRELOAD.findall(text) for word in _WORD.findall(value)]
        for word in map(_decoded, names):
            module = basename(word).removesuffix(".so") + ".so"
            yield from ((place, f"loads {word}") for place in self.modules.get(module, ()))

    def _place(self, word: str) -> Iterator[str]:
        real = self.scene.tree.resolve(word).path
        entry = self.scene.tree.get(real) if real else None
        if real and entry and entry.kind == "directory":
            yield from below(self.scene, real)
        elif entry and entry.kind == "file":
            yield word

    def _included(self, path: str, text: bytes) -> Iterator[str]:
        """Files by a path or a pattern, from the directory of the configuration or from one above it."""
        for name in dict.fromkeys(map(_decoded, _INCLUDE.findall(text))):
            for directory in (dirname(path), *parents(dirname(path))):
                if found := list(self._matching(join("/", directory, name))):
                    yield from found
                    break

    def _matching(self, pattern: str) -> Iterator[str]:
        real = self.scene.tree.resolve(dirname(pattern)).path
        last = basename(pattern) or "*"
        below = self.scene.tree.children.get(real, ()) if real else ()
        for path in below if len(below) <= MAX_INCLUDED else ():
            target = self.scene.tree.resolve(path).path
            entry = self.scene.tree.get(target) if target else None
            if target and entry and entry.kind == "file" and fnmatchcase(basename(path), last):
                yield target

    def _preloaded(self) -> Iterator[Link]:
        for word in map(_decoded, _WORD.findall(self._text("etc/ld.so.preload"))):
            yield Link(word, Reason("need", f"/etc/ld.so.preload names {word}", "etc/ld.so.preload"))

    def _names(self) -> Iterator[Link]:
        """The libraries that glibc loads for the words of nsswitch.conf."""
        libc = self.scene.entry("/lib64/ld-linux-x86-64.so.2") or self.scene.entry("/lib/ld-linux-aarch64.so.1")
        text = self._text("etc/nsswitch.conf") if libc else b""
        for word in dict.fromkeys(re.findall(r"(?<=[\s:\]])[a-z]\w*(?=\s|\[|$)", _decoded(text))):
            for target in self.elf.named(libc.path, f"libnss_{word}.so.2") if libc else ():
                yield Link(target, Reason("need", f"/etc/nsswitch.conf names {word}", "etc/nsswitch.conf"))


def _is_configuration(path: str) -> bool:
    return not _NOBODYS(path) and (path.startswith("etc/") or bool(_EXTENSIONS.fullmatch(path)))


def _is_prose(program: str, line: bytes) -> bool:
    """Whether a line that begins with the name of a command is a sentence or a setting: a program is called alone, or
    with options or paths.
    """
    words = _decoded(line).strip(" \t\r\"',").split()[1:]
    is_call = not words or any(word[0] in "-/$" or "." in word or ":" in word for word in words)
    return "/" not in program and not is_call


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
