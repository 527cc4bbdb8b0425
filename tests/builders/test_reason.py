"""The line that says why, out of real logs."""

from pathlib import Path

import pytest

from shave.builders.reason import last_words, reason

BUILDKIT = """\
#5 [2/2] RUN make
#5 0.101 cc -c main.c
#5 0.310 main.c:3:10: fatal error: zlib.h: No such file or directory
#5 0.310     3 | #include <zlib.h>
#5 0.310 compilation terminated.
#5 0.311 make: *** [Makefile:2: main.o] Error 1
#5 ERROR: process "/bin/sh -c make" did not complete successfully: exit code: 2
------
 > [2/2] RUN make:
0.101 cc -c main.c
0.310 main.c:3:10: fatal error: zlib.h: No such file or directory
0.310     3 | #include <zlib.h>
0.310 compilation terminated.
0.311 make: *** [Makefile:2: main.o] Error 1
------
Dockerfile:2
--------------------
   1 |     FROM x
   2 | >>> RUN make
--------------------
ERROR: failed to solve: process "/bin/sh -c make" did not complete successfully: exit code: 2
"""
CLASSIC = """\
DEPRECATED: The legacy builder is deprecated and will be removed in a future release.
Sending build context to Docker daemon  2.048kB\r\r
Step 1/2 : FROM debian
 ---> ca3e5d173bef
Step 2/2 : RUN apt-get install -y nothing
 ---> Running in 1a2426103093
Reading package lists...
\x1b[91mE: Unable to locate package nothing
\x1b[0mThe command '/bin/sh -c apt-get install -y nothing' returned a non-zero code: 100
"""
PODMAN = """\
STEP 1/2: FROM x
STEP 2/2: RUN pip install nothing
Collecting nothing
ERROR: Could not find a version that satisfies the requirement nothing
ERROR: No matching distribution found for nothing
Error: building at STEP "RUN pip install nothing": while running runtime: exit status 1
"""
OLD = """\
#5 [2/2] RUN cat /none
#5 sha256:5a66ddb31761553973a9ba7e90b7453f676ca5a4ca088288e5867e04c58ab2be
#5 0.055 cat: can't open '/none': No such file or directory
#5 ERROR: executor failed running [/bin/sh -c cat /none]: exit code: 1
------
 > [2/2] RUN cat /none:
------
executor failed running [/bin/sh -c cat /none]: exit code: 1
"""
QUIET = """\
Step 1/2 : RUN apt-get update
 ---> Running in 0a2426103093
W: Failed to fetch something
Step 2/2 : RUN test -e /x
 ---> Running in 1a2426103093
The command '/bin/sh -c test -e /x' returned a non-zero code: 1
"""
FULL = """\
#6 12.1 dpkg: unrecoverable fatal error, aborting:
#6 12.1  unable to fill: No space left on device
#6 12.2 E: Sub-process /usr/bin/dpkg returned an error code (2)
ERROR: failed to solve: process "/bin/sh -c apt-get install x" did not complete successfully: exit code: 100
"""


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        (BUILDKIT, "main.c:3:10: fatal error: zlib.h: No such file or directory"),
        (CLASSIC, "E: Unable to locate package nothing"),
        (PODMAN, "No matching distribution found for nothing"),
        (OLD, "cat: can't open '/none': No such file or directory"),
        (QUIET, "The command '/bin/sh -c test -e /x' returned a non-zero code: 1"),
        (FULL, "unable to fill: No space left on device"),
        (
            'ERROR: failed to solve: failed to compute cache key: "/x": not found',
            'failed to compute cache key: "/x": not found',
        ),
        ("Error response from daemon: pull access denied for x", "pull access denied for x"),
        ("one\ntwo\n", "two"),
        ("", ""),
        ("error: " + "x" * 1000, "x" * 299 + "…"),
        ("Error: a\x1b]0;title\x07b", "a]0;titleb"),
    ],
)
def test_reason(log: str, expected: str) -> None:
    assert reason(log) == expected


def failures(builder: str) -> dict[str, str]:
    """What a builder put out, by the case."""
    text = (Path(__file__).parent / "failures" / f"{builder}.txt").read_text()
    return dict(part.split("\n", 1) for part in text.split("=== ")[1:])  # type: ignore[misc]


BUILDERS = ("docker-classic", "docker-buildx", "docker-buildx-26", "podman", "buildah")
CASES = {
    "word": "nosuchprogram: not found",
    "quiet": "false",
    "run": "step one (",
    "copy": "/missing",
    "base": "localhost:1",
    "network": 'Get "http://no.such.host.invalid/x": dial tcp: lookup no.such.host.invalid',
    "syntax": "nknown instruction: ",
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("builder", BUILDERS)
def test_all_builders(builder: str, case: str) -> None:
    said = reason(failures(builder)[case])
    expected = "stat missing: file does not exist" if (builder, case) == ("docker-classic", "copy") else CASES[case]
    assert expected in said


def test_an_excerpt_of_the_dockerfile_is_no_reason() -> None:
    for case in ("run", "quiet"):
        assert ">>>" not in reason(failures("docker-buildx-26")[case])


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("quiet", 'process "/bin/sh -c exit 4" did not complete successfully: exit code: 4'),
        ("copy", 'failed to compute cache key: "/nothere": not found'),
        ("syntax", "dockerfile parse error on line 2: unknown instruction: NO (did you mean ENV?)"),
    ],
)
def test_a_warning_is_no_reason(case: str, expected: str) -> None:
    log = failures("docker-buildx-26")[f"{case} in a strange git repository"]
    assert "WARNING: current commit" in log
    assert reason(log) == expected


def test_last_words_are_what_the_builder_said_without_colours_and_remarks() -> None:
    assert last_words("one\n\x1b[91mtwo\x1b[0m\n\nWARNING: three\n") == ("one", "two")
    assert last_words("\n".join(map(str, range(100)))) == tuple(map(str, range(85, 100)))
