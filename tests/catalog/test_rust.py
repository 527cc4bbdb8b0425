"""What cargo-auditable leaves in a program, by its documented form."""

import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, why
from elves import program
from shave.catalog import rust
from shave.errors import BadImageError
from shave.package import Package
from shave.testing import File

# as cargo-auditable 0.7.7 wrote it for a crate that needs itoa, with a build dependency added
CRATES = {
    "packages": [
        {"name": "cc", "version": "1.2.0", "source": "crates.io", "kind": "build"},
        {"name": "itoa", "version": "1.0.18", "source": "crates.io"},
        {"name": "rusty", "version": "0.1.0", "source": "local", "dependencies": [0, 1], "root": True},
    ],
    "format": 3,
}
COMMENT = b"GCC: (Debian 12.2.0-14) 12.2.0\0rustc version 1.95.0 (f2d3ce0bd 2026-03-21)\0"


def audited(said: object) -> File:
    packed = zlib.compress(said if isinstance(said, bytes) else json.dumps(said).encode())
    return File(program({".comment": COMMENT, ".dep-v0": packed}), 0o755)


def test_the_root_owns_the_program_and_what_was_linked_is_within() -> None:
    assert found(rust.packages, {"/bin/rusty": audited(CRATES)}) == [
        Package("rust", "itoa", "1.0.18", within="bin/rusty"),
        Package("rust", "rusty", "0.1.0", ("bin/rusty",), kind="rustc 1.95.0"),
    ]


def test_a_program_that_does_not_say() -> None:
    assert found(rust.packages, {"/bin/rusty": File(program({".comment": COMMENT}), 0o755)}) == []


@pytest.mark.parametrize(
    "said",
    [
        bytes(9 << 20),
        b" " * 100_000,
        b"[" * 100_000,
        b"{}",
        b'{"packages": [{"name": 1}]}',
        b'{"packages": [{"name": "\xff"}]}',
    ],
)
def test_what_cannot_be_read_is_said_to_be(said: bytes) -> None:
    assert why(rust.packages, {"/bin/rusty": audited(said)}).startswith("its list of crates ")


def test_what_is_cut_off() -> None:
    data = program({".dep-v0": zlib.compress(json.dumps(CRATES).encode())[:-9]})
    assert why(rust.packages, {"/bin/rusty": File(data, 0o755)}) == "its list of crates is cut off, or too long"


@given(st.binary(max_size=80))
def test_no_list_is_too_strange(data: bytes) -> None:
    for packed in (data, zlib.compress(data)):
        whole = program({".dep-v0": packed, ".comment": data})
        try:
            rust.audit(lambda offset, length, whole=whole: whole[offset : offset + length])  # type: ignore[misc]
        except BadImageError:
            continue
