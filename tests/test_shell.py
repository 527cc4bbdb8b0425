import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shave.shell import MAX_PARSED_BYTES, Command, builtins, read, started


@pytest.mark.parametrize(
    ("text", "programs"),
    [
        ("a x | b && c || d; e & ! f", "a b c d e f"),
        ("a $(b `c`) <(d) \"$(e)\" 'not $(this)'", "a b c d e"),
        ("a <<E\nno $(b)\nE\nc <<'E'\n$(no)\nE", "a b c"),
        ("f() { a; }; f; g() (b); g", "a b"),
        ("for x in no; do a; done; case $1 in no) b;; esac; if c; then d; fi; while e; do f; done", "a b c d e f"),
        ("cd /x; export A=$(a); test -f x; [ -x y ]; . z; exec b", "a b"),
        ("A=1 B='x y' a; C=2", "a"),
        ("env -u X A=1 a; env -S 'A=1 b c'", "env a b"),
        ('exec gosu redis redis-server "$@"', "gosu redis-server"),
        ("conda run --no-capture-output -n e pip install x; conda info run; pyenv exec a", "conda pip pyenv a"),
        ("su-exec www:www a; setpriv --reuid=1 --regid 2 --clear-groups b", "su-exec a setpriv b"),
        ("tini -g -- a; dumb-init -- b", "tini a dumb-init b"),
        ("sudo -u x -E A=1 a -u b", "sudo a"),
        ("nice -n 5 timeout -k 1 10 a", "nice timeout a"),
        ("xargs -0 -I {} a {}; ls | xargs b", "xargs a ls b"),
        ("command a; command -v no; builtin cd", "a"),
        ("sh -c 'a; b'; bash -exo pipefail -c 'c'; sh file.sh", "sh a b bash c"),
        ('sh -c "a $x | b $(c)"; su - x -c "d $y"', "c sh a b su d"),
        ("trap 'a; b' EXIT; trap - INT; eval \"c d\"; eval e f", "a b c e"),
        ("find . -name '*.x' -exec a {} \\; -o -exec b {} +", "find a b"),
        ("watch -n 5 'a | b'; flock -n /lock c; flock /lock -c 'd e'", "watch a b flock c d"),
        ("start-stop-daemon --start --exec /usr/sbin/a -- -x", "start-stop-daemon /usr/sbin/a"),
        ("busybox a -f", "busybox a"),
        ('X=/opt/x; $X/bin/a; ${Y:-b}; $HOME/c; $unknown; "$Z"d', "/opt/x/bin/a b /root/c"),
        ("X=a; X=b; $X; ${HOME%/*}/c", ""),
        ("a\\ b; 'c d'; \"e f\"", "a b|c d|e f"),
        ("echo x; env echo x", "env echo"),
        ("if then fi ((( a\nb", "a b"),
    ],
)
def test_programs(text: str, programs: str) -> None:
    found = read(text.encode(), {"HOME": "/root"}).programs
    assert set(found) == set(programs.split("|") if "|" in programs else programs.split())


def test_a_command_says_where_it_stands_and_who_starts_it() -> None:
    text = b"set -e; sudo -n a \"$x\" 'b c'"
    assert read(text).commands == (
        Command(("set", "-e"), 0, 6, "", ((0, 3), (4, 6))),
        Command(("sudo", "-n", "a", None, "b c"), 8, 28, "", ((8, 12), (13, 15), (16, 17), (18, 22), (23, 28))),
        Command(("a", None, "b c"), 8, 28, "sudo", ((16, 17), (18, 22), (23, 28))),
    )


def test_words_of_started_commands_have_their_places_but_not_those_in_strings() -> None:
    text = b"find . -exec apk add x \\; ; env A=1 busybox tar x; sh -c 'apk del'"
    found = {each.words: [text[start:end] for start, end in each.spans] for each in read(text).commands}
    assert found[("apk", "add", "x")] == [b"apk", b"add", b"x"]
    assert found[("tar", "x")] == [b"tar", b"x"]
    assert found[("apk", "del")] == []


def test_a_command_given_as_words() -> None:
    assert started(["/usr/bin/tini", "--", "/bin/sh", "-c", "exec a; echo"]).programs == (
        "/usr/bin/tini",
        "/bin/sh",
        "a",
    )


def test_a_text_too_large_or_too_dense_is_read_by_a_pattern() -> None:
    for filler in (b"#" * MAX_PARSED_BYTES, b"\0", b"a=(" * 3000, b"a|" * 3000, b"<>" * 30_000):
        assert "tool" in read(filler + b"\nif true; then\n  X=1 tool -x\nfi\n").programs


def test_deep_texts_end() -> None:
    text = "a"
    for _ in range(12):
        text = "eval " + text
    assert read(text.encode()).programs == ()
    assert read(b"(" * 2000 + b"a").programs
    assert len(read(b"nice " * 5000 + b"a").commands) <= 5001


PARTS = [*"a)`|}='", '"', "$(", "${", "{ ", "\\", "<<E\n", "E\n", "if ", "fi;", "sh -c '", "\xff"]


@given(st.lists(st.sampled_from(PARTS)))
@settings(deadline=None)
def test_any_text_is_read(parts: list[str]) -> None:
    text = "".join(parts).encode("latin-1")
    assert all(0 <= command.start <= command.end <= len(text) for command in read(text).commands)


@pytest.mark.oracle
def test_bash_knows_the_same_builtins() -> None:
    said = subprocess.run(["bash", "-c", "compgen -b"], capture_output=True, text=True, check=True).stdout.split()
    assert set(said) <= builtins()


@pytest.mark.oracle
@pytest.mark.parametrize("script", ["ldd", "savelog", "lesspipe", "which.debianutils"])
def test_dash_runs_nothing_of_a_script_that_is_not_read(script: str) -> None:
    """What ``bash -x`` shows of a run is among what is found."""
    path = f"/usr/bin/{script}"
    done = subprocess.run(
        ["bash", "-x", path, "--help"], capture_output=True, text=True, env={"PS4": "+ ", "PATH": "/usr/bin:/bin"}
    )
    ran = {line.lstrip("+ ").split()[0] for line in done.stderr.splitlines() if line.startswith("+ ")}
    names = {name.rpartition("/")[2] for name in read(Path(path).read_bytes()).programs}
    programs = {word for word in ran if word not in builtins() and Path("/usr/bin", word).exists()}
    assert programs <= names | {"["}
