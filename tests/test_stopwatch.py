from shave.events import Event, Remark, StageEnded, StageStarted
from shave.stopwatch import Stopwatch


def test_adds_up_and_hands_on() -> None:
    heard: list[Event] = []
    watch = Stopwatch(heard.append)
    told: list[Event] = [StageStarted("read"), StageEnded("read", 1.0), StageEnded("run", 2.0), StageEnded("read", 0.5)]
    for event in (*told, Remark("x")):
        watch(event)
    assert heard == [*told, Remark("x")]
    assert list(watch.seconds) == ["read", "run", "total"]
    assert (watch.seconds["read"], watch.seconds["run"]) == (1.5, 2.0)
