from typing import Any

import msgspec

from shave.probes.start import observe


class Listening(msgspec.Struct):
    """The container of the fixture, said to listen on the ports of this process's servers."""

    container: Any
    ports: tuple[int, ...]
    late: tuple[int, ...] = ()

    def listening(self) -> tuple[int, ...]:
        return self.ports

    def wait(self, timeout: float) -> int | None:
        if timeout:
            self.ports += self.late
        return self.container.wait(timeout)

    def __getattr__(self, name: str) -> object:
        return getattr(self.container, name)


def test_a_port_is_greeted_over_tls_where_it_wants_it(container, web_port: int, secure_port: int) -> None:
    ports = frozenset((web_port, secure_port))
    seen = dict(observe(Listening(container, tuple(sorted(ports))), ports, 0.0).fields)
    assert seen["state"] == "running"
    assert seen[f"port {web_port} body"] == seen[f"port {secure_port} body"] == "GET / HTTP/1.1"


def test_a_port_that_closed_meanwhile_is_refused(container) -> None:
    assert dict(observe(Listening(container, (1,)), frozenset(), 0.0).fields)["port 1 connection"] == "refused"


def test_a_port_that_opens_a_little_later_is_greeted_too(container, web_port: int, secure_port: int) -> None:
    both = frozenset((web_port, secure_port))
    first = observe(Listening(container, (web_port,), (secure_port,)), both, 0.01)
    second = observe(Listening(container, (secure_port,), (web_port,)), both, 0.01)
    assert first.fields == second.fields
    assert {f"port {port} body" for port in both} <= set(dict(first.fields))
