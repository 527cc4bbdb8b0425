"""The archives of machines, as their files in /etc/apt say; apt itself is the oracle of what they mean."""

import subprocess
from pathlib import Path

import pytest

from shave.apt.archives import archives, machine_suite
from shave.errors import CannotError, UsageError
from shave.spec import Archive

DEBIAN = """\
Types: deb deb-src
# a comment
URIs: http://deb.debian.org/debian/
Suites: bookworm bookworm-updates bookworm-backports bookworm-proposed-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://security.debian.org/debian-security
Suites: bookworm-security
Components: main
Enabled: yes
Signed-By: /a.gpg, /b.gpg

Types: deb
URIs: http://off.example.org
Suites: bookworm
Components: main
Enabled: no

Types: deb-src
URIs: http://source.example.org
Suites: bookworm
Components: main
"""
LINES = """\
# deb http://comment.example.org bookworm main
deb [ arch=amd64,i386 signed-by=/Key.gpg ] https://one.example.org/x bookworm main  extra # comment
deb-src http://source.example.org bookworm main
deb [signed-by=0123456789ABCDEF0123456789ABCDEF01234567] http://two.example.org trixie main
deb http://flat.example.org ./
nonsense
"""


def machine(tmp_path: Path, sources: str = "", lines: str = "", release: str = "VERSION_CODENAME=bookworm\n") -> Path:
    parts = tmp_path / "etc/apt/sources.list.d"
    parts.mkdir(parents=True)
    (tmp_path / "etc/os-release").write_text(release)
    (tmp_path / "etc/apt/sources.list").write_text(lines)
    (parts / "debian.sources").write_text(sources)
    (parts / "old.list.disabled").write_text("deb http://disabled.example.org bookworm main\n")
    return tmp_path


def rows(found: tuple[Archive, ...]) -> list[tuple[str, str]]:
    return [(each.uri, each.suite) for each in found]


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_suite_with_its_updates_and_security(tmp_path: Path, suite: str) -> None:
    found = archives(suite, "amd64", machine(tmp_path, DEBIAN))
    assert rows(found) == [
        ("http://deb.debian.org/debian", suite),
        ("http://deb.debian.org/debian", f"{suite}-updates"),
        ("https://security.debian.org/debian-security", f"{suite}-security"),
    ]
    assert found[0].components == ("main", "contrib")
    assert [each.keyring for each in found[1:]] == ["/usr/share/keyrings/debian-archive-keyring.gpg", "/a.gpg,/b.gpg"]


def test_one_line_style(tmp_path: Path) -> None:
    place = machine(tmp_path, lines=LINES)
    one = Archive("https://one.example.org/x", "bookworm", ("main", "extra"), "/Key.gpg")
    assert archives("bookworm", "amd64", place) == (one,)
    two = archives("trixie", "arm64", place)
    assert rows(two) == [("http://two.example.org", "trixie")]
    assert two[0].signers == ("0123456789ABCDEF0123456789ABCDEF01234567",)


def test_of_another_architecture(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"knows no archive of bookworm, only of \./, trixie"):
        archives("bookworm", "arm64", machine(tmp_path, lines=LINES))


def test_what_the_machine_names_itself_comes_first(tmp_path: Path) -> None:
    place = machine(tmp_path, DEBIAN, "deb http://new.example.org trixie main\n")
    assert rows(archives("trixie", "amd64", place)) == [("http://new.example.org", "trixie")]


def test_keys_in_the_file_itself(tmp_path: Path) -> None:
    block = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEAAA=\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----"
    lines = "\n".join(f" {line or '.'}" for line in block.splitlines())
    text = f"Types: deb\nURIs: http://x\nSuites: bookworm\nComponents: main\nSigned-By:\n{lines}\n"
    assert archives("bookworm", "amd64", machine(tmp_path, text))[0].keyring == block


def test_without_signed_by_apts_own_keys_are_believed(tmp_path: Path) -> None:
    place = machine(tmp_path, lines="deb http://x bookworm main")
    (place / "etc/apt/trusted.gpg.d").mkdir()
    assert archives("bookworm", "amd64", place)[0].keyring == str(place / "etc/apt/trusted.gpg.d")


@pytest.mark.parametrize(
    ("release", "suite"),
    [("VERSION_CODENAME=bookworm\n", "bookworm"), ('A=1\nVERSION_CODENAME="trixie"\n', "trixie")],
)
def test_the_suite_of_a_machine(tmp_path: Path, release: str, suite: str) -> None:
    assert machine_suite(machine(tmp_path, release=release)) == suite


def test_a_machine_of_no_suite(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this machine is of none"):
        machine_suite(machine(tmp_path, release="ID=alpine\n"))
    with pytest.raises(UsageError, match="knows no archive of trixie, only of none"):
        archives("trixie", "amd64", tmp_path)
    with pytest.raises(UsageError, match="only of none"):
        archives("trixie", "amd64", tmp_path / "elsewhere")


def test_sources_that_cannot_be_read(tmp_path: Path) -> None:
    place = machine(tmp_path)
    loop = place / "etc/apt/sources.list.d/loop.list"
    loop.mkdir()
    with pytest.raises(UsageError, match="only of none"):
        archives("trixie", "amd64", place)
    (place / "etc/apt/sources.list").unlink()
    (place / "etc/apt/sources.list").symlink_to("/proc/self/mem")
    with pytest.raises(CannotError, match="cannot be read"):
        archives("trixie", "amd64", place)


@pytest.mark.oracle
def test_apt_reads_the_same(tmp_path: Path) -> None:
    place = machine(tmp_path, DEBIAN, LINES.replace("nonsense\n", ""))
    command = ["apt-get", "indextargets", "--no-release-info", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)"]
    options = (f"Dir={place}", "Dir::State::status=/dev/null", "APT::Architecture=amd64", "APT::Architectures=amd64")
    command += [*(f"-o{option}" for option in options), "Created-By: Packages"]
    theirs = {tuple(line.split()) for line in subprocess.check_output(command, text=True).splitlines()}
    ours = {
        (f"{each.uri}/", each.suite, component)
        for each in archives("bookworm", "amd64", place)
        for component in each.components
    }
    wanted = ("bookworm", "bookworm-updates", "bookworm-security")
    assert ours == {row for row in theirs if row[1] in wanted}
