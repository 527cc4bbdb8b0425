"""Progress bars on a terminal; a module of its own because rich takes a tenth of a second to import."""

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from shave.events import Event, Priced, Remark, StageAdvanced, StageEnded, StageStarted
from shave.views import price


class Bars:
    """A sink that draws a bar for each stage; ``verbose`` shows details between them."""

    def __init__(self, verbose: bool = False) -> None:
        self.verbose = verbose
        self.progress = Progress(
            TextColumn("{task.description:<12}", markup=False),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self.tasks: dict[str, TaskID] = {}
        self.totals: dict[str, float | None] = {}

    def __enter__(self) -> "Bars":
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.progress.stop()

    def __call__(self, event: Event) -> None:
        if isinstance(event, Remark):
            if event.level == "detail" and not self.verbose:
                return
            style = "yellow" if event.level == "warning" else ""
            self.progress.console.print(event.text, style=style, highlight=False, markup=False)
        elif isinstance(event, Priced):
            said = price.text(event.prices, event.grain)
            self.progress.console.print(said, highlight=False, markup=False, soft_wrap=True)
        elif isinstance(event, StageStarted):
            # without a total the bar moves: Docker's export is silent till it has copied all layers
            self.tasks[event.stage] = self.progress.add_task(f"{event.stage} {event.of}".rstrip(), total=None)
            self.totals[event.stage] = event.total or None
        elif isinstance(event, StageAdvanced):
            total = self.totals[event.stage]
            self.progress.update(self.tasks[event.stage], total=total, advance=event.amount)
        elif isinstance(event, StageEnded):
            self.progress.update(self.tasks[event.stage], total=1, completed=1)
            self.progress.stop_task(self.tasks[event.stage])
