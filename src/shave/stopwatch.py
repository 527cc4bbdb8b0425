"""Wall time per stage, read off the events as they pass."""

from shave.events import Event, Sink, StageEnded


class Stopwatch:
    """A sink that adds up the seconds of each stage and hands every event on."""

    def __init__(self, onward: Sink) -> None:
        self.onward = onward
        self.seconds: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEnded):
            self.seconds[event.stage] = self.seconds.get(event.stage, 0.0) + event.seconds
        self.onward(event)
