"""Programs that break after a slimming at grain file, run by the real runner: each shows what one means is for."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli import shell_layers
from shave.config import Settings
from shave.events import Event, Remark
from shave.evidence import EvidenceFile, Use
from shave.helper import host
from shave.probe import Probe, RunOptions
from shave.runners import choose as choose_runner
from shave.testing import File, Member, Symlink, image
from shave.tracers import choose as choose_tracer
from shave.verbs.repair import ROUNDS, Round
from shave.verbs.roots import Wish
from shave.verbs.slim import Slimmed, Tools, Wanted, slim
from shave.workspace import workspace

COUNT = "read n < /counter/n; echo $((n + 1)) > /counter/n; "
"""The start's own number: 0 is the trace, 1 the second run, 2 the result, then the third run or the next trace."""

DEFAULT, WANTED = RunOptions(), Wanted(Wish("file", keep=("/bin/cat",)))


@pytest.fixture
def space() -> Iterator[Path]:
    with workspace() as directory:
        yield directory


@pytest.fixture
def counter(tmp_path: Path) -> RunOptions:
    (tmp_path / "n").write_text("0\n")
    return RunOptions(mounts=(f"{tmp_path}:/counter",))


def slimmed(
    space: Path,
    script: str,
    files: dict[str, Member],
    run: RunOptions = DEFAULT,
    *probes: Probe,
    wanted: Wanted = WANTED,
    traced: bool = True,
) -> Slimmed:
    base, application = shell_layers()
    made = image(base, {**application, **files}, config={"Cmd": ["/bin/sh", "-c", script]})
    tools = Tools(choose_runner("auto", made.config), choose_tracer() if traced else None)
    told: list[Event] = []
    done = slim(made, Settings(run, probes), tools, wanted, space, told.append)
    assert sum(isinstance(event, Remark) and event.text.startswith("repair ") for event in told) == len(done.rounds)
    return done


def kept(done: Slimmed, below: str) -> list[str]:
    return [found.path for found in done.plan.kept if found.path.startswith(below + "/")]


def means(done: Slimmed) -> list[str]:
    return [tried.means for tried in done.rounds]


def test_a_file_that_only_later_starts_read_is_found_by_a_trace(space: Path, counter: RunOptions) -> None:
    script = COUNT + "if [ $n -ge 2 ]; then cat /late; else echo late; fi"
    done = slimmed(space, script, {"/late": b"late\n"}, counter)
    assert (done.outcome, means(done)) == ("slimmed", ["retrace"])
    assert "late" in done.rounds[0].added


def test_another_of_several_files_each_time_is_found_by_the_lookup(space: Path, counter: RunOptions) -> None:
    files = {f"/pages/{n}": b"page\n" for n in range(3)}
    done = slimmed(space, COUNT + "cat /pages/$((n % 3))", files, counter)
    assert (done.outcome, means(done)) == ("slimmed", ["lookups", "lookups"])
    assert kept(done, "pages") == ["pages/0", "pages/1", "pages/2"]


def test_a_lookup_in_vain_is_reason_enough_where_the_answer_is_the_same(space: Path, counter: RunOptions) -> None:
    files = {f"/pages/{n}": b"" for n in range(3)}
    done = slimmed(space, COUNT + "cat /pages/$((n % 3)) 2> /dev/null; echo done", files, counter)
    assert (done.outcome, means(done)) == ("slimmed", ["lookups"])
    assert done.rounds[0] == Round("lookups", ("start",), ("pages/2",), 0)


def test_what_is_counted_and_never_opened_is_found_by_the_listing(space: Path) -> None:
    files = {f"/conf.d/{name}": f"{name}\n".encode() for name in "abc"}
    done = slimmed(space, 'set -- /conf.d/*; [ $# = 3 ] || exit 9; echo "$@"', files)
    assert (done.outcome, means(done)) == ("slimmed", ["listings"])
    assert kept(done, "conf.d") == ["conf.d/a", "conf.d/b", "conf.d/c"]


def test_a_directory_then_its_names_then_what_is_below_them(space: Path, counter: RunOptions) -> None:
    """As plugins are: a directory is listed for names, and each name's own file is asked for."""
    files: dict[str, Member] = {"/plugins/mail/init": b"mail ready\n", "/plugins/mail/unused": b"x" * 1000}
    each = "for plugin in /plugins/*; do cat $plugin/init || exit 1; done"
    done = slimmed(space, f"{COUNT} if [ $n = 2 -o $n -gt 3 ]; then {each}; else echo mail ready; fi", files, counter)
    assert (done.outcome, means(done)) == ("slimmed", ["lookups", "listings", "lookups"])
    assert kept(done, "plugins") == ["plugins/mail", "plugins/mail/init"]


def test_a_message_names_the_file_where_nothing_traces(space: Path) -> None:
    script = "/app/run && greet"
    used = tuple(Use(path, ("opened",), ("start",)) for path in ("/bin/cat", "/bin/sh", "/app/run", "/app/config"))
    wanted = Wanted(Wish("file"), evidence=EvidenceFile(origins=(), versions=(), uses=used))
    done = slimmed(
        space, script, {"/usr/bin/greet": File(b"#!/bin/sh\necho welcome\n", 0o755)}, wanted=wanted, traced=False
    )
    assert (done.outcome, means(done)) == ("slimmed", ["messages"])
    assert "usr/bin/greet" in done.rounds[0].added
    assert any(reason.because == "repair" for found in done.plan.kept for reason in found.reasons)


def test_evidence_that_is_not_enough_is_repaired_by_a_trace(space: Path) -> None:
    used = (Use("/bin/sh", ("executed",), ("start",)),)
    wanted = Wanted(Wish("file"), evidence=EvidenceFile(origins=(), versions=(), uses=used))
    done = slimmed(space, "exec /app/run", {}, wanted=wanted)
    assert (done.outcome, means(done)) == ("slimmed", ["retrace"])


def test_only_the_failing_probes_are_traced_again(space: Path, counter: RunOptions) -> None:
    probes = (
        Probe("steady", command=("sh", "-c", "cat /app/index.html")),
        Probe("late", command=("sh", "-c", COUNT + "if [ $n -ge 2 ]; then cat /late; else echo late; fi")),
    )
    done = slimmed(space, "true", {"/late": b"late\n"}, counter, *probes)
    assert (done.outcome, [tried.probes for tried in done.rounds]) == ("slimmed", [("late",)])


def test_what_does_not_converge_is_refused_with_the_witness(space: Path, counter: RunOptions) -> None:
    files = {f"/pages/{n}": b"page\n" for n in range(40)}
    done = slimmed(space, COUNT + "cat /pages/$n", files, counter)
    assert (done.outcome, done.image, len(done.rounds)) == ("refused", None, ROUNDS)
    assert done.verdict is not None and done.verdict.verdict == "different"
    witnesses = [witness.expected for judged in done.verdict.judgements for witness in judged.witnesses]
    assert any("page" in text for text in witnesses)


def test_what_the_user_dropped_is_not_brought_back(space: Path) -> None:
    script = "cat /etc/app.conf 2> /dev/null; echo done"
    done = slimmed(space, script, {}, wanted=Wanted(Wish("file", drop=("/etc/app.conf",))))
    assert (done.outcome, done.rounds) == ("refused", ())
    silent = "cat /etc/app.conf > /dev/null 2>&1; echo done"
    (space / "again").mkdir()
    allowed = slimmed(space / "again", silent, {}, wanted=Wanted(Wish("file", drop=("/etc/app.conf",))))
    assert (allowed.outcome, allowed.rounds) == ("slimmed", ())


def test_a_steady_program_needs_no_repair(space: Path) -> None:
    done = slimmed(space, "exec /app/run", {})
    assert (done.outcome, done.rounds) == ("slimmed", ())


def host_python() -> dict[str, Member]:
    """The Python of this machine, as the helper takes it along."""
    made: dict[str, Member] = {}
    for entry in host.files():
        path = Path("/", entry.path)
        if entry.kind == "symlink":
            made[str(path)] = Symlink(entry.link)
        elif entry.kind == "file" and "/shave/" not in entry.path:
            made[str(path)] = File(path.read_bytes(), entry.mode)
    return made


def test_plugins_that_an_interpreter_finds_by_scanning_a_package(space: Path) -> None:
    plugins = {f"/app/plugins/{name}.py": b"" for name in ("__init__", "mail", "news")}
    scan = "import pkgutil, plugins; print(*sorted(found.name for found in pkgutil.iter_modules(plugins.__path__)))"
    command = [host.PYTHON, "-S", "-B", "-c", f"import sys; sys.path.append('/app'); {scan}"]
    done = slimmed(space, shlex.join(["exec", *command]), {**host_python(), **plugins})
    assert (done.outcome, means(done)) == ("slimmed", ["listings"])
    assert kept(done, "app/plugins") == sorted(path[1:] for path in plugins)
