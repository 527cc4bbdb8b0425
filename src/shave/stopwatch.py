"""Wall time per stage, read off the events as they pass."""

from time import monotonic

from shave.events import Event, Sink, StageEnded


class Stopwatch:
    """A sink that adds up the seconds of each stage and hands every event on. Stages may be at work beside others."""

    def __init__(self, onward: Sink) -> None:
        self._onward = onward
        self._begun = monotonic()
        self._stages: dict[str, float] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageEnded):
            self._stages[event.stage] = self._stages.get(event.stage, 0.0) + event.seconds
        self._onward(event)

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds of each stage in the order of their first end, and of all of it so far as "total"."""
        return {**self._stages, "total": monotonic() - self._begun}
