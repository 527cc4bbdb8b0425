"""What ``shave build`` gives: the examples built twice in different worlds, and the same packages by mmdebstrap.

Each spec of examples/build is locked and built here as root, its probes asked; then from that lock by an ordinary user
with another home, a checkout of another time and umask, other variables and nothing cached; then once more with a clock
five years ahead on one processor: one digest, and the probes pass again. For arm64, where nothing can be run, every ELF
file of the result must be of that machine. mmdebstrap makes a root of the same packages beside us, both with what they
cache at hand.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import shave
from ordinary_user import ordinary_user
from shave.elf import MAGIC
from shave.events import silent
from shave.store import unpack

SHAVE = str(Path(sys.executable).parent / "shave")
EXAMPLES = Path(__file__).parents[1] / "examples/build"
ELSEWHERE = (
    "env",
    "TZ=Pacific/Kiritimati",
    "LC_ALL=C.UTF-8",
    "PYTHONHASHSEED=7",
    "sh",
    "-c",
    'umask 077; exec "$@"',
    "sh",
)
LATER = (*ELSEWHERE, "taskset", "--cpu-list", "0", "faketime", "--exclude-monotonic", "+5 years")
PEER = ("mmdebstrap", "--quiet", "--variant=essential", "--mode=root", "--dpkgopt=force-unsafe-io")
# mmdebstrap(1), EXAMPLES: how packages are kept without a caching proxy. Copying them in and out costs more than a near
# mirror does, so that both ways are tried, and the better one counts.
PEER_CACHE = (
    "--skip=essential/unlink",
    '--setup-hook=mkdir -p {0} "$1"/var/cache/apt/archives/',
    "--setup-hook=sync-in {0} /var/cache/apt/archives/",
    "--customize-hook=sync-out /var/cache/apt/archives {0}",
)
PEER_SPEC = """
suite = "bookworm"
packages = ["base-files", "netbase", "tzdata", "ca-certificates", "libc6", "libssl3", "libstdc++6", "python3"]
"""
PEER_PACKAGES = "base-files,netbase,tzdata,ca-certificates,libc6,libssl3,libstdc++6,python3"
ROUNDS = 2
AARCH64 = (183).to_bytes(2, "little")


class Example(NamedTuple):
    """One spec, built as root and by an ordinary user: MB as JSON says, what is wrong if anything is."""

    name: str
    packed_bytes: int
    unpacked_bytes: int
    packages: int
    probes: int
    seconds: float
    wrong: tuple[str, ...]


class Peer(NamedTuple):
    """Seconds (the best of some rounds, all warm) and bytes of the files of a root with the same packages: ours without
    and with documentation and locales, and mmdebstrap's, which has them.
    """

    ours: float
    whole: float
    theirs: float
    ours_bytes: int
    whole_bytes: int
    theirs_bytes: int


def main() -> int:
    """Measure; 1 if something is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", help="only this spec, by the name of its file (repeatable)")
    asked = parser.parse_args()
    examples, peer = measure(asked.only)
    print(report(examples, peer))
    return 1 if missed(examples, peer) else 0


def measure(only: Sequence[str] | None = None) -> tuple[list[Example], Peer]:
    """All examples, or those named, and the peer."""
    with tempfile.TemporaryDirectory(prefix="shave-building-", dir="/var/tmp") as directory:
        work = Path(directory)
        context = work / "context"
        shutil.copytree(EXAMPLES, context)
        specs = [path for path in sorted(context.rglob("*.toml")) if not only or path.stem in only]
        with ordinary_user() as (command, home):
            examples = [example(spec, work, command, home) for spec in specs]
        return examples, against_peer(work)


def example(spec: Path, work: Path, command: Sequence[str], home: Path) -> Example:
    """One spec in both worlds, and for the other architecture."""
    begun = time.monotonic()
    done = build([SHAVE], spec, work / spec.stem, "--lock")
    seconds = time.monotonic() - begun
    if isinstance(done, str):
        return Example(spec.stem, 0, 0, 0, 0, seconds, (done,))
    return Example(
        spec.stem,
        sum(layer["packed_bytes"] for layer in done["layers"]),
        sum(layer["unpacked_bytes"] for layer in done["layers"]),
        len(done["packages"]),
        len(done["probes"]),
        seconds,
        tuple(wrong(spec, work, command, home, done)),
    )


def wrong(spec: Path, work: Path, command: Sequence[str], home: Path, first: dict[str, Any]) -> Iterator[str]:
    """What is not as promised of an example that was built once."""
    place = other_checkout(spec, home)
    out = home / spec.stem
    for world in (ELSEWHERE, LATER):
        # setpriv, which begins the command, would take away what faketime and env say
        again = build([*command[:-1], *world, command[-1]], place, out, "--locked")
        if isinstance(again, str):
            yield f"again: {again}"
        elif again["digest"] != first["digest"]:
            yield f"two digests: {first['digest']} and {again['digest']}"
    yield from foreign(spec, work)
    yield from unowned(work / spec.stem)


def other_checkout(spec: Path, home: Path) -> Path:
    """The spec among the same files of another user, made now under umask 077."""
    place = home / f"checkout-{spec.stem}"
    shutil.copytree(spec.parent, place, copy_function=shutil.copy, symlinks=True)
    owner = home.stat()
    for path in (place, *place.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & 0o700)
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)
    return place / spec.name


def foreign(spec: Path, work: Path) -> Iterator[str]:
    """For arm64: what is of another machine, or why it cannot be built."""
    done = build([SHAVE], spec, work / f"{spec.stem}-arm64", "--platform", "linux/arm64", "--no-probe")
    if isinstance(done, str):
        yield f"arm64: {done}"
        return
    with shave.open(f"oci:{work}/{spec.stem}-arm64:x") as image, tempfile.TemporaryDirectory() as directory:
        files = unpack(image, Path(directory), silent)
        for path, node in files.tree.nodes.items():
            head = files.read(path, 0, 20) if node.entry.kind == "file" else b""
            if head.startswith(MAGIC) and head[18:20] != AARCH64:
                yield f"arm64: /{path} is of another machine"


def unowned(layout: Path) -> Iterator[str]:
    """Files that no package has and the spec did not ask for."""
    said = json.loads(run([SHAVE, "inspect", f"oci:{layout}:x", "--format", "json"]).stdout)
    asked = {"srv", "home", "etc", "data", "var", "tmp", "run"}
    for row in said["unowned"]:
        if row["unpacked_bytes"] and row["path"].strip("/").split("/")[0] not in asked:
            yield f"nobody owns {row['path']}"


def build(command: Sequence[str], spec: Path, out: Path, *more: str) -> dict[str, Any] | str:
    """The JSON answer, or why there is none."""
    done = run([*command, "build", str(spec), "-o", f"oci:{out}:x", "--format", "json", *more])
    if done.returncode:
        return f"exit {done.returncode}: {done.stderr.strip()[-300:]}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def against_peer(work: Path) -> Peer:
    """Rounds by turns, the first of each not counted."""
    cached = [word.format(work / "debs") for word in PEER_CACHE]
    peers = [[*PEER, *how, f"--include={PEER_PACKAGES}", "bookworm"] for how in ([], cached)]
    specs = {"ours": "", "whole": 'include = ["**"]\n'}
    for name, more in specs.items():
        (work / f"{name}.toml").write_text(PEER_SPEC + more)
    root = work / "peer.tar"
    times: dict[str, list[float]] = {"ours": [], "whole": [], "theirs": []}
    sizes: dict[str, int] = {}
    for number in range(ROUNDS + 1):
        for name in specs:
            begun = time.monotonic()
            done = build([SHAVE], work / f"{name}.toml", work / f"peer-{name}-{number}")
            times[name].append(time.monotonic() - begun)
            if isinstance(done, str):
                sys.exit(done)
            sizes[name] = sum(layer["unpacked_bytes"] for layer in done["layers"])
        times["theirs"].append(min(made_by(peer, root) for peer in peers))
    with tarfile.open(root) as tar:
        sizes["theirs"] = sum(member.size for member in tar if member.isreg())
    ours, whole, theirs = (min(seconds[1:]) for seconds in times.values())
    return Peer(ours, whole, theirs, **{f"{name}_bytes": size for name, size in sizes.items()})


def made_by(peer: Sequence[str], root: Path) -> float:
    """The seconds in which mmdebstrap makes the root."""
    begun = time.monotonic()
    ended = run([*peer, str(root)])
    if ended.returncode:
        sys.exit(f"mmdebstrap: {ended.stderr[-300:]}")
    return time.monotonic() - begun


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A command without input."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=dict(os.environ))


def report(examples: Sequence[Example], peer: Peer) -> str:
    """Markdown."""
    lines = ["| spec | packed MB | unpacked MB | packages | probes | seconds | |", "|---|---|---|---|---|---|---|"]
    for one in examples:
        state = "; ".join(one.wrong) or "passes thrice, one digest"
        sizes = f"{one.packed_bytes / 1e6:.1f} | {one.unpacked_bytes / 1e6:.1f}"
        lines.append(f"| {one.name} | {sizes} | {one.packages} | {one.probes} | {one.seconds:.1f} | {state} |")
    for name, seconds, size in (
        ("without documentation and locales", peer.ours, peer.ours_bytes),
        ("with them", peer.whole, peer.whole_bytes),
    ):
        times = f"{seconds:.1f} s against {peer.theirs:.1f} s ({peer.theirs / seconds:.1f} times as fast)"
        sizes = f"{size / 1e6:.0f} MB against {peer.theirs_bytes / 1e6:.0f} MB"
        lines += ["", f"mmdebstrap beside the same packages {name}: {times}, {sizes}"]
    return "\n".join(lines)


def missed(examples: Sequence[Example], peer: Peer) -> list[str]:
    """What is promised and does not hold."""
    found = [f"build {one.name}: {text}" for one in examples for text in one.wrong]
    found += ["build is not faster than mmdebstrap"] if max(peer.ours, peer.whole) >= peer.theirs else []
    found += ["build gives more than half of mmdebstrap's bytes"] if 2 * peer.ours_bytes > peer.theirs_bytes else []
    return found


if __name__ == "__main__":
    sys.exit(main())
