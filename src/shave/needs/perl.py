"""What Perl code names: modules that it uses, requires or inherits from, and the compiled part of a module.

Modules are looked for in every directory of @INC that distributions and perl itself are built with, and in those of
PERL5LIB and of ``use lib`` with a constant. Source: perlfunc (use, require, do), perlrun, lib(3perl), parent(3perl),
XSLoader(3perl), ExtUtils::Packlist(3perl); Debian Perl Policy, 2.3.
"""

import re
from collections.abc import Iterator

from shave.needs.places import MOST_BYTES, Places, below
from shave.needs.protocol import Files
from shave.needs.script import runs
from shave.reason import Link, Reason

_INC = re.compile(
    r"etc/perl|(?:.*/)?(?:lib|lib64|share)/(?:[^/]+-linux-[^/]+/)?(?:perl5?|perl-base|site_perl)"
    r"(?:/(?:\d[\d.]*|(?:site|vendor|core)_perl|[^/]+-linux[^/]*)){0,3}"
)
_SUFFIXES = (".pm", ".pl", ".psgi", ".cgi", ".fcgi")
_CORE = re.compile(
    r"(?:.*/)?(?:perl-base|core_perl|(?:lib|share)/(?:[^/]+-linux-[^/]+/)?perl/\d[^/]*|lib/perl5/\d[^/]*)/.*"
)
"""Perl's own modules."""
_OF_PACKAGES = re.compile(r"usr/(?!local/).*\.pm")
_NO_CODE = re.compile(rb"^=[a-zA-Z].*?(?:^=cut\b|\Z)|^__(?:END|DATA)__\b.*|^[ \t]*#[^\n]*", re.MULTILINE | re.DOTALL)
_MODULE = rb"[A-Za-z_]\w*(?:::\w+)*"
_USED = re.compile(rb"\b(?:use|require|no)[ \t\n]+(%s)" % _MODULE)
_LISTED = re.compile(rb"\b(?:use[ \t]+(?:parent|base|autouse|aliased|if)|extends|with)\b([^;]{1,300});")
_QUOTED = re.compile(rb"""["']([A-Za-z_]\w*(?:::\w+)+)["']""")
_SPACE = re.compile(rb"""["']([A-Z]\w*(?:::\w+)*)::(?:["']|\$\{?\w+\}?["'])""")
"""A name that is put together, as in ``"DBD::$driver"``."""
_FILE = re.compile(rb"""\b(?:require|do)[ \t(]+["']([\w./-]+\.p[lmh])["']""")
_LIB = re.compile(rb"""\buse[ \t]+lib[ \t(]+(?:qw\(?)?["']?(/[\w./-]+)""")


class Perl:
    """Modules that Perl code names.

    Perl's own are followed from programs and from the application's modules: with all of its packages, CPAN.pm names
    the clients of many protocols, and a module that a package brings for those who have Perl would bring Perl.
    """

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.places = Places(files.tree, _INC, environment.get("PERL5LIB", "").split(":"))
        self.known: dict[str, dict[str, str]] = {}
        self.reached: set[str] = set()

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """Each module that is there, with its compiled part; the files of a list that CPAN's installer wrote."""
        if path.endswith("/.packlist"):
            for line in self.files.read(path, 0, MOST_BYTES).decode("utf-8", "surrogateescape").splitlines():
                yield Link(line.partition(" ")[0], Reason("need", "was installed with it", path))
        elif not _CORE.fullmatch(path) and (path.endswith(_SUFFIXES) or runs(self.files, path, head, b"perl")):
            yield from self._others(path) if _OF_PACKAGES.fullmatch(path) else self._all(path)

    def _others(self, path: str) -> Iterator[Link]:
        for target, words in self._named(path).items():
            if not _CORE.fullmatch(target):
                yield Link(target, Reason("need", words, path))

    def _all(self, path: str) -> Iterator[Link]:
        """What a file names, and all that what it names names."""
        todo = [path]
        while todo:
            source = todo.pop()
            for target, words in self._named(source).items():
                if target not in self.reached:
                    self.reached.add(target)
                    yield Link(target, Reason("need", words, source))
                    todo += [target] if target.endswith(_SUFFIXES) else []

    def _named(self, path: str) -> dict[str, str]:
        """The files that a file names, and with which words."""
        if path not in self.known:
            real = self.files.tree.resolve(path).path
            entry = self.files.tree.get(real) if real else None
            data = self.files.read(entry.path, 0, MOST_BYTES) if entry and entry.kind == "file" else b""
            self.known[path] = dict(self._found(_NO_CODE.sub(b"", data), path))
        return self.known[path]

    def _found(self, code: bytes, path: str) -> Iterator[tuple[str, str]]:
        libraries = tuple(below("", lib.decode()) for lib in _LIB.findall(code))
        for name in (name.decode() for name in dict.fromkeys(_modules(code))):
            at = name.replace("::", "/")
            for file in (f"{at}.pm", f"auto/{at}/{at.rpartition('/')[2]}.so", f"auto/{at}/.packlist"):
                found = (*self.places.find(file), *self.places.beside(file, libraries))
                yield from ((target, f"uses {name}") for target in found)
        for name in (name.decode() for name in dict.fromkeys(_SPACE.findall(code))):
            found = self.places.children(name.replace("::", "/"))
            yield from ((target, f"uses modules below {name}") for target in found if target.endswith(".pm"))
        for file in (file.decode() for file in dict.fromkeys(_FILE.findall(code))):
            found = (*self.places.find(file), *self.places.beside(file, (path.rpartition("/")[0], *libraries)))
            yield from ((target, f"requires {file}") for target in found)


def _modules(code: bytes) -> Iterator[bytes]:
    yield from _USED.findall(code)
    for words in _LISTED.findall(code):
        yield from re.findall(_MODULE, words)
    yield from _QUOTED.findall(code)
