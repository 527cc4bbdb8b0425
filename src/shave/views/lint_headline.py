"""The first line of ``shave lint``: how much was found, what it saves, and how that stands to a limit."""

from collections.abc import Iterator

from shave.verbs.linted import Limit, Linted
from shave.views.units import megabytes
from shave.views.visible import one_line


def headline(linted: Linted) -> str:
    """How many findings there are, where, and what they save; of what was mended the same."""
    files = linted.files
    done = sum(not (file.unread or file.unwritten) for file in files)
    name = one_line(files[0].path) if len(files) == 1 else many(done, "Dockerfile")
    kinds = {"read": sum(bool(file.unread) for file in files), "written": sum(bool(file.unwritten) for file in files)}
    undone = [f"{count} not {kind}" if len(files) > 1 else f"not {kind}" for kind, count in kinds.items() if count]
    return f"{name}: {'; '.join((*_done(linted), *undone) if done else undone)}"


def many(count: int, name: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{count} {name}{'' if count == 1 else 's'}"


def _done(linted: Linted) -> Iterator[str]:
    fixed = sum(len(file.fixed) for file in linted.files)
    if fixed:
        measured = sum(file.fixed_packed_bytes for file in linted.files)
        estimated = sum(file.fixed_estimated_packed_bytes for file in linted.files)
        yield f"{fixed} fixed{_bytes(measured, estimated)}"
    yield f"{_count(linted, bool(fixed))}{_bytes(linted.packed_bytes, linted.estimated_packed_bytes)}"
    if linted.limit:
        yield _limit(linted.limit)


def _count(linted: Linted, is_rest: bool) -> str:
    with_some = sum(bool(file.findings) for file in linted.files)
    where = f" in {with_some}" if with_some and len(linted.files) > 1 else ""
    if is_rest:
        return f"{len(linted.findings) or 'nothing'} left{where}"
    return f"{many(len(linted.findings), 'finding')}{where}" if linted.findings else "nothing found"


def _bytes(measured: int, estimated: int) -> str:
    amounts = {"measured": measured, "estimated": estimated}
    told = [f"{megabytes(count, kind == 'estimated')} {kind}" for kind, count in amounts.items() if count]
    return f", {' and '.join(told)} (packed)" if told else ""


def _limit(limit: Limit) -> str:
    allowed = f"the limit of {megabytes(limit.packed_bytes)}"
    if limit.verdict == "unmeasured":
        return f"nothing is measured, so that {allowed} says nothing"
    return f"{limit.verdict} {allowed}"
