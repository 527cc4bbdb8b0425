"""The core's events as progress on stderr: bars on a terminal, a line per stage elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shave.commands.options import View
from shave.events import Event, Remark, Sink, StageAdvanced, StageEnded, StageStarted, silent


@contextmanager
def progress(view: View) -> Iterator[Sink]:
    """The sink for one verb. Quiet means silence; without a terminal, or with ``--no-progress``, no bars are drawn."""
    if view.quiet:
        yield silent
    elif view.progress and sys.stderr.isatty():
        with _Bars() as bars:
            yield bars
    else:
        yield _Lines(stages=view.progress or view.verbose)


class _Lines:
    def __init__(self, stages: bool) -> None:
        self.stages = stages

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEnded) and self.stages:
            print(f"{event.stage}: {event.seconds:.1f} s", file=sys.stderr)
        elif isinstance(event, Remark):
            print(event.text, file=sys.stderr)


class _Bars:
    def __init__(self) -> None:
        self.progress = Progress(
            TextColumn("{task.description:<12}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self.tasks: dict[str, TaskID] = {}

    def __enter__(self) -> "_Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Remark):
            self.progress.console.print(event.text, style="yellow" if event.level == "warning" else "", highlight=False)
        elif isinstance(event, StageStarted):
            self.tasks[event.stage] = self.progress.add_task(event.stage, total=event.total or None)
        elif isinstance(event, StageAdvanced):
            self.progress.advance(self.tasks[event.stage], event.amount)
        elif isinstance(event, StageEnded):
            self.progress.update(self.tasks[event.stage], total=1, completed=1)
            self.progress.stop_task(self.tasks[event.stage])
