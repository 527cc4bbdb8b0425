"""What ``shave lint --prove`` found: both builds, what they cost, and why the fixes hold or do not."""

from collections.abc import Iterator

from shave.verbs.proved import Proved, Weighed
from shave.views.units import megabytes
from shave.views.visible import one_line

_SHOWN = 3


def headline(proved: Proved) -> str:
    """``proven: 812.4 MB → 402.1 MB unpacked, 301.0 MB → 140.2 MB packed``."""
    sizes = f": {_sizes(proved.before, proved.after)}" if proved.before and proved.after else ""
    return f"{proved.verdict}{sizes}"


def lines(proved: Proved) -> Iterator[str]:
    """What stands below it."""
    if proved.reason:
        yield one_line(proved.reason)
    yield from (f"  | {one_line(line)}" for line in proved.last_words)
    if proved.predicted and proved.before and proved.after:
        predicted, saved = proved.predicted.packed_bytes, proved.before.packed_bytes - proved.after.packed_bytes
        yield f"predicted {megabytes(predicted)} packed, saved {megabytes(saved)}"
    times = f"twice by {proved.builder}; fixes of {', '.join(proved.rules)}" if proved.rules else f"by {proved.builder}"
    yield f"built {times}"
    yield from _trees(proved)
    yield from _probes(proved)
    for each in proved.refuted:
        yield f"{each.rule} is left out, with which {one_line(each.reason)}"


def _sizes(before: Weighed, after: Weighed) -> str:
    unpacked = f"{megabytes(before.unpacked_bytes)} → {megabytes(after.unpacked_bytes)} unpacked"
    return f"{unpacked}, {megabytes(before.packed_bytes)} → {megabytes(after.packed_bytes)} packed"


def _trees(proved: Proved) -> Iterator[str]:
    trees = proved.trees
    if trees is None:
        return
    count = f"{trees.files} files went as the findings said ({megabytes(trees.unpacked_bytes)})"
    yield f"{count}, nothing else" if not trees.differing else f"{count}; {trees.differing} differ otherwise:"
    for each in trees.witnesses[:_SHOWN]:
        yield f"  /{one_line(each.path)}: {each.what}"
    yield from map(one_line, trees.notes[:_SHOWN])


def _probes(proved: Proved) -> Iterator[str]:
    if proved.probes is None:
        return
    each = proved.probes.judgements
    same = sum(judgement.verdict == "same" for judgement in each)
    yield f"probes: {same} of {len(each)} answer the same"
    for judgement in each:
        if judgement.verdict != "same":
            shown = (f"{w.field}: {w.expected!r} became {w.found!r}" for w in judgement.witnesses[:1])
            yield f"  {one_line(judgement.probe)}: {one_line(next(shown, judgement.reason))}"
