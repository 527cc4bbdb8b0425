"""Where merged /usr has things."""

import pytest

from shave.debian.merged_usr import merged


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("bin/sh", "usr/bin/sh"),
        ("lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"),
        ("lib64/*", "usr/lib64/*"),
        ("lib", "lib"),
        ("library/x", "library/x"),
        ("usr/bin/sh", "usr/bin/sh"),
        ("etc/lib/x", "etc/lib/x"),
    ],
)
def test_merged(path: str, place: str) -> None:
    assert merged(path) == place
