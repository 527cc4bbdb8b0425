"""auth.conf: which entry is for which address, as the examples of apt_auth.conf(5) have it."""

from base64 import b64encode
from pathlib import Path

import pytest

from shave.apt.credentials import authorization

BASIC = {"Authorization": "Basic " + b64encode(b"apt:debian").decode()}


@pytest.fixture
def etc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("shave.apt.credentials.APT", tmp_path)
    (tmp_path / "auth.conf.d").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "entry",
    [
        "machine example.org\nlogin apt\npassword debian\n",
        "machine example.org login apt password debian",
        "machine example.org/deb login apt password debian",
        "machine example.org/debian/ login apt password debian",
        "# a comment\nmachine other.org login a password b\nmachine https://EXAMPLE.org password debian login apt",
    ],
)
@pytest.mark.parametrize("place", ["auth.conf", "auth.conf.d/a.conf"])
def test_entries_that_are_meant(etc: Path, entry: str, place: str) -> None:
    (etc / place).write_text(entry)
    assert authorization("https://example.org/debian/dists") == BASIC


@pytest.mark.parametrize(
    "machine",
    [
        "example.org:443",
        "example.org/deb/",
        "example.org/ubuntu",
        "example.orga",
        "example.net",
        "http://example.org",
        "",
    ],
)
def test_entries_that_are_not(etc: Path, machine: str) -> None:
    (etc / "auth.conf").write_text(f"machine {machine} login apt password debian")
    assert authorization("https://example.org/debian/dists") == {}


def test_without_tls_only_what_says_so(etc: Path) -> None:
    (etc / "auth.conf").write_text("machine example.org login apt password debian")
    assert authorization("http://example.org/debian") == {}
    (etc / "auth.conf.d/a.conf").write_text("machine http://example.org login apt password debian")
    assert authorization("http://example.net/debian") == {}


def test_no_file_no_entry(etc: Path) -> None:
    assert authorization("https://example.org") == {}
    (etc / "auth.conf").write_text("machine")
    assert authorization("https://example.org") == {}
