"""What Perl code names: modules that it uses, requires or inherits from, and the compiled part of a module.

Modules are looked for in every directory of @INC that distributions and perl itself are built with, and in those of
PERL5LIB and of ``use lib`` with a constant. Source: perlfunc (use, require, do), perlrun, lib(3perl), parent(3perl),
XSLoader(3perl), ExtUtils::Packlist(3perl); Debian Perl Policy, 2.3.
"""

import re
from collections.abc import Iterator

from shave.needs.places import MOST_BYTES, Places, below
from shave.needs.protocol import Files
from shave.reason import Link, Reason

_INC = re.compile(
    r"etc/perl|(?:.*/)?(?:lib|lib64|share)/(?:[^/]+-linux-[^/]+/)?(?:perl5?|perl-base|site_perl)"
    r"(?:/(?:\d[\d.]*|(?:site|vendor|core)_perl|[^/]+-linux[^/]*)){0,3}"
)
_SUFFIXES = (".pm", ".pl", ".psgi", ".cgi", ".fcgi")
_CORE = re.compile(
    r"(?:.*/)?(?:perl-base|core_perl|(?:lib|share)/(?:[^/]+-linux-[^/]+/)?perl/\d[^/]*|lib/perl5/\d[^/]*)/.*"
)
"""Perl's own modules. What they may use besides, such as CPAN.pm the clients of many protocols, is followed where code
outside of them names them.
"""
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
    """Modules that Perl code names."""

    def __init__(self, files: Files, environment: dict[str, str]) -> None:
        self.files = files
        self.places = Places(files.tree, _INC, environment.get("PERL5LIB", "").split(":"))

    def links(self, path: str, head: bytes) -> Iterator[Link]:
        """Each module that is there, with its compiled part; the files of a list that CPAN's installer wrote."""
        if path.endswith("/.packlist"):
            for line in self.files.read(path, 0, MOST_BYTES).decode("utf-8", "surrogateescape").splitlines():
                yield Link(line.partition(" ")[0], Reason("need", "was installed with it", path))
        elif is_perl(path, head):
            yield from self._followed(path)

    def _followed(self, path: str) -> Iterator[Link]:
        """What a file names, and what those of Perl's own modules name that it leads to."""
        todo = [path]
        while todo:
            for link in self._named(todo.pop()):
                yield link
                if _CORE.fullmatch(link.target) and link.target.endswith(_SUFFIXES):
                    todo.append(link.target)

    def _named(self, path: str) -> Iterator[Link]:
        code = _NO_CODE.sub(b"", self.files.read(path, 0, MOST_BYTES))
        libraries = tuple(below("", lib.decode()) for lib in _LIB.findall(code))
        for name in dict.fromkeys(_modules(code)):
            at = name.decode().replace("::", "/")
            last = at.rpartition("/")[2]
            for target in self.places.find((f"{at}.pm", f"auto/{at}/{last}.so", f"auto/{at}/.packlist"), libraries):
                yield Link(target, Reason("need", f"uses {name.decode()}", path))
        for space in dict.fromkeys(_SPACE.findall(code)):
            for target in self.places.children(space.decode().replace("::", "/"), ".pm"):
                yield Link(target, Reason("need", f"uses modules below {space.decode()}", path))
        for file in dict.fromkeys(_FILE.findall(code)):
            for target in self.places.find((file.decode(),), (path.rpartition("/")[0], *libraries)):
                yield Link(target, Reason("need", f"requires {file.decode()}", path))


def is_perl(path: str, head: bytes) -> bool:
    """Whether a file is Perl code."""
    if _CORE.fullmatch(path):
        return False
    return path.endswith(_SUFFIXES) or (head.startswith(b"#!") and b"perl" in head.partition(b"\n")[0])


def _modules(code: bytes) -> Iterator[bytes]:
    yield from _USED.findall(code)
    for words in _LISTED.findall(code):
        yield from re.findall(_MODULE, words)
    yield from _QUOTED.findall(code)
