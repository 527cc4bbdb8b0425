"""lint_speed.py [COUNT]: shave lint and hadolint over the same Dockerfiles, one process of each, in CPU seconds.

The Dockerfiles are the examples on the pages of all rules, put together at random (the same each time) until they are
as long as those of applications. Prints for each the user and system seconds, the files
per second, and the ratio of ours to it: only that means anything elsewhere. ``tally`` is told too where it is on the
path (PyPI: tally-cli).
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from resource import RUSAGE_CHILDREN, getrusage

from shave.rules import RULES
from shave.rules.pages import examples

SCRIPTS = Path(sysconfig.get_path("scripts"))
COUNT, LEAST_LINES = 2000, 15


def dockerfiles(count: int) -> Iterator[bytes]:
    """``count`` texts of one stage each, the same each time."""
    random = Random(8)
    rules = [rule for rule in RULES if rule.id != "SHV001"]
    every = (each.text.splitlines(keepends=True) for rule in rules for each in examples(rule))
    pool = [lines for lines in every if [line[:4] for line in lines].count(b"FROM") == 1 and lines[0][:4] == b"FROM"]
    for _ in range(count):
        lines = list(random.choice(pool))
        while len(lines) < LEAST_LINES:
            lines += random.choice(pool)[1:]
        yield b"".join(lines)


def seconds(words: Sequence[str], directory: Path) -> float:
    """What a program takes of processors: the answer is in the file "out"."""
    before = _used()
    with (directory / "out").open("wb") as out:
        done = subprocess.run(words, stdout=out, stderr=subprocess.PIPE, cwd=directory, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{words[0]}: {done.stderr.decode(errors='replace')[-500:]}")
    return _used() - before


def _used() -> float:
    usage = getrusage(RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Write the files, ask each program, print a line for each."""
    count = int(sys.argv[1]) if sys.argv[1:] else COUNT
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        names = [f"{number:05}.Dockerfile" for number in range(count)]
        for path, text in zip(names, dockerfiles(count), strict=True):
            (directory / path).write_bytes(text)
        ours = seconds([sys.executable, "-m", "shave", "lint", ".", "--format", "json"], directory)
        files = json.loads((directory / "out").read_bytes())["files"]
        print(_row("shave lint", count, ours, ours), f"{sum(len(each['findings']) for each in files)} findings")
        hadolint = [str(SCRIPTS / "hadolint"), "-c", os.devnull, "-f", "json", "--no-fail", *names]
        print(_row("hadolint", count, seconds(hadolint, directory), ours))
        if tally := shutil.which("tally"):
            print(_row("tally", count, seconds([tally, "lint", "--format", "json", "."], directory), ours))


def _row(name: str, count: int, taken: float, ours: float) -> str:
    return f"{name:<12}{taken:7.1f} s  {count / taken:6.0f} files/s  ratio {ours / taken:5.2f}"


if __name__ == "__main__":
    main()
