"""The default probe: the start itself, as the image's config says it."""

from time import time

from shave.probe import START, Http, Observation, Timing
from shave.probes.answer import Fields, fields, tail
from shave.probes.http import request
from shave.runners.protocol import Container

_PORTS_LIMIT = 8
_ANSWER_TIMEOUT = 5.0


def observe(container: Container, timing: Timing, seconds: float) -> Observation:
    """What the start shows by itself. A program that stays up is watched for ``seconds``."""
    if timing.until == "exit":
        return _ended(container, container.wait(0) or 0)
    return _stayed(container, seconds)


def observe_state(container: Container, timing: Timing) -> Observation:
    """With probes of its own a service is judged by being there until all are asked; not to be is a failure."""
    status = container.wait(0)
    failure = _failure(status)
    if timing.until == "exit":
        failure = f"it ended with status {status} before it could be asked"
    if timing.until == "never":
        failure = f"it was not ready after {timing.seconds:.0f} s"
    return Observation(START, START, (("state", _state(status)),), tail(*container.logs()), failure, time())


def _ended(container: Container, status: int) -> Observation:
    stdout, stderr = container.logs()
    found = (("state", _state(status)), *fields("stdout", stdout), *fields("stderr", stderr))
    return Observation(START, START, found, tail(stdout, stderr), _failure(status), time())


def _stayed(container: Container, seconds: float) -> Observation:
    """A service is judged by its ports and what they answer to ``GET /``, and by staying up."""
    ports = container.listening()
    found: Fields = (("listening", " ".join(map(str, ports))),)
    for port in ports[:_PORTS_LIMIT]:
        found += tuple((f"port {port} {name}", text) for name, text in _greeted(container, port))
    at = time()
    status = container.wait(seconds)
    shown = tail(*container.logs())
    return Observation(START, START, (("state", _state(status)), *found), shown, _failure(status), at)


def _state(status: int | None) -> str:
    return "running" if status is None else f"ended with status {status}"


def _failure(status: int | None) -> str:
    return f"it ended with status {status}" if status else ""


def _greeted(container: Container, port: int) -> Fields:
    """What the port answers to ``GET /``, by TLS if it refuses plain HTTP; only that it accepts if that is no HTTP."""
    try:
        found = request(container, Http(f"http://localhost:{port}/"), _ANSWER_TIMEOUT)
        if ("status", "400") not in found:
            return found
    except ConnectionRefusedError:
        return (("connection", "refused"),)
    except OSError:
        found = (("connection", "accepted"),)
    try:
        return request(container, Http(f"https://localhost:{port}/"), _ANSWER_TIMEOUT)
    except OSError:
        return found
