"""Doing something in the network namespace of another process. Needs CAP_SYS_ADMIN there."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from shave.inside import kernel

Value = TypeVar("Value")


def in_network_of(pid: int, action: Callable[[], Value]) -> Value:
    """The value of ``action``, done by a thread that has joined the namespace: it belongs to threads, setns(2).

    Sockets and processes that the thread makes stay in the namespace. Raises OSError if the process is gone.
    """

    def joined() -> Value:
        descriptor = os.pidfd_open(pid)
        try:
            kernel.enter(descriptor, kernel.NEWNET)
        finally:
            os.close(descriptor)
        return action()

    with ThreadPoolExecutor(1) as thread:  # of its own: it is in the wrong place for anything else
        return thread.submit(joined).result()
