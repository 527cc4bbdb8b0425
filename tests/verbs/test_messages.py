"""Messages as programs really write them; each fact has an example here."""

import re
import subprocess
import sys

import pytest

from shave.symptoms import Symptom, symptoms
from shave.tree import Entry, Node, Tree
from shave.verbs.messages import named, said

PATHS = (
    "app/plugins/mail.py",
    "app/templates/page.html",
    "app/lib/Foo.class",
    "app/lib/a/b/C.class",
    "etc/app/[main].conf",
    "etc/motd",
    "etc/ssl/certs/ca.pem",
    "lib/terminfo/v/vt52",
    "srv/node_modules/left-pad/index.js",
    "srv/node_modules/left-pad/package.json",
    "usr/bin/jq",
    "usr/lib/libz.so.1",
    "usr/lib/perl/auto/List/Util/Util.so",
    "usr/lib/php/inc/header.php",
    "usr/lib/python3/encodings/cp037.py",
    "usr/lib/python3/pkg/__init__.py",
    "usr/lib/python3/pkg/fast.cpython-311-x86_64-linux-gnu.so",
    "usr/lib/ruby/json/ext.rb",
    "usr/lib/jni/libnet.so",
    "usr/lib/locale/C.utf8/LC_CTYPE",
    "usr/share/perl5/Foo/Bar.pm",
    "usr/share/zoneinfo/Europe/Berlin",
)
TREE = Tree({path: Node(Entry(path, "file", size=len(path)), 0, (0, path)) for path in PATHS})

SAID = [
    ("ModuleNotFoundError: No module named 'plugins.mail'", ["app/plugins/mail.py"]),
    ("/usr/bin/python3: No module named pkg", ["usr/lib/python3/pkg/__init__.py"]),
    ("No module named 'pkg.fast'", ["usr/lib/python3/pkg/fast.cpython-311-x86_64-linux-gnu.so"]),
    ("LookupError: unknown encoding: cp037", ["usr/lib/python3/encodings/cp037.py"]),
    ("'No time zone found with key Europe/Berlin'", ["usr/share/zoneinfo/Europe/Berlin"]),
    (
        "x: error while loading shared libraries: libz.so.1: cannot open shared object file: No such file or directory",
        ["usr/lib/libz.so.1"],
    ),
    ("Error loading shared library libz.so.1: No such file or directory (needed by /x)", ["usr/lib/libz.so.1"]),
    ("Can't locate Foo/Bar.pm in @INC (you may need to install the Foo::Bar module)", ["usr/share/perl5/Foo/Bar.pm"]),
    ("Can't locate loadable object for module List::Util in @INC", ["usr/lib/perl/auto/List/Util/Util.so"]),
    (
        "Error: Cannot find module 'left-pad'\nRequire stack:",
        ["srv/node_modules/left-pad/index.js", "srv/node_modules/left-pad/package.json"],
    ),
    ("cannot load such file -- json/ext (LoadError)", ["usr/lib/ruby/json/ext.rb"]),
    ('Exception in thread "main" java.lang.ClassNotFoundException: a.b.C', ["app/lib/a/b/C.class"]),
    ("Error: Could not find or load main class Foo", ["app/lib/Foo.class"]),
    ("java.lang.NoClassDefFoundError: a/b/C", ["app/lib/a/b/C.class"]),
    ("java.lang.UnsatisfiedLinkError: no net in java.library.path: /usr/lib/jni", ["usr/lib/jni/libnet.so"]),
    ("PHP Fatal error:  Uncaught Error: Failed opening required 'inc/header.php'", ["usr/lib/php/inc/header.php"]),
    ("jinja2.exceptions.TemplateNotFound: page.html", ["app/templates/page.html"]),
    ("django.template.exceptions.TemplateDoesNotExist: page.html", ["app/templates/page.html"]),
    ('html/template: template "page.html" not found', ["app/templates/page.html"]),
    ("FileNotFoundError: [Errno 2] No such file or directory: '/etc/motd'", ["etc/motd"]),
    ("No such file or directory @ rb_sysopen - /etc/motd", ["etc/motd"]),
    ("cat: can't open '/etc/motd': No such file or directory", ["etc/motd"]),
    ("open /etc/motd: no such file or directory", ["etc/motd"]),
    ('nginx: [emerg] open() "/etc/motd" failed (2: No such file or directory)', ["etc/motd"]),
    ("Error: ENOENT: no such file or directory, open '/etc/motd'", ["etc/motd"]),
    ("ENOENT: no such file or directory, open '/etc/app/[main].conf'", ["etc/app/[main].conf"]),
    ("java.nio.file.NoSuchFileException: /etc/motd", ["etc/motd"]),
    ("System.IO.FileNotFoundException: Could not find file '/etc/motd'.", ["etc/motd"]),
    ("sh: 1: jq: not found", ["usr/bin/jq"]),
    ("bash: line 1: jq: command not found", ["usr/bin/jq"]),
    ('exec: "jq": executable file not found in $PATH', ["usr/bin/jq"]),
    ("locale.Error: unsupported locale setting", ["usr/lib/locale/C.utf8/LC_CTYPE"]),
    ("Error opening terminal: unknown terminal type vt52", ["lib/terminfo/v/vt52"]),
    ("curl: (60) SSL certificate problem: unable to get local issuer certificate", ["etc/ssl/certs/ca.pem"]),
]


@pytest.mark.parametrize(("text", "paths"), SAID)
def test_what_is_said_to_be_missing(text: str, paths: list[str]) -> None:
    found = {path for globs in said([f"before\n{text}\nafter"]).values() for path in named(globs, TREE)}
    assert found == set(paths)


WITH_FILES = [symptom for symptom, _ in symptoms() if symptom.globs]


@pytest.mark.parametrize("symptom", WITH_FILES, ids=lambda symptom: symptom.pattern[:40])
def test_every_symptom_that_names_files_has_an_example(symptom: Symptom) -> None:
    assert any(re.search(symptom.pattern, text, re.MULTILINE) for text, _ in SAID)


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import plugins.mail"],
        [sys.executable, "-c", "open('/etc/motd_missing')"],
        ["perl", "-e", "require Foo::Bar"],
        ["bash", "-c", "jq_missing"],
        ["cat", "/etc/motd_missing"],
        ["busybox", "cat", "/etc/motd_missing"],
    ],
)
def test_programs_of_this_machine_say_so(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said([done.stderr]), done.stderr


def test_nothing_is_understood_in_ordinary_words() -> None:
    assert said(["GET / HTTP/1.1 200\nready to accept connections"]) == {}


def test_hostile_text_is_bounded() -> None:
    assert said(["No module named '" + "a." * 1_000_000]) == {}
    assert named(["**"], Tree({str(n): Node(Entry(str(n), "file"), 0, (0, str(n))) for n in range(1000)}))[200:] == ()
