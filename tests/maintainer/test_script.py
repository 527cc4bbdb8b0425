"""Scripts that are followed, beside the same scripts run by a real shell."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.maintainer.answers import ImageAnswers
from shave.maintainer.script import followed
from shave.maintainer.state import UnreadableError
from shave.testing.builder import File, Symlink
from stages import staged

# Each is decided by what is known, so that a shell makes the same calls of "say".
DECIDED = (
    'say "$1" "$2" "$#"',
    'say "a b" c\'d e\'"f" \\$x',
    'if [ "$1" = configure ] && [ -z "$2" ]; then say yes; else say no; fi',
    'if [ "$1" = purge ]; then say a; elif [ -n "$1" -a ! -e /nowhere ]; then say b; else say c; fi',
    'case "$1" in abort-*|remove) say no ;; conf*) say yes ;; *) say other ;; esac; say end',
    'case "$1" in [a-b]*) say no ;; (configure) say yes; esac',
    "for x in a 'b c' d; do say $x; done",
    'list="a b  c"; for x in $list; do say "$x"; done; for x in "$list"; do say $x; done',
    'f() { say "$1" $#; return 0; say never; }; f one two && say after',
    'f() { shift; "$@"; }; f skipped say words "in order"',
    'set -e; [ "$1" = triggered ] || say went on',
    "false && say never; true || say never; ! false && say not",
    "x=one; (x=two; say $x); say $x; { x=three; }; say $x",
    'x=/usr/lib/y.so.1; say ${x##*/} ${x%/*} ${x#/usr} ${x%%.*} ${y:-none} ${y:+some} "${x:+some}"',
    'while [ $# -gt 0 ]; do say "$1"; shift; done; say $#',
    'until [ -n "$y" ]; do y=set; say once; done',
    "for x in 1 2 3; do [ $x = 2 ] && continue; say $x; [ $x = 3 ] && break; done",
    "say before; exit 0; say never",
    'if [ "$1" = configure ]; then exit 0; fi; say never',
    'x="a:b"; y=$(echo "$x" | cut -d: -f2); say "$y" $(basename /a/b/c) "$(dirname /a/b)"',
    "eval 'say a; say b'; command say c",
    'set -- x y; say "$@" "$*"',
    'if dpkg --compare-versions "$2" lt-nl 1.0; then say upgrade; fi; dpkg --compare-versions "$2" le 1.0 && say first',
    'unset x; x="$x$1"; x=${x}more; say "$x"; say "-$x-${1}-"',
    "test 3 -gt 2 && say more; [[ conf == c* && -z '' ]] 2>/dev/null && say pattern",
    "if test -x /bin/sh; then say sh; fi; command -v sh >/dev/null && say found",
    "for x in /etc/host*.conf /etc/nowhere/*; do say $x; done",
    'say "a\\"b" "c\\\\d" "\\$e"',
)


def by_shell(script: str, directory: Path, shell: str) -> list[list[str]]:
    """What a real shell calls."""
    log = directory / "log"
    log.write_text("")
    say = directory / "say"
    say.write_text(f'#!/bin/sh\n{{ printf "%s\\037" "$@"; printf "\\036"; }} >> {log}\n')
    say.chmod(0o755)
    environment = {"PATH": f"{directory}:{os.environ['PATH']}"}
    subprocess.run(
        [shell, "-c", script, "postinst", "configure", ""], env=environment, check=False, capture_output=True
    )
    return [call.split("\037")[:-1] for call in log.read_text().split("\036")[:-1]]


def answers(directory: Path) -> ImageAnswers:
    image = {"/bin": Symlink("usr/bin"), "/usr/bin/sh": File(b"", 0o755), "/etc/host.conf": File(b"")}
    return ImageAnswers(staged(directory, {"one": image}), "amd64", frozenset({"say"}))


def said(script: str, directory: Path) -> list[list[str | None]]:
    calls = followed(script.encode(), ("configure", ""), {}, answers(directory))
    return [list(words[1:]) for words in calls if words[0] == "say"]


@pytest.mark.oracle
@pytest.mark.parametrize("script", DECIDED)
def test_a_shell_makes_the_same_calls(script: str, tmp_path: Path) -> None:
    shell = "bash" if "[[" in script else "dash"
    assert said(script, tmp_path) == by_shell(script, tmp_path, shell)


UNDECIDED = (
    ("if db_get x; then say a; else say b; fi", [["a"], ["b"]]),
    ("getent passwd x || say a; say b", [["a"], ["b"]]),
    ("if unknown; then x=1; else x=2; fi; say $x", [[None]]),
    ("if unknown; then x=1; else x=1; fi; say $x", [["1"]]),
    ("if unknown; then exit 0; fi; say a", [["a"]]),
    ("unknown || exit 1; say a", [["a"]]),
    ("if unknown; then exit 0; else exit 1; fi; say never", []),
    ("while read line; do say $line; done; say end", [[None], ["end"]]),
    ('. /etc/unknown; say "$setting"', [[None]]),
    ('say "$nothing"', [[""]]),
    ("case $(unknown) in a) say a ;; b) say b ;; esac", [["a"], ["b"]]),
    ("case $(unknown) in a) x=1 ;; *) x=2 ;; esac; say $x", [[None]]),
    ("mkdir /made; if [ -d /made ]; then say maybe; fi", [["maybe"]]),
    ("if [ -d /never ]; then say never; fi", []),
    ("if ! unknown; then say a; fi", [["a"]]),
    ("x=$(unknown); say before${x}after plain", [[None, "plain"]]),
    ("for x in $(unknown); do say $x; done", [[None]]),
)


@pytest.mark.parametrize(("script", "expected"), UNDECIDED)
def test_what_only_a_run_knows_may_be_either(script: str, expected: list[list[str | None]], tmp_path: Path) -> None:
    assert said(script, tmp_path) == expected


def test_files_that_are_written(tmp_path: Path) -> None:
    script = b"""echo a b > /etc/one; : > /etc/two; unknown >> /etc/three; say 2>/dev/null
cat > /etc/four <<EOF
x=$1
EOF
cat <<-'END' >/etc/five
\t\tof $1
END
"""
    calls = followed(script, ("configure", ""), {}, answers(tmp_path))
    assert [words for words in calls if words[0] in (">", ">>")] == [
        (">", "/etc/one", "a b\n"),
        (">", "/etc/two", ""),
        (">>", "/etc/three", None),
        (">", "/etc/four", "x=configure\n"),
        (">", "/etc/five", "of $1\n"),
    ]


def test_what_other_commands_start_is_called_too(tmp_path: Path) -> None:
    script = b"su -s /bin/sh postgres -c 'say inner'; xargs -r say each; chroot / say there"
    calls = followed(script, (), {}, answers(tmp_path))
    assert [words[1:] for words in calls if words[0] == "say"] == [("inner",), ("each", None), ("there",)]


@pytest.mark.parametrize(
    "script",
    [
        "f() { f; }; f",
        "( " * 200 + ")" * 200,
        "for a in 1 2 3 4 5 6 7 8 9; do " * 7 + "say" + "; done" * 7,
        "while true; do " * 4 + "say" + "; done" * 4,
        "x" * (1 << 21),
        "set -- a b;" + 'set -- "$@" "$@";' * 30,
    ],
)
def test_a_script_without_end_is_not_followed(script: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        followed(script.encode(), (), {}, answers(tmp_path))


def test_values_do_not_grow_without_end(tmp_path: Path) -> None:
    script = "x=0123456789;" + 'x="$x$x";' * 60 + 'say "$x"'
    assert said(script, tmp_path) == [[None]]


@given(st.binary(max_size=200))
def test_any_bytes_are_followed(tmp_path_factory: pytest.TempPathFactory, script: bytes) -> None:
    try:
        followed(script, ("configure", ""), {}, answers(tmp_path_factory.getbasetemp()))
    except UnreadableError:
        assert b"\0" in script


PIECES = st.sampled_from(
    [
        "if ",
        "then ",
        "else ",
        "fi; ",
        "case $1 in ",
        "esac; ",
        "x) ",
        ";; ",
        "for x in a; do ",
        "done; ",
        "say $x; ",
        "$(",
        ") ",
        "{ ",
        "}; ",
        "|| ",
        "&& ",
        "${x#",
        "[ -n ",
        "] ",
        '"',
        "'",
        "<<E\n",
        "\nE\n",
        "> /a ",
        "! ",
        "f() ",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_pieces_of_scripts_are_followed(tmp_path_factory: pytest.TempPathFactory, script: str) -> None:
    followed(script.encode(), ("configure", ""), {}, answers(tmp_path_factory.getbasetemp()))
