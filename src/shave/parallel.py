"""The same work for each of several things, in threads: hashing, inflating, reading and sending run outside Python's
lock.
"""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

from shave.events import Sink, stage

Advance = Callable[[int], None]
T = TypeVar("T")
R = TypeVar("R")


def each(
    name: str,
    total: int,
    items: Iterable[T],
    work: Callable[[T, Advance], R],
    sink: Sink,
    at_once: int | None = None,
) -> tuple[R, ...]:
    """``work`` for each item as the stage ``name``, the results in the order of the items.

    ``work`` tells the amounts that it did, of ``total``; that is also where it ends when another failed or the user
    pressed Ctrl-C. ``at_once`` is the number of threads, by default one a core. Raises what the first failure raised.
    """
    lock, stop = threading.Lock(), threading.Event()
    with stage(sink, name, total) as tell, ThreadPoolExecutor(at_once or os.cpu_count()) as pool:

        def advance(amount: int) -> None:
            if stop.is_set():
                raise _StoppedError
            with lock:
                tell(amount)

        try:
            begun = [pool.submit(work, item, advance) for item in items]
            for done in as_completed(begun):
                done.result()
            return tuple(done.result() for done in begun)
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


class _StoppedError(Exception):
    """Nobody waits for this any more."""
