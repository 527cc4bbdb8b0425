"""Words that all views for people share."""

from collections.abc import Iterator, Mapping
from textwrap import wrap

from shave.sizes import Sizes
from shave.verbs.reuse import Reuse
from shave.views.units import megabytes

_BECAUSE = {
    "trace": "used",
    "need": "needed",
    "unit": "by unit",
    "application": "of the application",
    "habit": "by habit",
    "always": "always",
    "glob": "asked for",
    "directory": "above others",
    "symlink": "by symlink",
    "grain": "by the grain",
    "repair": "by repair",
    "previous": "with a layer of before",
}

_WIDTH, _NOTICED = 80, 0.05


def because(counts: tuple[tuple[str, int], ...]) -> str:
    """Why the files of a group are kept: the three most frequent kinds of reason."""
    return ", ".join(f"{count} {_BECAUSE.get(name, name)}" for name, count in counts[:3])


def reused(reuse: Reuse, result: Sizes, previous: str) -> str:
    """What a node that has the previous result is spared; ``previous`` is its reference as it is shown."""
    layers = f"{len(reuse.layers) or 'none'} of {result.layers} layers are those of {previous}"
    pulls = f"{megabytes(reuse.pull_bytes)} of {megabytes(result.packed_bytes)}"
    return f"{layers}; a node that has it pulls {pulls}"


def times(seconds: Mapping[str, float]) -> Iterator[str]:
    """What each stage took, but for what nobody notices; a stage is never broken over two lines."""
    stages = (f"{name} {amount:.1f} s" for name, amount in seconds.items() if amount >= _NOTICED)
    unbroken = "\N{NO-BREAK SPACE}· ".join(stage.replace(" ", "\N{NO-BREAK SPACE}") for stage in stages)
    for line in wrap(unbroken, _WIDTH, initial_indent="time    ", subsequent_indent=" " * 8):
        yield line.replace("\N{NO-BREAK SPACE}", " ")
