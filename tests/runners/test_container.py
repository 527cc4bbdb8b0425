"""What a started container is and can, the same by every runner."""

import os
import signal
import stat
import time
from contextlib import suppress
from pathlib import Path

import pytest

from shave import cgroup, proc
from shave.errors import BadImageError, CannotError
from shave.runners.container import signal_number
from shave.runners.output import LIMIT_BYTES, Tail
from shave.runners.protocol import Mount, Prepared, Start
from shave.seccomp import notified
from shave.tracers import choose as choose_tracer

SECOND = 1_000_000_000


def start(*arguments: str, **changes: object) -> Start:
    """A start with a search path."""
    return Start(arguments, ("PATH=/sbin:/bin",), **changes)  # type: ignore[arg-type]


def shell(text: str, **changes: object) -> Start:
    """A start of a shell line."""
    return start("sh", "-c", text, **changes)


def ran(prepared: Prepared, what: Start, timeout: float = 60) -> tuple[int | None, str, str]:
    """Exit status, stdout and stderr of a start that ends by itself."""
    with prepared.start(what) as container:
        status = container.wait(timeout)
        out, errors = container.logs()
    return status, out.decode(), errors.decode()


def is_root() -> bool:
    return os.geteuid() == 0


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("echo out; echo err >&2; exit 3", (3, "out\n", "err\n")),
        ("kill -9 $$ & sleep 0.3; exit 7", (7, "", "")),  # pid 1 cannot be killed from inside, as in Docker
        ("echo $$ $PPID", (0, "1 0\n", "")),
        ("hostname; cat /etc/hostname", (0, "shave\nshave\n", "")),
        ("env", (0, "PATH=/sbin:/bin\nHOSTNAME=shave\nHOME=/root\nSHLVL=1\nPWD=/\n", "")),
        ("wc -c < /resolv/conf; grep -w shave /etc/hosts", (0, "0\n127.0.0.1\tshave\n", "")),
    ],
)
def test_runs(prepared: Prepared, line: str, expected: tuple[int, str, str]) -> None:
    status, out, errors = ran(prepared, shell(line))
    if line == "env":
        out, expected = str(sorted(out.split())), (0, str(sorted(expected[1].split())), "")
    assert (status, out, errors) == expected


def test_status_of_a_signal(prepared: Prepared) -> None:
    with prepared.start(shell("trap 'exit 42' TERM; echo ready; while :; do sleep 0.05; done")) as container:
        _until(lambda: container.logs()[0] == b"ready\n")
        container.signal("SIGTERM")
        assert container.wait(30) == 42
    with prepared.start(start("sleep", "1000")) as container:
        assert container.wait(0.2) is None
        container.signal("KILL")
        assert container.wait(30) == 137


@pytest.mark.parametrize(
    ("command", "status", "sentence"),
    [
        ("nonesuch", 127, 'exec: "nonesuch": executable file not found in $PATH\n'),
        ("/bin/nonesuch", 127, 'exec: "/bin/nonesuch": stat /bin/nonesuch: no such file or directory\n'),
        ("/bin/plain", 126, 'exec: "/bin/plain": permission denied\n'),
        ("/etc", 126, 'exec: "/etc": is a directory\n'),
        ("plain", 127, 'exec: "plain": executable file not found in $PATH\n'),
    ],
)
def test_command_that_cannot_be_run(prepared: Prepared, command: str, status: int, sentence: str) -> None:
    assert ran(prepared, start(command)) == (status, "", sentence)
    with prepared.start(start("sleep", "1000")) as container:
        ended = container.execute([command], 30)
    assert (ended.status, ended.stdout, ended.stderr) == (status, b"", sentence.encode())


@pytest.mark.usefixtures("other_users")
@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", "uid=0(root) gid=0(root) groups=0(root),2000(extra) /root"),
        ("app", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra),2001(other) /home/app"),
        ("1000", "uid=1000(app) gid=1001(app) groups=1001(app),2000(extra),2001(other) /home/app"),
        ("app:extra", "uid=1000(app) gid=2000(extra) groups=2000(extra) /home/app"),
        ("77", "uid=77 gid=0(root) groups=0(root) /"),
        ("77:88", "uid=77 gid=88 groups=88 /"),
    ],
)
def test_user(prepared: Prepared, user: str, expected: str) -> None:
    what = shell('echo "$(id) $HOME"', user=user)
    assert ran(prepared, what)[1].strip() == expected
    with prepared.start(start("sleep", "1000", user=user)) as container:
        inside = container.execute(["sh", "-c", 'echo "$(id) $HOME"'], 30).stdout.decode().strip()
    assert inside == expected


def test_user_nobody_knows(prepared: Prepared) -> None:
    for user in ("nobody-here", "app:nobody-here", "-1", "99999999999999999999", "broken"):
        with pytest.raises(BadImageError, match="unable to find"), prepared.start(shell("true", user=user)):
            pass


@pytest.mark.usefixtures("other_users")
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the program is for amd64")
def test_setuid_works(prepared: Prepared) -> None:
    assert ran(prepared, start("/bin/effective", user="app"))[0] == 0
    with prepared.start(start("sleep", "1000", user="app")) as container:
        assert container.execute(["/bin/effective"], 30).status == 0


@pytest.mark.usefixtures("other_users")
def test_standard_streams_can_be_opened_by_the_user(prepared: Prepared) -> None:
    assert ran(prepared, shell("echo x > /dev/stdout; echo y > /dev/stderr", user="app")) == (0, "x\n", "y\n")


def test_working_directory_is_made(prepared: Prepared) -> None:
    assert ran(prepared, shell("pwd", workdir="/srv/new/place"))[1] == "/srv/new/place\n"
    with prepared.start(start("sleep", "1000", workdir="/data")) as container:
        assert container.execute(["pwd"], 30).stdout == b"/data\n"
    assert ran(prepared, start("./busybox", "true", workdir="/bin"))[0] == 0


@pytest.mark.usefixtures("other_users")
def test_image_files_keep_what_they_are(prepared: Prepared) -> None:
    line = "stat -c '%n %a %u %g %h %Y %F' /data /data/kept /data/twin /bin/effective /bin/sh"
    assert ran(prepared, shell(line))[1].splitlines() == [
        "/data 2770 1000 1001 2 1 directory",
        "/data/kept 640 1000 1001 2 5 regular file",
        "/data/twin 640 1000 1001 2 5 regular file",
        "/bin/effective 4755 0 0 1 0 regular file",
        "/bin/sh 777 0 0 1 0 symbolic link",
    ]


@pytest.mark.root
def test_unpacked_tree_has_times_links_and_capabilities(prepared: Prepared) -> None:
    tree = Path(f"/proc/{prepared.holder}/root{prepared.directory}/tree")  # type: ignore[attr-defined]
    kept, twin = (tree / "data" / name for name in ("kept", "twin"))
    assert kept.stat().st_mtime_ns == 5 * SECOND + 7
    assert kept.stat().st_ino == twin.stat().st_ino
    assert stat.S_IMODE((tree / "bin/effective").stat().st_mode) == 0o4755
    assert os.getxattr(tree / "data/capable", "security.capability")[4:8] == bytes.fromhex("00040000")


def test_volumes_are_fresh_and_as_in_the_image(prepared: Prepared) -> None:
    line = "cat /data/kept; echo more >> /data/kept; touch /data/new /new/volume/file && ls /data"
    for _ in range(2):
        status, out, _ = ran(prepared, shell(line, volumes=("/data", "/new/volume")))
        assert (status, out.split()) == (0, ["kept", "capable", "kept", "new", "twin"])
    assert ran(prepared, shell("mv /data/kept /kept && grep -c ' /data ' /proc/mounts", volumes=("/data",)))[1] == "1\n"


def test_mounts(prepared: Prepared, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("host\n")
    mounts = (Mount(tmp_path, "/mnt/here"), Mount(tmp_path, "/mnt/read", True), Mount(tmp_path / "file", "/etc/one"))
    line = "cat /etc/one; echo back > /mnt/here/back; touch /mnt/read/x; cat /mnt/read/back"
    status, out, errors = ran(prepared, shell(line, mounts=mounts))
    assert (status, out) == (0, "host\nback\n")
    assert "Read-only file system" in errors
    assert (tmp_path / "back").read_text() == "back\n"
    with pytest.raises(CannotError), prepared.start(shell("true", mounts=(Mount(tmp_path / "gone", "/x"),))):
        pass


def test_hostile_links_stay_inside(prepared: Prepared, tmp_path: Path) -> None:
    line = f"touch /outside/escaped{os.getpid()}; ls /tmp"
    assert ran(prepared, shell(line, volumes=("/outside/deep",)))[1].split() == ["deep", f"escaped{os.getpid()}"]
    assert not Path("/tmp/deep").exists()
    assert not Path("/resolv").exists()


def test_confinement(prepared: Prepared) -> None:
    status = dict(line.split(":\t") for line in ran(prepared, shell("cat /proc/self/status"))[1].splitlines())
    assert status["CapEff"] == status["CapBnd"] == "00000000a80425fb"
    assert (status["CapInh"], status["NoNewPrivs"], status["Seccomp"]) == ("0000000000000000", "0", "2")
    line = "ls /dev /proc/acpi /sys/firmware; wc -c < /proc/keys; echo 1 > /proc/sys/kernel/domainname; touch /sys/x"
    _, out, errors = ran(prepared, shell(line))
    devices = "fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero"
    assert set(devices.split()) <= set(out.split())
    assert errors.count("Read-only file system") == 2
    assert ran(prepared, shell("mount -t tmpfs tmpfs /mnt || mount -o remount,rw /sys"))[0] != 0
    assert ran(prepared, shell("ip -o link | wc -l"))[1] == "1\n"
    assert ran(prepared, shell("ls -d /proc/[0-9]* | wc -l"))[1] in ("2\n", "3\n")


def test_same_confinement_in_execute(prepared: Prepared) -> None:
    with prepared.start(start("sleep", "1000")) as container:
        ended = container.execute(["grep", "-E", "^(Cap|Seccomp:|NoNew)", "/proc/self/status"], 30)
        first = container.execute(["grep", "-E", "^(Cap|Seccomp:|NoNew)", "/proc/1/status"], 30)
        assert ended == first
        assert container.execute(["sh", "-c", "echo $PPID; ls -d /proc/[0-9]* | wc -l"], 30).stdout in (
            b"0\n3\n",
            b"0\n4\n",
        )


def test_execute(prepared: Prepared) -> None:
    with prepared.start(shell("touch /made; sleep 1000")) as container:
        _until(lambda: container.execute(["test", "-e", "/made"], 30).status == 0)
        ended = container.execute(["sh", "-c", "echo out; echo err >&2; exit 5"], 30)
        assert (ended.status, ended.stdout, ended.stderr) == (5, b"out\n", b"err\n")
        assert container.execute(["sh", "-c", "kill -TERM $$"], 30).status == 143
        late = container.execute(["sh", "-c", "echo begun; sleep 1000"], 1)
        assert (late.status, late.stdout) == (124, b"begun\n")
        behind = container.execute(["sh", "-c", "sleep 1000 & echo left"], 30)
        assert (behind.status, behind.stdout) == (0, b"left\n")


def test_execute_after_the_end(prepared: Prepared) -> None:
    with prepared.start(start("true")) as container:
        assert container.wait(30) == 0
        ended = container.execute(["true"], 30)
    assert (ended.status, ended.stderr) == (1, b"the container is not running\n")


def test_network(prepared: Prepared) -> None:
    with prepared.start(shell("httpd -f -p 127.0.0.1:80 -h /etc")) as container:
        _until(lambda: container.listening() == (80,))
        with container.connect("localhost", 80, 10) as connection:
            connection.sendall(b"GET /passwd HTTP/1.0\r\n\r\n")
            assert b"app:x:1000" in b"".join(iter(lambda: connection.recv(4096), b""))
        with pytest.raises(ConnectionRefusedError):
            container.connect("localhost", 81, 10)
        with pytest.raises(OSError, match=r"nreachable|timed out"):
            container.connect("192.0.2.1", 80, 2)


def test_network_of_the_host(prepared: Prepared) -> None:
    _, out, _ = ran(prepared, shell("ip -o link | wc -l; ls /sys/class/net; touch /sys/x", network="host"))
    assert out.split()[1:] == sorted(path.name for path in Path("/sys/class/net").iterdir())


def test_script(prepared: Prepared, tmp_path: Path) -> None:
    script = tmp_path / "probe"
    script.write_text('#!/bin/sh\nid -u; echo "$ASKED" "$1"; pwd; cat /proc/net/tcp6 >&2; exit 9\n')
    script.chmod(0o755)
    with prepared.start(shell("httpd -f -p 80")) as container:
        _until(lambda: container.listening() == (80,))
        ended = container.script([str(script), "one"], {"ASKED": "yes"}, 30)
        assert (ended.status, ended.stdout.decode().split()) == (9, [str(os.geteuid()), "yes", "one", str(Path.cwd())])
        assert len(ended.stderr.splitlines()) == 2
        script.write_text("#!/bin/sh\nsleep 1000 & sleep 1000\n")
        assert container.script([str(script)], {}, 0.5).status == 124
        script.chmod(0o644)
        assert container.script([str(script)], {}, 30).status == 126


def test_output_is_bounded(prepared: Prepared) -> None:
    with prepared.start(shell("yes | dd bs=65536 count=700 iflag=fullblock 2>/dev/null; echo end")) as container:
        assert container.wait(60) == 0
        out, _ = container.logs()
    assert len(out) == LIMIT_BYTES
    assert out.endswith(b"y\nend\n")


def test_tail_keeps_the_newest() -> None:
    tail = Tail()
    for number in range(40):
        tail.add(bytes([number]) * (1 << 20))
    assert tail.value() == b"".join(bytes([number]) * (1 << 20) for number in range(24, 40))


def test_what_does_not_end_is_ended(prepared: Prepared) -> None:
    with prepared.start(shell("trap '' TERM INT HUP; echo up; while :; do sleep 100 & sleep 0.01; done")) as container:
        _until(lambda: container.logs()[0] == b"up\n")
        container.signal("TERM")
        assert container.wait(0.2) is None
        found = _descendants(container._inside.pid)  # type: ignore[attr-defined]
        assert len(found) > 3
    assert not any(Path("/proc", str(pid)).exists() for pid in found)


def test_processes_files_and_memory_are_bounded(prepared: Prepared, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "default_limits", lambda: cgroup.Limits(256 << 20, 40, 16 << 20))
    _, _, errors = ran(prepared, shell("i=0; while [ $i -lt 100 ]; do sleep 1000 & i=$((i+1)); done; exit 0"))
    if prepared_bounds_processes():
        assert "fork" in errors
    status, _, errors = ran(prepared, shell("dd if=/dev/zero of=/big bs=1M count=64"))
    assert status == 1
    assert "No space left" in errors
    if is_root():
        assert ran(prepared, start("tail", "/dev/zero"))[0] == 137


def prepared_bounds_processes() -> bool:
    """RLIMIT_NPROC does not hold for the real root."""
    groups = cgroup.make(cgroup.default_limits())
    cgroup.remove(groups)
    return bool(groups) or not is_root()


def test_traced(prepared: Prepared, space: Path) -> None:
    directory = space / f"trace{time.monotonic_ns()}"
    directory.mkdir()
    with choose_tracer("seccomp").trace(directory) as trace:
        with prepared.start(trace.attach(shell("cat /data/kept /gone; sleep 1000"))) as container:
            _until(lambda: container.logs()[0] == b"kept\n")
            trace.label("inner")
            assert container.execute(["cat", "/data/twin"], 30).status == 0
        found = {access.path: access for access in trace.evidence("sha256:x").accesses}
    assert "opened" in found["/data/kept"].how
    assert found["/gone"].how == ("absent",)
    assert found["/data/twin"].probes == ("inner",)
    assert {"executed"} <= set(found["/bin/sh"].how)
    assert notified()


def test_signal_numbers() -> None:
    names = ("SIGTERM", "term", "15", "SIGRTMIN+3")
    assert [signal_number(name) for name in names] == [15, 15, 15, signal.SIGRTMIN + 3]
    with pytest.raises(CannotError):
        signal_number("SIGNOTHING")


def _descendants(pid: int) -> set[int]:
    """A process and all below it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _until(condition: object, limit: float = 30) -> None:
    deadline = time.monotonic() + limit
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_identity_is_known() -> None:
    assert proc.identity().uids[0][0] == 0
