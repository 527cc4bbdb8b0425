"""The form of evidence files: every value survives, and lines together are evidence united."""

import subprocess
from contextlib import suppress
from random import Random
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import UsageError
from shave.evidence import EvidenceFile, How, Origin, Use, Version, unite_files
from shave.evidence_text import SCHEMA, read, write

BYTES = st.binary(min_size=1, max_size=6).map(lambda data: data.decode("utf-8", "surrogateescape"))
PATHS = st.sampled_from(["/a", "/b", "/b/c"]) | BYTES.map(lambda text: "/" + text.replace("\0", ""))
USES = st.builds(
    Use,
    PATHS,
    st.sets(st.sampled_from(get_args(How)), min_size=1).map(tuple),
    st.sets(BYTES, min_size=1).map(tuple),
    st.sets(BYTES).map(tuple),
)
FILES = st.builds(
    EvidenceFile,
    st.lists(st.builds(Origin, BYTES, BYTES)).map(tuple),
    st.lists(BYTES).map(tuple),
    st.lists(st.builds(Version, BYTES, BYTES)).map(tuple),
    st.lists(USES).map(tuple),
).map(unite_files)

SMALL = EvidenceFile(
    (Origin("sha256:1", "oci:app:1"),),
    ("seccomp",),
    (Version("dpkg:libc6:amd64", "2.36-9"),),
    (
        Use("/bin/sh", ("executed", "stat"), ("home", "start")),
        Use("/lib/é,\n\\", ("opened",), ("-",), ("dpkg:libc6:amd64",)),
    ),
)


def test_the_form() -> None:
    assert write(SMALL).decode() == (
        "# shave.evidence-file/v1\n"
        "image\tsha256:1\toci:app:1\n"
        "package\tdpkg:libc6:amd64\t2.36-9\n"
        "tracer\tseccomp\n"
        "used\t/bin/sh\texecuted,stat\thome,start\t-\n"
        "used\t/lib/\\xc3\\xa9\\x2c\\x0a\\x5c\topened\t\\x2d\tdpkg:libc6:amd64\n"
    )


@given(FILES)
def test_what_is_written_is_read(file: EvidenceFile) -> None:
    assert read(write(file), "x") == file
    assert write(file).isascii()
    assert write(file).splitlines() == sorted(set(write(file).splitlines()))


@given(FILES, FILES, st.randoms())
def test_the_lines_of_two_files_in_any_order_are_both_united(
    one: EvidenceFile, two: EvidenceFile, chance: Random
) -> None:
    lines = (write(one) + write(two)).splitlines(keepends=True)
    chance.shuffle(lines)
    assert read(b"".join(lines), "x") == unite_files(one, two) == unite_files(two, one, two)


@pytest.mark.oracle
@given(base=FILES, one=FILES, two=FILES)
def test_git_merges_by_union(
    base: EvidenceFile, one: EvidenceFile, two: EvidenceFile, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("union")
    ours, theirs = unite_files(base, one), unite_files(base, two)
    for name, file in (("ours", ours), ("base", base), ("theirs", theirs)):
        (folder / name).write_bytes(write(file))
    asked = ["git", "merge-file", "--union", "-p", "ours", "base", "theirs"]
    merged = subprocess.run(asked, cwd=folder, capture_output=True, check=True).stdout
    # a line that one side replaced by a longer one is gone; what it said, the longer one says
    assert read(merged, "x") == unite_files(ours, theirs)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("used\t/a\topened\tstart", "line 2 has 3 fields: expected 4"),
        ("used\t/a\topened\t\t-", "none empty"),
        ("used\ta\topened\tstart\t-", "expected an absolute one"),
        ("used\t/a\\x00\topened\tstart\t-", "expected an absolute one"),
        ("used\t/a\tread\tstart\t-", "says 'read'"),
        ("used\t/a\topened\tone,,two\t-", "empty item"),
        ("used\t/a\\n\topened\tstart\t-", "stray backslash"),
        ("used\t/é\topened\tstart\t-", "is not ASCII"),
        ("guessed\t/a", "begins with 'guessed'"),
        ("<<<<<<< ours", "begins with '<<<<<<< ours'"),
        ("# shave.evidence-file/v2", "another version"),
    ],
)
def test_a_line_that_is_wrong_is_named(line: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(f"{SCHEMA}\n{line}\n".encode(), "app.evidence")
    assert "app.evidence: line 2 " in str(caught.value) and said in str(caught.value) and caught.value.hint


def test_comments_and_line_ends_of_others_are_read() -> None:
    data = f"\n# mine\n{SCHEMA}\r\nused\t/a\topened\tstart\t-\r\n".encode()
    assert read(data, "x").uses == (Use("/a", ("opened",), ("start",)),)


@given(st.binary())
def test_no_bytes_are_too_strange(data: bytes) -> None:
    with suppress(UsageError):
        read(SCHEMA.encode() + b"\n" + data, "x")
    with pytest.raises(UsageError):
        read(data.replace(SCHEMA.encode(), b""), "x")
