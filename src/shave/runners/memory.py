"""What memory the processes of a container have: proc_pid_status(5), proc_tid_children(5)."""

from collections.abc import Iterator
from pathlib import Path

_LIMIT = 4096
_NOT_YET = "runc:[2:INIT]"
"""How runc calls the process that becomes the container's first: 11 MB that are not the program's."""


def resident_bytes(pid: int, depth: int = 0) -> int:
    """The sum of the most that each process below ``pid`` and itself had resident so far (VmHWM), of those alive.

    Only processes count that are ``depth`` PID namespaces or more below that of ``pid``. Pages that processes share
    count for each of them. 0 if nothing is there.
    """
    found = [status for each in _family(pid) if (status := _status(each))]
    levels = depth + (len(found[0]["NSpid"].split()) if found else 0)
    own = (each for each in found if len(each["NSpid"].split()) >= levels and each["Name"] != _NOT_YET)
    return sum(int(each.get("VmHWM", "0").split()[0]) << 10 for each in own)


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants; of too many the first."""
    todo, seen = [pid], 0
    while todo and seen < _LIMIT:
        yield (here := todo.pop())
        seen += 1
        try:
            for thread in Path(f"/proc/{here}/task").iterdir():
                todo += map(int, (thread / "children").read_text().split())
        except OSError:
            continue


def _status(pid: int) -> dict[str, str]:
    """The fields of a process' status; none if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: text.strip() for name, _, text in (line.partition(":") for line in lines)}
