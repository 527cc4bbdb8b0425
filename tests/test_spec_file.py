from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import facts
from shave.errors import UsageError
from shave.probe import Http, Probe, RunOptions
from shave.spec import BASES, Archive, Copy, Group, ImageOptions, NewDirectory, NewFile, NewSymlink, Spec, User
from shave.spec_file import load, names

WHOLE = """
suite = "bookworm"
architecture = "arm64"
packages = ["nginx", "libc6=2.36-9+deb12u10", "libssl3/bookworm-backports", "libicu76 | libicu72"]
without = ["openssl"]
include = ["/usr/share/doc/nginx/copyright"]
exclude = ["/usr/share/locale/{de,fr}/**"]

[[archive]]
uri = "https://deb.debian.org/debian"
suite = "bookworm"
components = ["main", "contrib"]
keyring = "keys.gpg"
signers = ["4D64FEC119C2029067D6E791F8D2585B8783D481"]

[[user]]
name = "app"
uid = 1000
[[group]]
name = "data"
gid = 2000
members = ["app"]
[[directory]]
path = "/var/lib/app"
mode = "2770"
user = "app"
group = "data"
[[symlink]]
path = "/usr/bin/run"
target = "../lib/app/run"
[[file]]
path = "/etc/app.conf"
text = "a = 1\\n"
[[copy]]
source = "app"
path = "/srv/"
exclude = ["**/*.pyc"]
user = "app"
[[copy]]
from = "docker://localhost:5000/tools:1"
paths = ["/opt/tool/**"]
closure = true

[image]
cmd = ["nginx", "-g", "daemon off;"]
env = { PORT = "80" }
user = "app:data"
workdir = "/"
ports = ["80", "443/tcp", "53/udp"]
stop_signal = "SIGQUIT"
labels = { "org.example" = "two\\nlines" }

[run]
env = { PORT = "8080" }
[[probe]]
name = "home"
http = { url = "http://localhost:80/" }
[[probe]]
name = "suite"
script = "smoke.sh"
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys.gpg").write_bytes(b"keys")
    (tmp_path / "smoke.sh").write_text("#!/bin/sh\n")
    (tmp_path / "smoke.sh").chmod(0o755)
    return tmp_path


def written(text: str, name: str = "spec.toml") -> Path:
    Path(name).write_text(text)
    return Path(name)


def test_the_whole_of_a_file(directory: Path) -> None:
    assert load(written(WHOLE)) == Spec(
        "bookworm",
        "arm64",
        archives=(
            Archive(
                "https://deb.debian.org/debian",
                "bookworm",
                ("main", "contrib"),
                f"{directory}/keys.gpg",
                ("4D64FEC119C2029067D6E791F8D2585B8783D481",),
            ),
        ),
        packages=(
            "nginx",
            "libc6=2.36-9+deb12u10",
            "libssl3/bookworm-backports",
            "libicu76 | libicu72",
        ),
        without=("openssl",),
        include=("/usr/share/doc/nginx/copyright",),
        exclude=("/usr/share/locale/{de,fr}/**",),
        users=(User("app", 1000),),
        groups=(Group("data", 2000, ("app",)),),
        directories=(NewDirectory("/var/lib/app", "2770", "app", "data"),),
        symlinks=(NewSymlink("/usr/bin/run", "../lib/app/run"),),
        files=(NewFile("/etc/app.conf", "a = 1\n"),),
        copies=(
            Copy("/srv/", "app", exclude=("**/*.pyc",), user="app"),
            Copy(image="docker://localhost:5000/tools:1", paths=("/opt/tool/**",), closure=True),
        ),
        image=ImageOptions(
            cmd=("nginx", "-g", "daemon off;"),
            env={"PORT": "80"},
            user="app:data",
            workdir="/",
            ports=("80", "443/tcp", "53/udp"),
            stop_signal="SIGQUIT",
            labels={"org.example": "two\nlines"},
        ),
        run=RunOptions(env={"PORT": "8080"}),
        probes=(Probe("home", http=Http("http://localhost:80/")), Probe("suite", script=f"{directory}/smoke.sh")),
    )


def test_an_empty_file_is_an_empty_image() -> None:
    assert load(written("")) == Spec()


@pytest.mark.parametrize("base", BASES)
def test_bases(base: str) -> None:
    """Each says nothing that a spec of one's own may not say, but for names that it changes of its own base."""
    spec = load(written(f'base = "{base}"'))
    assert spec.base == base
    below, own = spec, facts.load(f"presets/{base}") if base != "scratch" else {}
    while below.base != "scratch":
        below = load(written(f'base = "{facts.load(f"presets/{below.base}")["base"]}"'))
        assert set(below.packages) <= set(spec.packages) and set(below.users) <= set(spec.users)
    assert set(own.get("packages", ())) <= set(spec.packages)
    assert not (spec.image.user or spec.image.entrypoint or spec.image.cmd)


def test_every_base_has_its_file() -> None:
    files = Path(facts.__file__).parent.glob("presets/*.toml")
    assert {path.stem for path in files} == set(BASES) - {"scratch"}


def test_what_a_file_says_stands_over_its_base() -> None:
    spec = load(
        written(
            """
base = "node"
packages = ["netbase=6.4", "nginx", "node-corepack"]
without = ["tzdata", "libssl3"]
exclude = ["/x/**", "/usr/sbin/{iconvconfig,ldconfig,zic}"]
[[user]]
name = "nonroot"
uid = 1000
[[symlink]]
path = "/tmp"
target = "var/tmp"
[image]
env = { LANG = "de_DE.UTF-8", A = "b" }
labels = { a = "b" }
"""
        )
    )
    assert spec.packages[:3] == ("base-files", "ca-certificates", "media-types")
    assert spec.packages[-3:] == ("netbase=6.4", "nginx", "node-corepack")
    assert not {"netbase", "tzdata", "libssl3t64 | libssl3"} & set(spec.packages)
    assert spec.without == ("tzdata", "libssl3")
    assert len(spec.exclude) == len(set(spec.exclude)) == 4
    assert [(user.name, user.uid) for user in spec.users[-2:]] == [("nobody", 65534), ("nonroot", 1000)]
    assert [directory.path for directory in spec.directories] == ["/var/tmp", "/run"]
    assert spec.symlinks == (NewSymlink("/tmp", "var/tmp"),)
    assert spec.image.env["PATH"] and spec.image.env["LANG"] == "de_DE.UTF-8" and spec.image.env["A"] == "b"
    assert spec.image.labels == {"a": "b"}


def test_paths_of_the_host_are_relative_to_the_file(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(WHOLE)
    monkeypatch.chdir("/")
    spec = load(directory / "spec.toml")
    assert spec.archives[0].keyring == f"{directory}/keys.gpg"
    assert spec.copies[0].source == "app"


MISTAKES = [
    ("pakages = []", "pakages is no known key: expected one of suite, ", "did you mean 'packages'?"),
    ("[[user]]\nname = 'a'\nuid = 1\nshel = '/x'", "user[0].shel is no known key", "'shell'"),
    ("[image]\nports = [80]", "image.ports[0]: expected `str`, got `int`", "docs/build.md"),
    ("[[user]]\nname = 'a'", "user[0]: object missing required field `uid`", ""),
    ("base = 'pyton'", "base: 'pyton' is no base: expected one of scratch, static", "'python'"),
    ("suite = 'book worm'", "suite: 'book worm' is no suite", "bookworm"),
    ("architecture = 'x86_64'", "architecture: 'x86_64' is no architecture of Debian", "amd64"),
    ("packages = ['']", "packages[0]: '' is no Debian package", ""),
    ("packages = ['libc6', 'Flask']", "packages[1]: 'Flask' is no Debian package", "libicu72"),
    ("packages = ['--purge']", "packages[0]: '--purge' is no Debian package", ""),
    ("packages = ['libc6:i386']", "packages[0]: 'libc6:i386' is no Debian package", ""),
    ("packages = ['a']", "packages[0]: 'a' is no Debian package", ""),
    ("packages = ['libc6=']", "packages[0]", ""),
    ("packages = ['libc6=1 ']", "packages[0]", ""),
    ("packages = ['libc6/../x']", "packages[0]", ""),
    ("packages = ['libc6+/x y']", "packages[0]", ""),
    ("packages = ['libc6 |']", "packages[0]", ""),
    ("packages = ['libc6', 'libc6=1']", "package libc6 is there twice", ""),
    ("packages = ['libc6 | libssl3']\nwithout = ['libssl3']", "package libssl3 is there twice", ""),
    ("without = ['libc6=1']", "without[0]: 'libc6=1' is no name of a Debian package", ""),
    ("exclude = ['']", "exclude[0]: '' is no glob", ""),
    ('include = ["/a\\nb"]', "include[0]: '/a\\nb' is no glob", ""),
    ("[[archive]]\nuri = 'ftp://x'\nsuite = 'x'", "archive[0].uri: 'ftp://x' is no URI of an archive", "https"),
    ("[[archive]]\nuri = 'http://x y'\nsuite = 'x'", "archive[0].uri", ""),
    ("[[archive]]\nuri = 'http://x'\nsuite = './'", "archive[0].suite: './' is no suite", ""),
    ("[[archive]]\nuri = 'http://x'\nsuite = 'x'\ncomponents = ['a b']", "archive[0].components[0]", ""),
    ("[[archive]]\nuri = 'http://x'\nsuite = 'x'\nsigners = ['8783D481']", "archive[0].signers[0]", "all 40"),
    ("[[archive]]\nuri = 'http://x'\nsuite = 'x'\nkeyring = 'k'", "archive[0].keyring: there is no /", "relative"),
    ("[[archive]]\nuri = 'http://x'\nsuite = 'x'\nkeyring = '~nobody-x/k'", "archive[0].keyring: ", "relative"),
    ("[[user]]\nname = '0'\nuid = 1", "user[0].name: '0' is no name of a user", ""),
    ("[[user]]\nname = 'a:b'\nuid = 1", "user[0].name: 'a:b'", ""),
    ("[[user]]\nname = ''\nuid = 1", "user[0].name: ''", ""),
    ("[[user]]\nname = 'a'\nuid = -1", "user[0].uid: -1 is no number of a user", "0 to 4294967294"),
    ("[[user]]\nname = 'a'\nuid = 4294967295", "user[0].uid: 4294967295", ""),
    ("[[user]]\nname = 'a'\nuid = true", "user[0].uid: expected `int`, got `bool`", ""),
    ("[[user]]\nname = 'a'\nuid = 1\nhome = 'home'", "user[0].home: 'home' is no home directory", ""),
    ("[[user]]\nname = 'a'\nuid = 1\nhome = '/a:b'", "user[0].home", ""),
    ("[[user]]\nname = 'a'\nuid = 1\nshell = 'sh'", "user[0].shell: 'sh' is no shell", ""),
    ('[[user]]\nname = "a"\nuid = 1\ncomment = "a\\nroot2:x:0:0::/:/bin/sh"', "user[0].comment", "colons"),
    ("[[user]]\nname = 'a'\nuid = 1\n[[user]]\nname = 'a'\nuid = 2", "user a is there twice", ""),
    ("[[user]]\nname = 'a'\nuid = 1\n[[user]]\nname = 'b'\nuid = 1", "users a and b would both be 1", ""),
    ("[[group]]\nname = 'a'\ngid = 5000000000", "group[0].gid: 5000000000 is no number", ""),
    ("[[group]]\nname = 'a'\ngid = 1\nmembers = ['a,b']", "group[0].members[0]", ""),
    ("[[group]]\nname = 'a'\ngid = 1\n[[group]]\nname = 'a'\ngid = 1", "group a is there twice", ""),
    ("[[group]]\nname = 'a'\ngid = 1\n[[user]]\nname = 'a'\nuid = 2", "group a would be both 1 and 2", ""),
    ("base = 'static'\n[[user]]\nname = 'app'\nuid = 65532", "users nonroot and app would both be 65532", "base"),
    ("[[directory]]\npath = 'var'", "directory[0].path: 'var' is no path of the image", "from /"),
    ("[[directory]]\npath = '/'", "directory[0].path: '/'", ""),
    ("[[directory]]\npath = '/a/'", "directory[0].path: '/a/'", ""),
    ("[[directory]]\npath = '/a/../b'", "directory[0].path", ""),
    ("[[directory]]\npath = '//a'", "directory[0].path", ""),
    ("[[directory]]\npath = '/" + "a" * 5000 + "'", "directory[0].path", ""),
    ("[[directory]]\npath = '/a'\nmode = '0799'", "directory[0].mode: '0799' is no mode", "octal"),
    ("[[directory]]\npath = '/a'\nmode = 0o755", "directory[0].mode: expected `str`, got `int`", ""),
    ("[[directory]]\npath = '/a'\nuser = 'a b'", "directory[0].user: 'a b' is no user or group", ""),
    ("[[directory]]\npath = '/a'\ngroup = '4294967295'", "directory[0].group", ""),
    ("[[directory]]\npath = '/a'\n[[file]]\npath = '/a'", "path /a is there twice", ""),
    ("[[symlink]]\npath = '/a'\ntarget = ''", "symlink[0].target: '' is no target", ""),
    ('[[symlink]]\npath = "/a"\ntarget = "a\\u0000"', "symlink[0].target: a NUL is in it", ""),
    ("[[file]]\npath = 'a'", "file[0].path", ""),
    ("[[copy]]\npath = '/a'", "copy[0] has neither source nor from", ""),
    ("[[copy]]\nsource = 'a'\nfrom = 'b'", "copy[0] has both source and from", ""),
    ("[[copy]]\nfrom = 'b'", "copy[0] has no paths", "paths ="),
    ("[[copy]]\nfrom = 'b'\npaths = ['/a']\nexclude = ['x']", "copy[0]: exclude is for files of the context", ""),
    ("[[copy]]\nsource = 'a'\nclosure = true", "copy[0]: paths and closure are for another image's", "from"),
    ("[[copy]]\nsource = '/etc/shadow'", "copy[0].source: '/etc/shadow' is no path in the directory", ""),
    ("[[copy]]\nsource = 'a/../../b'", "copy[0].source", ""),
    ("[[copy]]\nsource = 'a'\npath = 'b'", "copy[0].path: 'b' is no absolute path", ""),
    ("[[copy]]\nsource = 'a'\nmode = 'u+x'", "copy[0].mode", ""),
    ("[python]\nrequirements = ['../r.txt']", "python.requirements[0]", ""),
    ("[python]\npackages = ['--index-url=http://x']", "python.packages[0]: '--index-url", "options"),
    ("[python]\ntarget = 'x'", "python.target: 'x' is no absolute path", ""),
    ("[[file]]\npath = '/opt/.wh.x'", "file[0].path: '/opt/.wh.x' is no path of the image", ".wh.*"),
    ("[node]\nlock = '/x'", "node.lock", ""),
    ("[node]\npath = 'x'", "node.path", ""),
    ("[image]\nuser = 'a:b:c'", "image.user: 'a:b:c' is no user", "65532"),
    ("[image]\nuser = '4294967295'", "image.user", ""),
    ("[image]\nworkdir = 'app'", "image.workdir", ""),
    ("[image]\nports = ['0']", "image.ports[0]: '0' is no port", "53/udp"),
    ("[image]\nports = ['65536/tcp']", "image.ports[0]", ""),
    ("[image]\nports = ['80/http']", "image.ports[0]", ""),
    ("[image]\nvolumes = ['data']", "image.volumes[0]", ""),
    ("[image]\nstop_signal = 'sigterm'", "image.stop_signal", "SIGTERM"),
    ("[image]\nenv = { 'A=B' = 'x' }", "image.env: 'A=B' is no name of a variable", ""),
    ("[image]\nlabels = { '' = 'x' }", "image: '' is no name of a label", ""),
    ('[image]\ncmd = ["a\\u0000b"]', "image.cmd[0]: a NUL is in it", ""),
    ("[run]\nnetwork = 'bridge'", "run.network", ""),
    ("[[probe]]\nname = 'a'", "probe 'a' has none", ""),
    ("[[probe]]\nname = 'a'\nscript = 'no.sh'", "no program", "relative to the file"),
    ("[[probe]]\nname = 'a'\ntcp = 'x:1'\n[[probe]]\nname = 'a'\ntcp = 'x:2'", "two probes", ""),
    ("packages = [", "is not TOML", "toml.io"),
]


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES, ids=[f"{found[1][:60]}" for found in MISTAKES])
def test_every_mistake_names_file_and_key(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        load(written(text))
    assert message in str(caught.value) and str(caught.value).startswith("spec.toml")
    assert hint in caught.value.hint and caught.value.hint


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(UsageError, match=r"absent\.toml cannot be read") as caught:
        load(Path("absent.toml"))
    assert "docs/build.md" in caught.value.hint


@given(st.lists(st.text("ab|=/ .:1", max_size=12), max_size=3))
def test_any_words_are_a_spec_or_a_mistake(words: list[str]) -> None:
    try:
        spec = load(written(f"packages = {words!r}"))
    except UsageError:
        return
    assert spec.packages == tuple(words)
    assert all(name and name[0].isalnum() for word in words for name in names(word))
