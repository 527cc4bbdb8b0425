"""Each base runs a real program of its kind, bookworm's as root, trixie's as an ordinary user; its records are true.

The programs, and the specs that put them on a base, are in ``bases``. They trust an authority that is made here and
added to the image as ca-certificates has it, in the form that each of them reads.
"""

import hashlib
import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

import debs
import shave
from shave.elf import MAGIC
from shave.events import silent
from shave.spec import BASES
from shave.spec_file import load
from shave.store import Unpacked, unpack
from shave.testing import Directory

pytestmark = [pytest.mark.network, pytest.mark.root]
PROGRAMS = Path(__file__).parent / "bases"
SUITES = ("bookworm", "trixie")
USER = "shave-test-bases"
SECRET = "password"
AARCH64 = (183).to_bytes(2, "little")

COMPILED: dict[str, Sequence[Sequence[str]]] = {
    "static": [["go", "build", "-o", "program", "main.go"]],
    "cc": [
        ["gcc", "-c", "program.c"],
        ["g++", "-fopenmp", "program.o", "parts.cc", "-o", "program", "-l:libssl.so.3", "-l:libcrypto.so.3"],
    ],
    "java": [
        ["javac", "--release", "17", "-d", "classes", "Program.java"],
        ["jar", "--create", "--file", "program.jar", "--main-class", "Program", "-C", "classes", "."],
    ],
    "dotnet-deps": [["gcc", "program.c", "-o", "program"]],
}

ACCOUNTS = {"etc/passwd", "etc/group"}
PROGRAM, AUTHORITY = {"usr/bin/program"}, {"usr/local/share/ca-certificates/authority.crt"}
TLS = {"srv/server.pem", "srv/server.p12", *AUTHORITY}
# What the specs in ``bases`` bring beside links and small files; a program in Go, a jar and npm packages are units of
# their own, but for the link to a command.
COPIED = {
    "static": TLS,
    "cc": PROGRAM | AUTHORITY,
    "busybox": PROGRAM,
    "python": {"srv/program.py"} | TLS,
    "node": {"srv/program.js"} | TLS,
    "java": TLS,
    "dotnet-deps": PROGRAM | {"srv/node_modules/.bin/azmcp-linux-x64"},
}


class Made(NamedTuple):
    """A base with a program: what ``shave build`` said, and where it and its lock were written."""

    said: str
    place: Path

    @property
    def locked(self) -> list[str]:
        """Name and version of each package of the lock."""
        packages = json.loads((self.place / "spec.toml.lock").read_text())["packages"]
        return sorted(f"{package['name']} {package['version']}" for package in packages)


Build = Callable[[str, str], Made]


@pytest.fixture(scope="module")
def readable() -> Iterator[Path]:
    """A directory that anybody may read; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="shave-test-", dir="/var/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def tls(readable: Path) -> Path:
    """An authority, and a certificate of it for localhost."""
    place = readable / "tls"
    place.mkdir()
    request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    # Python 3.13 refuses an authority that does not say what its key is for (RFC 5280, section 4.2.1.3)
    usage = extensions("keyUsage=critical,keyCertSign")
    authority = [*request, *usage, "-subj", "/CN=A test's", "-keyout", "authority.key", "-out", "authority.crt"]
    name = extensions("subjectAltName=DNS:localhost", "basicConstraints=CA:false")
    server = [*request, *name, "-subj", "/CN=localhost"]
    signed = ["-CA", "authority.crt", "-CAkey", "authority.key", "-keyout", "server.key", "-out", "server.crt"]
    stored = ["pkcs12", "-export", "-in", "server.crt", "-inkey", "server.key", "-passout", f"pass:{SECRET}"]
    for words in (authority, [*server, *signed], [*stored, "-out", "server.p12"]):
        run(["openssl", *words], place)
    (place / "server.pem").write_bytes((place / "server.crt").read_bytes() + (place / "server.key").read_bytes())
    return place


def extensions(*wanted: str) -> list[str]:
    return [word for extension in wanted for word in ("-addext", extension)]


@pytest.fixture(scope="module")
def user() -> Iterator[pwd.struct_passwd]:
    """With subordinate ids, as ``useradd`` gives them."""
    subprocess.run(["userdel", "--remove", USER], capture_output=True, check=False)
    run(["useradd", "--create-home", USER])
    yield pwd.getpwnam(USER)
    run(["userdel", "--remove", USER])


@pytest.fixture(scope="module")
def ordinary(user: pwd.struct_passwd) -> Sequence[str]:
    """shave as that user has it, on Debian's own Python, without any of our environment."""
    search = os.pathsep.join(str(Path(module.__file__ or "").parents[1]) for module in (shave, msgspec))
    become = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--reset-env"]
    return [*become, "env", f"PYTHONPATH={search}", "/usr/bin/python3", "-B", "-m", "shave"]


@pytest.fixture(scope="module")
def build(readable: Path, tls: Path, ordinary: Sequence[str], user: pwd.struct_passwd) -> Build:
    """A base with its program: of bookworm built and run as root, of trixie as an ordinary user. Each is built once."""
    made: dict[tuple[str, str], Made] = {}

    def built(base: str, suite: str) -> Made:
        if (base, suite) not in made:
            place = readable / f"{base}-{suite}"
            context(place, base, suite, tls)
            if suite == "trixie":
                os.chown(place, user.pw_uid, user.pw_gid)
            command = ordinary if suite == "trixie" else [sys.executable, "-m", "shave"]
            wanted = ["--lock", "--compression", "none", "--report", "report"]
            said = run([*command, "build", "spec.toml", "-o", "oci:out:x", *wanted], place)
            made[base, suite] = Made(said, place)
        return made[base, suite]

    return built


def context(place: Path, base: str, suite: str, tls: Path) -> None:
    """The program and all that its spec copies."""
    shutil.copytree(PROGRAMS / base, place)
    spec = place / "spec.toml"
    spec.write_text(f'suite = "{suite}"\n{spec.read_text()}')
    for command in COMPILED.get(base, ()):
        run(command, place, CGO_ENABLED="0")
    (place / "tls").mkdir()
    for name in ("server.pem", "server.p12"):
        shutil.copy(tls / name, place / "tls")
        (place / "tls" / name).chmod(0o644)
    shutil.copy(tls / "authority.crt", place)


def run(command: Sequence[str], place: Path | None = None, **environment: str) -> str:
    done = subprocess.run(
        command, cwd=place, capture_output=True, text=True, env={**os.environ, **environment}, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


each = pytest.mark.parametrize(
    ("base", "suite"), [(base, suite) for base in BASES if base != "scratch" for suite in SUITES]
)


@each
def test_a_real_program(build: Build, base: str, suite: str) -> None:
    assert re.search(r"^probes  (\d) of \1 answered as they should$", build(base, suite).said, re.MULTILINE)


@each
def test_records_are_true(build: Build, base: str, suite: str, tmp_path: Path) -> None:
    made = build(base, suite)
    with shave.open(f"oci:{made.place}/out:x") as image:
        files = unpack(image, tmp_path, silent)
        unowned = {row.path for row in shave.files(shave.explain(image)) if not row.unit and row.kind != "directory"}
    spec = load(made.place / "spec.toml")
    assert unowned == ACCOUNTS | COPIED[base] | {added.path.lstrip("/") for added in (*spec.files, *spec.symlinks)}
    assert sorted(names(files, tmp_path)) == made.locked
    for path in (path for path in files.tree.children["var/lib/dpkg/status.d"] if path.endswith(".md5sums")):
        lines = files.read(path).decode().splitlines()
        assert lines, path
        for line in lines:
            digest, file = line.split("  ", 1)
            assert hashlib.md5(files.read(file)).hexdigest() == digest, file
    for path in files.tree.children["var/lib/dpkg/info"]:
        listed = files.read(path).decode().splitlines()
        assert listed[0] == "/." and all(line[1:] in files.tree for line in listed[1:]), path


@each
def test_the_list_of_packages_names_them_all(build: Build, base: str, suite: str) -> None:
    made = build(base, suite)
    document = (made.place / "report/image.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(document) is None
    purls = [PackageURL.from_string(found["purl"]) for found in json.loads(document)["components"] if "purl" in found]
    assert sorted(f"{purl.name} {purl.version}" for purl in purls if purl.type == "deb") == made.locked


DPKG = """
base = "busybox"
packages = ["dpkg", "libc-bin"]
[[copy]]
source = "foo.deb"
path = "/srv/"
[[probe]]
name = "dpkg"
command = ["/bin/sh", "-eux", "-c", '''
test -z "$(/usr/bin/dpkg --verify)"
test -z "$(/usr/bin/dpkg --audit)"
/usr/bin/dpkg --install /srv/foo.deb
test -e /usr/share/foo/done
test "$(/usr/bin/dpkg --search /usr/share/foo/file)" = "foo: /usr/share/foo/file"
/usr/bin/dpkg --purge foo
test ! -e /usr/share/foo/file
''']
"""


@pytest.mark.parametrize("suite", SUITES)
def test_dpkg_works_where_it_is_in(suite: str, tmp_path: Path) -> None:
    script = b"#!/bin/sh\necho configured >/usr/share/foo/done\n"
    tree = {"./usr/share/foo": Directory(), "./usr/share/foo/file": b"new\n"}
    (tmp_path / "foo.deb").write_bytes(debs.package(tree, others={"postinst": script}))
    (tmp_path / "spec.toml").write_text(f'suite = "{suite}"\n{DPKG}')
    run([sys.executable, "-m", "shave", "build", "spec.toml", "--compression", "none"], tmp_path)


ARM64 = """
architecture = "arm64"
base = "python"
[image]
cmd = ["/usr/bin/python"]
"""


@pytest.mark.parametrize("suite", SUITES)
def test_what_cannot_run_here_is_of_its_machine(suite: str, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(f'suite = "{suite}"\n{ARM64}')
    run([sys.executable, "-m", "shave", "build", "spec.toml", "-o", "oci:out:x", "--compression", "none"], tmp_path)
    with shave.open(f"oci:{tmp_path}/out:x") as image:
        assert str(image.config.platform) == "linux/arm64"
        files = unpack(image, tmp_path, silent)
    heads = {path: files.read(path, 0, 20) for path, node in files.tree.nodes.items() if node.entry.kind == "file"}
    machines = {path: head[18:20] for path, head in heads.items() if head.startswith(MAGIC)}
    assert set(machines.values()) == {AARCH64}
    assert files.tree.resolve("/lib/ld-linux-aarch64.so.1").path in machines
    (tmp_path / "cache").write_bytes(files.read("etc/ld.so.cache"))
    shown = run(["/sbin/ldconfig", "-p", "-C", str(tmp_path / "cache")]).splitlines()
    libraries = [line for line in shown if "=>" in line]
    assert libraries and all("(libc6,AArch64" in line for line in libraries)
    assert {files.tree.resolve(line.split("=> ")[1]).path for line in libraries} <= set(machines)


def names(files: Unpacked, directory: Path) -> list[str]:
    """Name and version of each package as dpkg-query reads the records."""
    records = (path for path in files.tree.children["var/lib/dpkg/status.d"] if not path.endswith(".md5sums"))
    status = b"\n".join(files.read(path) for path in records)
    (directory / "admin").mkdir()
    (directory / "admin/status").write_bytes(status)
    form = "${Package} ${Version}\n"
    return run(["dpkg-query", f"--admindir={directory}/admin", "-W", "-f", form]).splitlines()
