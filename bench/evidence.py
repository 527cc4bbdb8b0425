"""Evidence that accumulates, on real images: one Markdown table, and exit 1 where something does not hold.

For each corpus image its probes are traced in two halves, git merges the two files, the image is slimmed by them
without a trace, and its full probe, which is not shave's, must pass. The next build is the Flask application on Debian
13, slimmed by the evidence of the same application on Debian 12.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import corpus_images
import layouts
from shave.evidence import unite_files
from shave.evidence_files import load

SHAVE = str(Path(sys.executable).parent / "shave")
APPLICATION = corpus_images.HERE / "flask"
START = ["gunicorn", "-w", "2", "-b", "0.0.0.0:18001", "app:app"]
Row = dict[str, str]


class MissedError(Exception):
    """What does not hold, in one sentence."""


def main() -> int:
    """Measure; 1 if something does not hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=("next build", *corpus_images.NAMES))
    names = parser.parse_args().only or ("flask", "nginx", "next build")
    rows, missed = [], []
    for name in names:
        with tempfile.TemporaryDirectory(prefix="shave-evidence-", dir="/var/tmp") as work:
            try:
                rows.append(dict(next_build(Path(work)) if name == "next build" else accumulated(name, Path(work))))
            except MissedError as error:
                missed.append(f"{name}: {error}")
    print(table(rows))
    print("\n".join(f"MISSED: {line}" for line in missed))
    return 1 if missed else 0


def accumulated(name: str, work: Path) -> Iterator[tuple[str, str]]:
    """The row of a corpus image."""
    original, config = f"oci:{corpus_images.layout(name)}:latest", corpus_images.HERE / name / "shave.toml"
    probes = [probe["name"] for probe in tomllib.loads(config.read_text())["probe"]]
    files = [work / "one.evidence", work / "two.evidence"]
    for number, file in enumerate(files):
        half = [word for probe in probes[number::2] for word in ("--probe", probe)]
        shave("trace", original, "--config", str(config), "--evidence", str(file), *half)
    (work / "base").touch()
    merge = ["git", "merge-file", "--union", "-p", str(files[0]), str(work / "base"), str(files[1])]
    (work / "git.evidence").write_bytes(subprocess.check_output(merge))
    if load([work / "git.evidence"]) != unite_files(load(files[:1]), load(files[1:])):
        raise MissedError("git merged the files to something else")
    given = [word for file in files for word in ("--evidence", str(file))]
    answer = shave("slim", "--grain", "file", original, "-o", f"oci:{work}/out:latest", "--config", str(config), *given)
    with corpus_images.loaded(work / "out", name) as image:
        failure = corpus_images.probe(name, image)
    if failure or answer["rounds"] or "trace" in answer["seconds"]:
        raise MissedError(failure or "it was traced again")
    yield "image", name
    yield "paths", " + ".join(str(len(load([file]).uses)) for file in files) + f" = {len(load(files).uses)}"
    yield from measured(answer)


def next_build(work: Path) -> Iterator[tuple[str, str]]:
    """The row of an application on another Debian."""
    config, file = APPLICATION / "shave.toml", work / "app.evidence"
    old, new = (f"oci:{built(suite)}:latest" for suite in ("bookworm", "trixie"))
    shave("trace", old, "--config", str(config), "--evidence", str(file))
    asked = ("slim", "--grain", "file", new, "--config", str(config))
    answer = shave(*asked, "-o", f"oci:{work}/out:latest", "--evidence", str(file))
    traced = shave(*asked, "-o", f"oci:{work}/traced:latest")
    yield "image", "next build (Debian 12 → 13)"
    yield "paths", str(len(load([file]).uses))
    yield from measured(answer)
    yield "traced itself", f"{traced['result']['unpacked_bytes'] / 1e6:.1f} MB"


def measured(answer: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The cells of one slimming."""
    yield "moved", str(len(answer["moved"]))
    yield "stale", str(len(answer["stale"]))
    yield "rounds of repair", str(len(answer["rounds"]))
    yield "verdict", answer["verdict"]["verdict"]
    yield "result", f"{answer['result']['unpacked_bytes'] / 1e6:.1f} MB"


def built(suite: str) -> Path:
    """The application on a Debian suite, as an OCI layout; made where missing, from where apt gets its packages."""
    where = corpus_images.CACHE / "evidence" / suite
    if not where.exists():
        source = Path("/etc/apt/sources.list.d/debian.sources").read_text()
        mirror = next(line.split()[1] for line in source.splitlines() if line.startswith("URIs:"))
        install = (
            f'mkdir "$1/app" "$1/data"; cp -r {APPLICATION}/. "$1/app"; chroot "$1" sh -c "cd app; python3 init_db.py"'
        )
        asked = ["mmdebstrap", "--quiet", "--variant=minbase", "--include=python3-flask,gunicorn,tzdata"]
        tar = subprocess.check_output([*asked, f"--customize-hook={install}", suite, "-", mirror])
        layouts.write(where, [tar], {"Cmd": START, "WorkingDir": "/app", "ExposedPorts": {"18001/tcp": {}}})
    return where


def shave(*arguments: str) -> dict[str, Any]:
    """The JSON answer of the program."""
    done = subprocess.run([SHAVE, *arguments, "--format", "json", "-q"], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissedError(
            f"shave {arguments[0]}: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-300:]}"
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def table(rows: list[Row]) -> str:
    """Rows as a Markdown table; a cell that a row has not is empty."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [names, ["---"] * len(names), *([row.get(name, "") for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
