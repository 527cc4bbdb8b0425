"""The core's events as progress on stderr: bars on a terminal, a line per stage elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from shave.commands.options import View
from shave.commands.streams import say
from shave.events import Event, Priced, Remark, Sink, StageEnded, silent
from shave.views import price


@contextmanager
def progress(view: View) -> Iterator[Sink]:
    """The sink for one verb. Quiet means silence; without a terminal, or with ``--no-progress``, no bars are drawn."""
    if view.quiet:
        yield silent
    elif view.progress and sys.stderr.isatty():
        from shave.commands.bars import Bars

        with Bars(view.verbose) as bars:
            yield bars
    else:
        yield _Lines(stages=view.progress, verbose=view.verbose)


class _Lines:
    def __init__(self, stages: bool, verbose: bool) -> None:
        self.stages, self.verbose = stages, verbose

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEnded) and self.stages:
            say(f"{event.stage}{event.of and f' of {event.of}'}: {event.seconds:.1f} s")
        elif isinstance(event, Remark) and (self.verbose or event.level != "detail"):
            say(event.text)
        elif isinstance(event, Priced):
            say(price.text(event.prices, event.grain))
