"""The spec that is proposed for an image: its packages by what a run used, and copies of what nobody else has."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from scenes import Content, Files
from shave.catalog import Catalog
from shave.config import Settings
from shave.errors import CannotError
from shave.evidence import Access, Evidence
from shave.globs import matcher
from shave.oci import Config, HistoryEntry, RootFS, RunConfig
from shave.package import Package
from shave.probe import Http, Probe
from shave.release import Release
from shave.spec import Copy, Group, PythonPackages, Spec, User
from shave.spec_file import load
from shave.verbs.plan import decide
from shave.verbs.propose import propose
from shave.verbs.roots import Wish
from shave.views.spec_text import spec_text

DEBIAN = Release("debian", "12", "Debian GNU/Linux 12 (bookworm)")
SITE = "opt/venv/lib/python3.11/site-packages"
BASE: dict[str, Content] = {
    "bin/sh": b"sh",
    "lib/libc.so": b"c",
    "etc/passwd": b"root:x:0:0::/:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\n"
    b"app:x:999:998:App,,:/app:/bin/sh\n",
    "var/lib/dpkg/status": b"",
    "etc/group": b"root:x:0:\nwww-data:x:33:\nappdata:x:998:\nstaff:x:50:\n",
}
INSTALLED: dict[str, Content] = {
    "usr/sbin/server": b"server",
    "usr/share/doc/tool/copyright": b"c",
    "usr/bin/tool": b"tool",
    "usr/bin/deep": b"deep",
    "etc/server.conf": b"user www-data;",
    "etc/generated": b"by postinst",
    "usr/bin/python3": b"python",
}
PYTHON: dict[str, Content] = {
    "opt/venv/pyvenv.cfg": b"home = /usr/bin",
    "opt/venv/bin/python3": "/usr/bin/python3",
    f"{SITE}/flask.py": b"import jinja",
    f"{SITE}/jinja.py": b"",
    f"{SITE}/pip.py": b"",
    f"{SITE}/own.py": b"",
    f"{SITE}/own-1.dist-info/direct_url.json": b"{}",
}
COPIED: dict[str, Content] = {"srv/app/a.html": b"a", "srv/app/b.html": b"b", "etc/server.conf": b"user www-data;"}
PACKAGES = (
    Package("dpkg", "libc6:amd64", "1", ("lib/libc.so",), asked=True),
    Package("dpkg", "server", "2", ("usr/sbin/server", "etc/server.conf"), ("dpkg:libc6", "dpkg:tool"), asked=True),
    Package("dpkg", "tool", "3", ("usr/bin/tool",), ("dpkg:libc6", "dpkg:deep"), asked=False),
    Package("dpkg", "deep", "3", ("usr/bin/deep",), asked=False),
    Package("dpkg", "python3", "3.11", ("usr/bin/python3",), ("dpkg:libc6",), asked=True),
    Package("python", "Flask", "3.1", (f"{SITE}/flask.py",), ("python:Jinja2",)),
    Package("python", "Jinja2", "3.2", (f"{SITE}/jinja.py",)),
    Package("python", "pip", "23", (f"{SITE}/pip.py",)),
    Package("python", "own", "1", (f"{SITE}/own.py", f"{SITE}/own-1.dist-info/direct_url.json")),
)
HISTORY = (
    "/bin/sh -c #(nop) ADD rootfs.tar in / ",
    "/bin/sh -c apt-get install -y server python3",
    "/bin/sh -c pip install flask ./own",
    "/bin/sh -c #(nop) COPY dir:0 in / ",
)


def proposed(
    *used: str,
    run: RunConfig | None = None,
    release: Release = DEBIAN,
    thin: bool = False,
    copied: dict[str, Content] = COPIED,
) -> Spec:
    files = Files((BASE, INSTALLED, PYTHON, copied))
    config = Config(
        "amd64",
        "linux",
        config=run or RunConfig(cmd=("/usr/sbin/server",)),
        rootfs=RootFS("layers", ("sha256:0", "sha256:1", "sha256:2", "sha256:3")),
        history=tuple(HistoryEntry(created_by=words) for words in HISTORY),
    )
    evidence = Evidence("sha256:c", "seccomp", tuple(Access(f"/{path}", ("opened",), ("start",)) for path in used))
    catalog = Catalog(PACKAGES)
    plan = decide(files, config, evidence, Wish(), thin, catalog=catalog)
    settings = Settings(probes=(Probe("home", http=Http("http://localhost/")),))
    return propose(files, config, catalog, plan, evidence, release, "oci:image", settings)


def test_packages_that_a_run_used_but_not_what_they_depend_on() -> None:
    spec = proposed("usr/sbin/server", "lib/libc.so", "etc/server.conf")
    assert (spec.suite, spec.architecture, spec.base) == ("bookworm", "amd64", "static")
    assert spec.packages == ("server",) and spec.without == ("tool",)
    assert spec.probes == (Probe("home", http=Http("http://localhost/")),)


def test_what_only_a_package_that_is_left_out_would_bring_is_named() -> None:
    spec = proposed("usr/sbin/server", "lib/libc.so", "usr/bin/deep")
    assert spec.packages == ("deep", "server") and spec.without == ("tool",)


def test_copies_of_what_nobody_has_and_users_that_configuration_names() -> None:
    spec = proposed("usr/sbin/server", "etc/server.conf", "etc/generated")
    assert spec.copies == (Copy(image="oci:image", paths=("/etc/server.conf", "/srv/app")),)
    assert spec.users == (User("www-data", 33, 33, "/var/www", "/bin/false", "www-data"),)


def test_the_user_that_runs_it_with_its_group() -> None:
    spec = proposed("usr/sbin/server", run=RunConfig(user="app", cmd=("/usr/sbin/server",), env=("A=b", "PATH=/x")))
    assert spec.users == (User("app", 999, 998, "/app", "/bin/sh", "App"),) and spec.groups == (Group("appdata", 998),)
    assert (spec.image.user, spec.image.env, spec.image.cmd) == ("app", {"A": "b", "PATH": "/x"}, ("/usr/sbin/server",))


def test_requirements_of_pypi_and_a_copy_of_ones_own() -> None:
    used = ("usr/bin/python3", f"{SITE}/flask.py", f"{SITE}/own.py", f"{SITE}/pip.py")
    spec = proposed(*used, run=RunConfig(cmd=("python3",)))
    assert spec.python == PythonPackages(packages=("Flask==3.1",)) and spec.packages == ("python3", "server")


def test_an_environment_that_the_start_names_is_copied_whole() -> None:
    used = ("usr/bin/python3", f"{SITE}/flask.py", "opt/venv/pyvenv.cfg")
    spec = proposed(*used, run=RunConfig(cmd=("/opt/venv/bin/python3",)))
    local = next(copy for copy in spec.copies if copy.closure)
    assert spec.python is None and any(f"/{SITE}/flask.py".startswith(path) for path in local.paths)


def test_what_no_spec_can_say_is_said_in_words_that_it_can(tmp_path: Path) -> None:
    copied: dict[str, Content] = {"etc/odd\udcff\n[name": b"", "etc/passwd": b"app:x:999:998:App:/app:\n"}
    spec = proposed("etc/odd\udcff\n[name", run=RunConfig(user="app", cmd=("/usr/sbin/server",)), copied=copied)
    assert spec.users[0].shell == "/bin/sh"
    assert matcher(path.strip("/") for path in spec.copies[0].paths)("etc/odd\udcff\n[name")
    (tmp_path / "spec.toml").write_text(spec_text(spec, "proposed"), "utf-8")
    assert load(tmp_path / "spec.toml").copies == spec.copies


@pytest.mark.parametrize("release", [Release(), replace(DEBIAN, id="ubuntu"), Release("debian", "", "Debian")])
def test_other_distributions(release: Release) -> None:
    with pytest.raises(CannotError, match=r"specs are for Debian's packages"):
        proposed("usr/sbin/server", release=release)


def test_an_image_that_did_nothing() -> None:
    with pytest.raises(CannotError, match="what oci:image uses is not known"):
        proposed(thin=True)


def test_the_file_says_what_was_proposed(tmp_path: Path) -> None:
    spec = proposed("usr/sbin/server", "etc/server.conf", run=RunConfig(user="app", cmd=("/usr/sbin/server",)))
    (tmp_path / "spec.toml").write_text(spec_text(spec, "proposed"))
    read = load(tmp_path / "spec.toml")
    assert read.packages[-1:] == spec.packages and read.copies == spec.copies and read.probes == spec.probes
    assert read.users[-2:] == spec.users and read.image.cmd == spec.image.cmd
