"""The only place that catches everything: what went wrong becomes one sentence, a hint and an exit code.

Codes: 0 done, 1 a gate failed, 2 usage, 3 could not be done, 4 a bug in shave, 130 interrupted.
"""

import errno
import os
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from shave.commands.streams import reader_left, say
from shave.errors import ShaveError
from shave.views.visible import visible

_ELSEWHERE = "free some, or point -o, --report, XDG_CACHE_HOME or TMPDIR to another file system"
_PEER_DIED = ("a process that shave worked with has died", "it was killed, or memory ran out; try again")
_HOST_ERRORS = {
    errno.ENOSPC: ("the disk is full", _ELSEWHERE),
    errno.EDQUOT: ("the disk quota is used up", _ELSEWHERE),
    errno.EACCES: ("permission is missing", "look at the owner and mode of what is named"),
    errno.EPERM: ("permission is missing", "look at the owner and mode of what is named"),
    errno.EROFS: ("the file system is read-only", _ELSEWHERE),
    errno.EIO: ("reading or writing failed", "look at the disk (dmesg), or at the terminal"),
    errno.EMFILE: ("too many files are open", "raise the limit: ulimit -n"),
    errno.ENOMEM: ("memory is used up", "end something else, or raise the limit"),
}


def guarded(action: Callable[[], Any]) -> int:
    """Run ``action`` and give the exit code; its own integer result is one."""
    try:
        result = action()
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except ShaveError as error:
        return _say(str(error), error.hint, error.exit_code)
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return _say("interrupted", "", 130)
    except click.ClickException as error:
        error.show()
        return 2
    except KeyboardInterrupt:
        return _say("interrupted", "", 130)
    except (SystemExit, BrokenPipeError):  # click makes a SystemExit of every EPIPE, whatever pipe it was
        return 0 if reader_left() else _say(*_PEER_DIED, 3)
    except OSError as error:
        if error.errno in _HOST_ERRORS:
            where = f": {error.filename}" if error.filename else ""
            sentence, hint = _HOST_ERRORS[error.errno]
            return _say(sentence + where, hint, 3)
        return _bug(error)
    except Exception as error:
        return _bug(error)


def _say(sentence: str, hint: str, code: int) -> int:
    say(f"shave: {visible(sentence)}")
    if hint:
        say(f"hint: {visible(hint)}")
    return code


def _bug(error: Exception) -> int:
    descriptor, name = tempfile.mkstemp(prefix="shave-trace-", suffix=".txt")
    with os.fdopen(descriptor, "w") as file:
        traceback.print_exception(error, file=file)
    return _say(
        f"a bug in shave: {type(error).__name__}: {error}", f"the trace is in {Path(name)}; please report it", 4
    )
