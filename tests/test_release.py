"""Which distribution an image is of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import Memory
from shave.release import Release, release


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n# ID=no\nID=debian\n', ("debian", "12")),
        ("ID='alpine'\nVERSION_ID=3.22.1\n", ("alpine", "3.22.1")),
        ('ID=debian\nVERSION_ID="unclosed\n', ("debian", '"unclosed')),
        ("", ("", "")),
    ],
)
def test_its_own_word(text: str, expected: tuple[str, str]) -> None:
    for place in ("etc/os-release", "usr/lib/os-release"):
        found = release(Memory({place: text.encode()}))
        assert (found.id, found.version) == expected


def test_an_image_that_does_not_say() -> None:
    assert release(Memory({"etc/passwd": b"ID=x"})) == Release()


@given(st.binary())
def test_any_bytes(data: bytes) -> None:
    release(Memory({"etc/os-release": b"ID=" + data}))
