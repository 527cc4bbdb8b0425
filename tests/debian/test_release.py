"""Release files: what they say, and which are not the ones that were asked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.debian.release import ArchiveRelease, Listed, parse, refuse_other
from shave.errors import CannotError
from shave.spec import Archive

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SUM = "a" * 64
TEXT = f"""\
Origin: Debian
Suite: stable
Codename: trixie
Date: Sat, 21 Nov 2026 11:00:00 UTC
Valid-Until: Sat, 28 Nov 2026 11:00:00 UTC
Acquire-By-Hash: yes
No-Support-for-Architecture-all: Packages
Architectures: all amd64
MD5Sum:
 {"b" * 32} 1 main/binary-amd64/Packages
SHA256:
 {SUM}     1234 main/binary-amd64/Packages
 {SUM} 99999999999999999999 main/too/large
 nonsense
 {SUM} 1 /etc/passwd
"""


def test_what_it_says() -> None:
    assert parse(TEXT, "it") == ArchiveRelease(
        "stable",
        "trixie",
        datetime(2026, 11, 21, 11, tzinfo=UTC),
        datetime(2026, 11, 28, 11, tzinfo=UTC),
        True,
        False,
        {"main/binary-amd64/Packages": Listed(SUM, 1234)},
    )


@pytest.mark.parametrize("suite", ["trixie", "stable", "./"])
def test_the_one_that_was_asked_for(suite: str) -> None:
    refuse_other(parse(TEXT, "it"), Archive("http://x", suite), NOW, "it")


@pytest.mark.parametrize(
    ("suite", "days", "sentence"),
    [
        ("bookworm", 0, "it is of trixie, not bookworm"),
        ("trixie", 8, "it has expired: it was valid until 2026-11-28 11:00 UTC"),
        ("trixie", -1, "it is of 2026-11-21 11:00 UTC, which is in the future"),
    ],
)
def test_another(suite: str, days: int, sentence: str) -> None:
    with pytest.raises(CannotError) as raised:
        refuse_other(parse(TEXT, "it"), Archive("http://x", suite), NOW + timedelta(days=days), "it")
    assert str(raised.value) == sentence


@pytest.mark.parametrize("change", [("Date: Sat, 21 Nov 2026 11:00:00 UTC\n", ""), ("28 Nov", "38 Nov"), (TEXT, "")])
def test_without_dates(change: tuple[str, str]) -> None:
    with pytest.raises(CannotError, match="it does not say when it was made"):
        parse(TEXT.replace(*change), "it")


@given(st.text())
def test_any_text(text: str) -> None:
    try:
        release = parse(f"Date: {text}\nSHA256:\n {text}\nValid-Until: {text}", "it")
    except CannotError:
        return
    assert all(len(each.sha256) == 64 for each in release.files.values())
