"""The default probe: the start itself, as the image's config says it."""

from collections.abc import Sequence
from time import time

from shave.probe import START, Http, Observation, Timing
from shave.probes.answer import Fields, fields, tail, written
from shave.probes.http import request
from shave.probes.links import walk
from shave.probes.ready import ports_of
from shave.runners.protocol import Container
from shave.symptoms import meaning

_PORTS_LIMIT = 8
_TLS_ALERT = "\x15\x03"  # content type and major version of the answer to what is no TLS (RFC 8446, 5.1)
_ANSWER_TIMEOUT = 10.0
_TLS_TIMEOUT = 3.0  # redis hangs up on HTTP as an attack, and waits on TLS for a line that never ends


def observe(container: Container, exposed: frozenset[int], seconds: float) -> Observation:
    """What the start shows by itself: exit status and output of a program that ends within ``seconds``.

    A service is judged by staying up, by its ports, by what they answer to ``GET /``, and by where that leads.
    """
    answers: dict[int, Fields] = {}
    at = time()
    if container.wait(0) is None:
        answers = _answers(container, ports_of(container, exposed))
        at = time()
    status = container.wait(seconds)
    stdout, stderr = container.logs()
    if status is not None:
        found = (("state", _state(status)), *fields("stdout", stdout), *fields("stderr", stderr))
    else:
        # of several servers the first makes a start ready, and which is the first is a matter of luck
        answers |= _answers(container, [port for port in ports_of(container, exposed) if port not in answers])
        shown = (("state", _state(None)), ("listening", " ".join(map(str, sorted(answers)))))
        found = (*shown, *(field for port in sorted(answers)[:_PORTS_LIMIT] for field in answers[port]))
    return Observation(START, START, found, tail(stdout, stderr), _failure(status, written(stdout, stderr)), at)


def _answers(container: Container, ports: Sequence[int]) -> dict[int, Fields]:
    """What each of the ports answers, and what is found from there; of too many the first are asked."""
    found: dict[int, Fields] = dict.fromkeys(ports, ())
    for port in ports[:_PORTS_LIMIT]:
        url, answer = _greeted(container, port)
        found[port] = tuple((f"port {port} {name}", text) for name, text in answer)
        found[port] += tuple(walk(container, url, answer)) if "status" in dict(answer) else ()
    return found


def observe_state(container: Container, timing: Timing) -> Observation:
    """With probes of its own a service is judged by being there until all are asked; not to be is a failure."""
    status, logs = container.wait(0), container.logs()
    failure = _failure(status, written(*logs))
    if timing.until == "exit" and status is not None:
        failure = f"it ended with status {status} before it could be asked{meaning(status, written(*logs))}"
    if timing.until == "never":
        failure = f"it was not ready after {timing.seconds:.0f} s"
    return Observation(START, START, (("state", _state(status)),), tail(*logs), failure, time())


def _state(status: int | None) -> str:
    return "running" if status is None else f"ended with status {status}"


def _failure(status: int | None, output: str) -> str:
    return f"it ended with status {status}{meaning(status, output)}" if status else ""


def _greeted(container: Container, port: int) -> tuple[str, Fields]:
    """The front page's URL, and what the port answers to ``GET /``; only that it accepts if that is no HTTP.

    TLS is tried where plain HTTP is a bad request, or is hung up on: not where another protocol answers, or waits.
    """
    plain, secure = f"http://localhost:{port}/", f"https://localhost:{port}/"
    found: Fields = (("connection", "accepted"),)
    try:
        found = request(container, Http(plain), _ANSWER_TIMEOUT)
        if ("status", "400") not in found:
            return plain, found
    except ConnectionRefusedError:
        return plain, (("connection", "refused"),)
    except TimeoutError:
        return plain, found
    except OSError as error:
        if not isinstance(error, ConnectionError) and _TLS_ALERT not in str(error):
            return plain, found
    try:
        return secure, request(container, Http(secure), _TLS_TIMEOUT)
    except OSError:
        return plain, found
