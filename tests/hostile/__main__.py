"""``python -m hostile [WORD...]`` in tests/: the cases whose name has one of the words, as rows of a Markdown table."""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from hostile import measured, oracles, shown
from hostile.case import Case
from hostile.cases import CASES
from shave import api
from shave.errors import ShaveError
from shave.events import silent
from shave.store import unpack
from shave.workspace import workspace

HEAD = ("hostile image", "shave", "umoci", "skopeo", "seconds", "MB of memory", "MB of disk")


def row(case: Case, directory: Path) -> Iterator[str]:
    """What shave and others make of it."""
    image, home = directory / "image", directory / "home"
    for path in (image, home):
        path.mkdir()
    reference = case.make(image)
    run = measured.shave(home, "why", reference, "/")
    yield case.name
    yield {0: "reads", 3: f"refuses: {case.says}"}.get(run.code, f"exit code {run.code}")
    if case.slow:
        yield from ("not asked", "not asked")
    else:
        yield _compared(reference, directory)
        yield oracles.skopeo(reference, directory / "skopeo.tar")
    yield from (f"{run.seconds:.1f}", f"{run.memory_bytes / 1e6:.0f}", f"{run.disk_bytes / 1e6:.1f}")


def _compared(reference: str, directory: Path) -> str:
    if not reference.startswith("oci:"):
        return "reads no archives"
    answer, theirs = oracles.umoci(reference, directory / "umoci")
    if theirs is None:
        return answer
    try:
        with api.open(reference) as image, workspace() as work:
            ours = shown.of_image(unpack(image, work, silent))
    except ShaveError:
        return answer
    return "reads the same" if theirs == ours else "reads another tree"


def main(words: list[str]) -> None:
    print(f"| {' | '.join(HEAD)} |\n|{'---|' * len(HEAD)}", flush=True)
    for case in CASES:
        if not words or any(word in case.name for word in words):
            with tempfile.TemporaryDirectory(prefix="hostile-", dir="/var/tmp") as directory:
                print(f"| {' | '.join(row(case, Path(directory)))} |", flush=True)


main(sys.argv[1:])
