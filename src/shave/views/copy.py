"""The answer of ``shave copy`` for the terminal."""

from collections.abc import Iterator

from shave.verbs.copy import Copied
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import visible


def text(copied: Copied) -> str:
    """What is where now, by which digests, and what of it was not there before."""
    return visible("\n".join(_lines(copied)) + "\n")


def _lines(copied: Copied) -> Iterator[str]:
    yield f"{copied.input} → {copied.output}: {', '.join(copied.platforms)}"
    yield ""
    tallies = {"copied": copied.copied, "reused": copied.reused, "mounted": copied.mounted}
    rows = [(how, str(tally.layers), megabytes(tally.packed_bytes)) for how, tally in tallies.items() if tally.layers]
    yield from columns([("", "layers", "packed"), *rows], right=(1, 2))
    yield ""
    if copied.manifest_digest:
        yield f"digest  {copied.manifest_digest}"
    for digest in copied.config_digests:
        yield f"config  {digest}"
    yield f"time    {copied.seconds:.1f} s"
    yield f"next: {copied.next}"
