"""Images as new users have them, and what ``shave slim`` must make of each: exit code, outcome, what it says."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import fidelity
import layouts
from layouts import directory, file, link

SHAVE = str(Path(sys.executable).parent / "shave")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shave-house"
BUSYBOX = Path("/bin/busybox")
CAP_NET_RAW = b"\x01\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0".decode("latin-1")
APPLETS = ("sh", "cat", "ls", "id", "sleep", "date", "echo", "wc", "touch")


class Case(NamedTuple):
    """An image, the arguments after its name, and what must come of it. ``says`` is part of the output."""

    name: str
    make: Callable[[Path], Path]
    arguments: tuple[str, ...]
    exit_code: int
    outcome: str = ""
    says: str = ""


def busybox() -> list[layouts.Member]:
    """A busybox root file system: one binary, its applets as symlinks, the files that every system has."""
    made = [directory(path) for path in ("bin", "etc", "root")] + [directory("tmp", 0o1777)]
    made += [file("bin/busybox", BUSYBOX.read_bytes(), 0o755)]
    made += [link(f"bin/{applet}", "busybox") for applet in APPLETS]
    return [*made, file("etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"), file("etc/group", b"root:x:0:\n")]


def scratch(where: Path) -> Path:
    """One static binary and nothing else."""
    binary = file("busybox", BUSYBOX.read_bytes(), 0o755)
    return layouts.write(where, [layouts.tar([binary])], {"Entrypoint": ["/busybox", "echo", "hello"]})


def shell(where: Path) -> Path:
    """busybox as it comes: CMD is a shell."""
    return layouts.write(where, [layouts.tar(busybox())], {"Cmd": ["sh"]})


def debian() -> Path:
    """The demo's naive image: Debian with Python, a compiler and caches."""
    naive = CACHE / "demo/naive"
    if not naive.exists():
        subprocess.run([sys.executable, Path(__file__).parent / "demo/build.py", naive, "latest"], check=True)
    return naive


def debian_shell(where: Path) -> Path:
    """Debian with Python and a compiler, and a shell as CMD."""
    return layouts.derive(where, debian(), {"Cmd": ["bash"]})


def needs_argument(where: Path) -> Path:
    """A program that fails without an argument."""
    program = "import sys, json; print(json.dumps({'length': len(sys.argv[1])}))"
    return layouts.derive(where, debian(), {"Entrypoint": ["python3", "-c", program]})


def crashes(where: Path) -> Path:
    """A program that cannot start: the original itself does not run."""
    config = {"Cmd": ["sh", "-c", "echo no configuration found >&2; exit 7"]}
    return layouts.write(where, [layouts.tar(busybox())], config)


def big(where: Path) -> Path:
    """2 GB in twenty files, of which the program reads one."""
    layers = (layouts.tar([file(f"models/{n}.bin", os.urandom(1 << 20) * 100)]) for n in range(20))
    config = {"Cmd": ["wc", "-c", "/models/7.bin"]}
    return layouts.write(where, [layouts.tar([*busybox(), directory("models")]), *layers], config)


def thirty_two_bit(where: Path) -> Path:
    """Debian for i386: its loader and libraries are 32-bit."""
    root = CACHE / "firstuse/i386.tar"
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        targets = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages", "Codename: bookworm"]
        mirror = subprocess.run(targets, check=True, capture_output=True, text=True).stdout.split()[:1]
        beside = root.with_name("i386.new.tar")
        command = ["mmdebstrap", "--quiet", "--variant=essential", "--architectures=i386", "bookworm"]
        subprocess.run([*command, beside, *mirror], check=True, stdin=subprocess.DEVNULL)
        beside.rename(root)
    return layouts.write(where, [root.read_bytes()], {"Cmd": ["perl", "-e", "print 6 * 7"]}, "386")


def foreign(where: Path) -> Path:
    """An image for another machine."""
    return layouts.write(where, [layouts.tar(busybox())], {"Cmd": ["sh"]}, "arm64")


def particular(where: Path) -> Path:
    """Setuid, a file capability, hard links, unicode names, a volume with its own owner, a user that is not root."""
    own = [
        *(directory(path) for path in ("srv", "srv/größe", "opt", "opt/raised", "opt/capable", "unused")),
        directory("data", 0o750, owner=1000),
        file("data/seed", b"seed\n", 0o640, owner=1000),
        file("opt/raised/busybox", BUSYBOX.read_bytes(), 0o4755),
        file("opt/capable/busybox", BUSYBOX.read_bytes(), 0o755, xattrs={"security.capability": CAP_NET_RAW}),
        file("srv/größe/日本.txt", "ü\n".encode()),
        file("srv/first", b"linked\n"),
        link("srv/second", "srv/first", hard=True),
        link("srv/third", "srv/first", hard=True),
        file("unused/ballast", bytes(1 << 20)),
    ]
    read = "id; ls -ln /data /srv; cat /srv/größe/* /srv/second /srv/third /data/seed"
    program = f"{read}; /opt/capable/busybox echo ok; /opt/raised/busybox id -u"
    config = {"Cmd": ["sh", "-c", program], "User": "1000:1000", "Volumes": {"/data": {}}}
    return layouts.write(where, [layouts.tar(busybox()), layouts.tar(own)], config)


def missing(where: Path) -> Path:
    """A name that does not exist."""
    return where


CASES = (
    Case("scratch and one static binary", scratch, (), 0, "unchanged"),
    Case("busybox: nothing to gain", shell, (), 0, "unchanged"),
    Case("CMD is a shell", debian_shell, (), 0, "slimmed"),
    Case("needs an argument", needs_argument, (), 3, says="-- ARG"),
    Case("with the argument", needs_argument, ("--", "four"), 0, "slimmed"),
    Case("crashes at start", crashes, (), 3, says="no configuration found"),
    Case("2 GB", big, (), 0, "slimmed"),
    Case("32-bit", thirty_two_bit, (), 0, "slimmed"),
    Case("arm64 on amd64", foreign, (), 3, says="arm64"),
    Case("setuid, capability, links, unicode, volume, user", particular, (), 0, "slimmed"),
    Case("a name that does not exist", missing, (), 3),
)


def main() -> list[str]:
    """Try every case, print a table; what was not as promised."""
    print("\n| new user's image | exit | outcome | as promised |\n|---|---|---|---|")
    missed = []
    for case in CASES:
        with tempfile.TemporaryDirectory(prefix="shave-firstuse-", dir="/var/tmp") as work:
            code, outcome, problems = attempt(case, Path(work))
        print(f"| {case.name} | {code} | {outcome} | {'; '.join(problems) or 'yes'} |", flush=True)
        missed += [f"{case.name}: {problem}" for problem in problems]
    with tempfile.TemporaryDirectory(prefix="shave-firstuse-", dir="/var/tmp") as work:
        missed += [f"{problem}" for problem in (*full_disk(Path(work)), *interrupts(Path(work)))]
    return missed


def attempt(case: Case, work: Path) -> tuple[int, str, list[str]]:
    """Exit code and outcome of one case, and in what it is not as promised."""
    original, out = case.make(work / "original"), work / "slim"
    done = slim(original, out, *case.arguments)
    answer: dict[str, Any] = json.loads(done.stdout) if done.stdout.startswith("{") else {}
    problems = []
    if done.returncode != case.exit_code:
        problems.append(f"exit {done.returncode}, not {case.exit_code}: {done.stderr.strip()[-300:]}")
    if answer.get("outcome", "") != case.outcome:
        problems.append(f"outcome {answer.get('outcome')!r}, not {case.outcome!r}")
    if case.says not in done.stdout + done.stderr:
        problems.append(f"does not say {case.says!r}")
    if case.exit_code == 3 and out.exists():
        problems.append("something was written")
    if case.outcome and not problems:
        problems += fidelity.differences(fidelity.read(original), fidelity.read(out))[:3]
    return done.returncode, answer.get("outcome", ""), problems


def slim(original: Path, out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """``shave slim`` with JSON on stdout."""
    command = [SHAVE, "slim", f"oci:{original}:latest", "-o", f"oci:{out}:latest", "--format", "json", *more]
    return subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True)


def full_disk(work: Path) -> list[str]:
    """No space left where the result goes: exit 3, a sentence, no half-written result."""
    original, small = particular(work / "full-original"), work / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], check=True)
    try:
        done = slim(original, small / "out")
        left = list((small / "out").glob("index.json"))
        fine = done.returncode == 3 and "full" in done.stderr and not left
        print(f"| no space left | {done.returncode} | | {'yes' if fine else done.stderr.strip()[-300:]} |")
        return [] if fine else [f"no space left: exit {done.returncode}: {done.stderr.strip()[-300:]}"]
    finally:
        subprocess.run(["umount", small], check=True)


def interrupts(work: Path) -> list[str]:
    """Ctrl-C after each stage: exit 130, no result, no mount or directory left."""
    original, missed, after = particular(work / "original"), list[str](), 0
    while (done := interrupted(original, work / "slim", after)) is not None:
        code, stage = done
        left = "shave" in Path("/proc/self/mounts").read_text() or (work / "slim").exists()
        missed += [] if code == 130 and not left else [f"Ctrl-C after {stage}: exit {code}, left behind: {left}"]
        after += 1
    print(f"| Ctrl-C at {after} moments | 130 | | {'; '.join(missed) or 'yes'} |")
    return missed


def interrupted(original: Path, out: Path, lines: int) -> tuple[int, str] | None:
    """Exit code and last stage of a slimming interrupted after ``lines`` lines of progress; None if it ended before."""
    command = [SHAVE, "slim", f"oci:{original}:latest", "-o", f"oci:{out}:latest", "-v"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        assert child.stderr is not None
        told = ["the start", *(line.strip() for line, _ in zip(child.stderr, range(lines), strict=False))]
        if len(told) <= lines:
            return None
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=60)
        return None if child.returncode == 0 else (child.returncode, told[-1])


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
