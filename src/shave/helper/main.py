"""The shave in the helper: does one job in the volume, tells its events on stdout, waits until its results are read.

Its standard input never says anything; when it ends, the shave outside is gone, whatever the reason, and so are we.
"""

import os
import threading
from pathlib import Path

from msgspec import structs

from shave.config import Settings
from shave.documents import document, parse
from shave.errors import CannotError, ShaveError
from shave.events import Event
from shave.helper import crate
from shave.helper.words import HOME, Job, event_line, failure_line, farewell_line
from shave.image import Image
from shave.probe import Verdict
from shave.runners.namespaces import Namespaces
from shave.runners.protocol import Runner
from shave.sources.archive import Member
from shave.sources.members import Directory
from shave.store import unpack
from shave.tracers import choose as choose_tracer
from shave.verbs.slim import Tools, slim
from shave.verbs.trace import Traced, trace
from shave.verbs.verify import verify


def main() -> None:
    """Do the job, then stay until the results have been fetched."""
    watch = threading.Thread(target=_end_with_input, daemon=True)
    watch.start()
    try:
        _work(Path(HOME))
    except ShaveError as error:
        _say(failure_line(error))
    else:
        _say(farewell_line())
    watch.join()


def _end_with_input() -> None:
    while os.read(0, 1 << 16):
        pass
    os._exit(0)


def _say(line: bytes) -> None:
    os.write(1, line)


def _tell(event: Event) -> None:
    _say(event_line(event))


def _work(home: Path) -> None:
    place, out = Directory(home), home / "out"
    out.mkdir()
    with place.open("in/job.json") as file:
        job: Job = parse(file.read(), "helper-job", Job)
    work = _made(home / "work")
    image = crate.read(place, "in/0")
    if job.task == "slim":
        previous = crate.read(place, "in/1") if job.images > 1 else None
        _slim(image, previous, job, work, out)
    elif job.task == "trace":
        (out / "traced.json").write_bytes(document("helper-traced", _traced(image, job, work)))
    else:
        verdict = _verified(image, crate.read(place, "in/1"), job, work)
        (out / "verdict.json").write_bytes(document("helper-verdict", verdict))


def _slim(image: Image, previous: Image | None, job: Job, work: Path, out: Path) -> None:
    tools = Tools(_runner(image), choose_tracer(job.tracer))
    slimmed = slim(image, Settings(job.run, job.probes), tools, job.wanted, work, _tell, previous)
    if slimmed.image is not None and slimmed.outcome == "slimmed":
        for member in crate.members(slimmed.image, "result", lambda amount: None):
            _write(out, member)
    (out / "slimmed.json").write_bytes(document("helper-slimmed", structs.replace(slimmed, image=None)))


def _traced(image: Image, job: Job, work: Path) -> Traced:
    return trace(image, Settings(job.run, job.probes), _runner(image), choose_tracer(job.tracer), work, _tell)


def _verified(first: Image, second: Image, job: Job, work: Path) -> Verdict:
    one, other = (unpack(image, _made(work / name), _tell) for image, name in ((first, "one"), (second, "two")))
    tracer = choose_tracer(job.tracer)
    return verify(one, other, Settings(job.run, job.probes), _runner(first), tracer, work, _tell)


def _runner(image: Image) -> Runner:
    """Our own, the only one the helper has; the image may be for a machine that the engine's is not."""
    runner = Namespaces()
    refusal = runner.refusal(image.config)
    if refusal:
        raise CannotError(f"the helper cannot run the image: {refusal}", "use an engine of the image's own platform")
    return runner


def _write(directory: Path, member: Member) -> None:
    name, _, body = member
    path = directory / name
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as file:
        file.writelines(body)


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory


if __name__ == "__main__":
    main()
