"""Build the variants of a lab: side by side, each once, and what has not changed not again.

One that fails stops no other. Each result is kept as soon as it is there: who is interrupted, or killed, goes on from
where it was.
"""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from pathlib import Path

from msgspec import Struct

from shave.errors import BadImageError, CannotError, ShaveError
from shave.events import Remark, Sink, stage
from shave.lab import BuildRecord, Lab, Variant
from shave.lab_state import State
from shave.reference import parse
from shave.verbs.lab_chosen import chosen
from shave.verbs.lab_images import found
from shave.verbs.lab_making import Making, Workshop, workshop


class BuildWanted(Struct, frozen=True):
    """How to build: only the variants of these globs and what they are built on, so many at once (0: one a core), under
    ``tag`` instead of the lab's name, also what has not changed, with this network ("": the builder's own choice).
    """

    only: tuple[str, ...] = ()
    jobs: int = 0
    tag: str = ""
    again: bool = False
    network: str = ""


def build(
    lab: Lab, directory: Path, state: State, builder: str, wanted: BuildWanted, sink: Sink
) -> tuple[BuildRecord, ...]:
    """What became of each variant, in the lab's order. ``directory`` is the lab's; ``builder`` is "auto", "docker", or
    the name of a member of ``builders``. The caller has the state ``alone``.

    Raises UsageError for a glob that names nothing or a tag that cannot be, CannotError if nothing can build here or
    the state cannot be written.
    """
    variants = _with_bases(lab, chosen(lab, wanted.only))
    tag = wanted.tag or lab.name
    parse(f"docker-daemon:{tag}:latest")
    stop = threading.Event()
    shop = workshop(variants, directory, state, builder, tag, wanted.network, stop.is_set)
    work = _Work(shop, state, state.builds(), wanted.again)
    return _each(variants, work, wanted.jobs or os.cpu_count() or 1, stop, sink)


def _with_bases(lab: Lab, asked: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Those that are asked for, and what they are built on."""
    wanted = {variant.name for variant in asked}
    for variant in reversed(lab.variants):
        if variant.name in wanted and variant.base:
            wanted.add(variant.base)
    return tuple(variant for variant in lab.variants if variant.name in wanted)


def _each(
    variants: tuple[Variant, ...], work: "_Work", jobs: int, stop: threading.Event, sink: Sink
) -> tuple[BuildRecord, ...]:
    with stage(sink, "build", len(variants)) as advance, ThreadPoolExecutor(jobs) as pool:
        begun: dict[str, Future[_Done]] = {}
        try:
            for variant in variants:
                begun[variant.name] = pool.submit(work, variant, begun.get(variant.base))
            for done in as_completed(begun.values()):
                sink(Remark(_line(done.result())))
                advance(1)
            return tuple(done.result().record for done in begun.values())
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise


class _Done(Struct, frozen=True):
    record: BuildRecord
    unpacked_bytes: int | None = None
    is_old: bool = False


class _Work(Struct, frozen=True):
    """What happens to one variant. ``known`` are the records of former runs."""

    shop: Workshop
    state: State
    known: dict[str, BuildRecord]
    again: bool

    def __call__(self, variant: Variant, before: "Future[_Done] | None") -> _Done:
        """``before`` is the work on what it is built on, which was begun earlier: waiting for it ends."""
        base = before.result().record if before else None
        if base and base.outcome != "built":
            return self.kept(BuildRecord(variant.name, "", "skipped", 0.0, message=f"there is no {base.variant}"))
        making = Making(variant, base)
        try:
            inputs = self.shop.inputs(making)
            old = self.known.get(variant.name)
            if old and old.inputs == inputs and not self.again and (done := _unchanged(old, variant)):
                return done
            record = self.shop.made(making, inputs)
            image = found(record.reference) if record.reference else None
        except ShaveError as error:
            record, image = BuildRecord(variant.name, "", "failed", 0.0, message=str(error)), None
        if self.shop.is_stopped():
            return _Done(record)
        return self.kept(record, image.unpacked_bytes if image else None)

    def kept(self, record: BuildRecord, unpacked_bytes: int | None = None) -> _Done:
        self.state.save(record)
        return _Done(record, unpacked_bytes)


def _unchanged(old: BuildRecord, variant: Variant) -> _Done | None:
    """The old record, if its image is still there, or if it failed as it should."""
    if old.outcome == "failed" and variant.expected and variant.expected.outcome == "build-fails":
        return _Done(old, is_old=True)
    try:
        image = found(old.reference) if old.outcome == "built" else None
    except (CannotError, BadImageError):
        return None
    return _Done(old, image.unpacked_bytes, is_old=True) if image and image.digest == old.digest else None


def _line(done: _Done) -> str:
    return f"{done.record.variant}: {', '.join(_words(done))}"


def _words(done: _Done) -> Iterator[str]:
    record = done.record
    if done.is_old:
        yield f"{record.outcome} before, and nothing changed"
    elif record.outcome == "skipped":
        yield f"skipped: {record.message}"
    elif record.outcome == "built":
        yield f"built in {record.seconds:.1f} s"
    else:
        yield f"{record.outcome} after {record.seconds:.1f} s: {record.message}"
    if done.unpacked_bytes is not None:
        yield f"{done.unpacked_bytes / 1e6:.1f} MB"
