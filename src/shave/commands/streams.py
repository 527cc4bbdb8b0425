"""Standard input, output and error as they were handed to us: perhaps closed, full, or a pipe that nobody reads."""

import os
import select
import sys


def complete() -> None:
    """Open /dev/null for a stream that is closed, or the next file to be opened would be taken for it: POSIX, exec."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free is this one
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115 (it lives as long as we do)


def say(text: str) -> None:
    """A line on stderr. Where nobody can read it, the work goes on in silence."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        silence(2)


def settle() -> None:
    """Give up what stdout does not take: Python would try once more at its end, and make the exit code 120."""
    try:
        sys.stdout.flush()
    except OSError:
        silence(1)


def silence(number: int) -> None:
    """Let all that is still to be written go nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, number)
    os.close(null)


def reader_left() -> bool:
    """Whether stdout is a pipe that nobody reads any more: poll(2), POLLERR."""
    poll = select.poll()
    poll.register(1, 0)
    return any(event & select.POLLERR for _, event in poll.poll(0))
