"""What ``shave build`` gives: the examples built twice in different worlds, and the same packages by mmdebstrap.

Each spec of examples/build is locked and built here as root, its probes asked; then from that lock by an ordinary user
with another home, another checkout and a clock five years ahead: one digest, and the probes pass again. For arm64,
where nothing can be run, every ELF file of the result must be of that machine. mmdebstrap makes a root of the same
packages beside us, both with what they cache at hand.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
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
LATER = ("faketime", "+5 years")
PEER = ("mmdebstrap", "--quiet", "--variant=essential", "--mode=root", "--dpkgopt=force-unsafe-io")
PEER_SPEC = """
suite = "bookworm"
packages = ["base-files", "netbase", "tzdata", "ca-certificates", "libc6", "libssl3", "libstdc++6", "python3"]
"""
PEER_PACKAGES = "base-files,netbase,tzdata,ca-certificates,libc6,libssl3,libstdc++6,python3"
ROUNDS = 3
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
    """Seconds (the best of some rounds, both warm) and bytes of a root with the same packages."""

    ours: float
    theirs: float
    our_bytes: int
    their_bytes: int


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
    checkout = home / f"checkout-{spec.stem}"
    shutil.copytree(spec.parent, checkout)
    again = build([*LATER, *command], checkout / spec.name, home / spec.stem, "--locked")
    if isinstance(again, str):
        yield f"again: {again}"
    elif again["digest"] != first["digest"]:
        yield f"two digests: {first['digest']} and {again['digest']}"
    yield from foreign(spec, work)
    yield from unowned(work / spec.stem, first)


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


def unowned(layout: Path, first: dict[str, Any]) -> Iterator[str]:
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
    spec, root = work / "peer.toml", work / "peer.tar"
    spec.write_text(PEER_SPEC)
    ours, theirs, size = [], [], 0
    for number in range(ROUNDS + 1):
        begun = time.monotonic()
        done = build([SHAVE], spec, work / f"peer-{number}")
        ours.append(time.monotonic() - begun)
        if isinstance(done, str):
            sys.exit(done)
        size = sum(layer["unpacked_bytes"] for layer in done["layers"])
        begun = time.monotonic()
        run([*PEER, f"--include={PEER_PACKAGES}", "bookworm", str(root)])
        theirs.append(time.monotonic() - begun)
    return Peer(min(ours[1:]), min(theirs[1:]), size, root.stat().st_size)


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """A command without input."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=dict(os.environ))


def report(examples: Sequence[Example], peer: Peer) -> str:
    """Markdown."""
    lines = ["| spec | packed MB | unpacked MB | packages | probes | seconds | |", "|---|---|---|---|---|---|---|"]
    for one in examples:
        state = "; ".join(one.wrong) or "passes twice, one digest"
        sizes = f"{one.packed_bytes / 1e6:.1f} | {one.unpacked_bytes / 1e6:.1f}"
        lines.append(f"| {one.name} | {sizes} | {one.packages} | {one.probes} | {one.seconds:.1f} | {state} |")
    times = f"{peer.ours:.1f} s against {peer.theirs:.1f} s ({peer.theirs / peer.ours:.1f} times as fast)"
    sizes = f"{peer.our_bytes / 1e6:.0f} MB against {peer.their_bytes / 1e6:.0f} MB"
    return "\n".join([*lines, "", f"mmdebstrap with the same packages: {times}, {sizes}"])


def missed(examples: Sequence[Example], peer: Peer) -> list[str]:
    """What is promised and does not hold."""
    found = [f"build {one.name}: {text}" for one in examples for text in one.wrong]
    found += ["build is not faster than mmdebstrap"] if peer.ours >= peer.theirs else []
    found += ["build gives more than half of mmdebstrap's bytes"] if 2 * peer.our_bytes > peer.their_bytes else []
    return found


if __name__ == "__main__":
    sys.exit(main())
