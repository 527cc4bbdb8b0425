"""Whatever goes wrong on the way, an image arrives whole or one sentence says why it does not."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from registries import KINDS, PASSWORD, USER, Kind, certificate, real_registry
from shave.errors import BadImageError, CannotError, ShaveError
from shave.events import silent
from shave.net import Patience
from shave.oci import digest_of
from shave.reference import parse
from shave.sources.docker import DockerRegistry
from shave.testing import File, image
from shave.testing.registry import (
    ALWAYS,
    Answer,
    Basic,
    Bearer,
    Drop,
    DropRequest,
    Fault,
    Header,
    HugeManifest,
    IgnoreRange,
    LongBody,
    LostAnswer,
    LostUpload,
    RedirectBlobs,
    RedirectLoop,
    ServerError,
    ShortBody,
    Stall,
    TooManyRequests,
    Unauthorized,
    WrongDigest,
    WrongRange,
    registry,
)
from shave.trust import CAREFUL, Trust

MB = 1 << 20
HASTY = Patience(connect=2, stall=1, attempts=4, first_pause=0.01, longest_pause=2)
MANIFEST, UPLOADS, PING = "/v2/*/manifests/*", "/v2/*/blobs/uploads/*", "/v2/"
MADE = image({"/large": File(Random(1).randbytes(3 * MB))}, {"/small": b"1"})
LARGE = MADE.layers[0].descriptor


@pytest.fixture
def trust(tmp_path: Path) -> Trust:
    """With the login of USER at every registry of a test."""
    return Trust(tmp_path / "auth.json")


def login(trust: Trust, *hosts: str) -> None:
    entry = {"username": USER, "password": PASSWORD}
    assert trust.authfile
    trust.authfile.write_text(str({"auths": dict.fromkeys(hosts, entry)}).replace("'", '"'))


def pull(host: str, trust: Trust = CAREFUL, name: str = "app:1", patience: Patience = HASTY) -> list[bytes]:
    """All the blobs of an image's layers, each compared with its digest here and not only by the source."""
    with DockerRegistry(patience).open(parse(f"docker://{host}/{name}"), None, trust, silent) as found:
        blobs = []
        for layer in found.layers:
            with layer.open() as stream:
                blobs.append(stream.read())
        assert [digest_of(blob) for blob in blobs] == [layer.descriptor.digest for layer in MADE.layers]
        return blobs


def push(host: str, trust: Trust = CAREFUL, name: str = "app:1") -> None:
    DockerRegistry(HASTY).write(MADE, parse(f"docker://{host}/{name}"), trust, silent)


def sentence(error: ShaveError) -> str:
    """What the user is told: one line, without a secret, that would end with exit code 3."""
    text = f"{error} {error.hint}"
    assert error.exit_code == 3 and "\n" not in text and "Error(" not in text and PASSWORD not in text, text
    return str(error)


# Reading: each of these passes.
PASSING = [
    Drop(after_bytes=0),
    Drop(after_bytes=100_000, times=3),
    Drop(after_bytes=2 * MB, times=2),
    Drop(after_bytes=10, path=MANIFEST),
    LostAnswer(),
    LostAnswer(path=PING),
    Stall(after_bytes=500_000),
    Stall(path=MANIFEST, after_bytes=10),
    ShortBody(missing=MB),
    TooManyRequests(retry_after="0", times=2),
    TooManyRequests(retry_after="Thu, 01 Jan 1970 00:00:00 GMT", path=MANIFEST),
    TooManyRequests(retry_after="", path=PING),
    *[ServerError(status=status, path="/v2/app/*", times=2) for status in (408, 500, 502, 503, 504)],
    Header(name="Docker-Content-Digest", path=MANIFEST),
    Header(name="Content-Type", value="text/plain", path=MANIFEST),
    Header(name="Content-Type", value="application/octet-stream", path=MANIFEST),
]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_what_passes_does_no_harm(fault: Fault) -> None:
    with registry(faults=[fault]) as made:
        made.put(MADE, "app:1")
        pull(made.host)


LARGE_PATH = f"/v2/app/blobs/{LARGE.digest}"


@pytest.mark.parametrize(
    "second",
    [
        IgnoreRange(path=LARGE_PATH, skip=1),
        WrongRange(path=LARGE_PATH, skip=1),
        Drop(path=LARGE_PATH, skip=1, after_bytes=MB),
        ShortBody(path=LARGE_PATH, skip=1),
        Stall(path=LARGE_PATH, skip=1, after_bytes=MB),
    ],
    ids=repr,
)
def test_a_resumption_that_goes_wrong_too(second: Fault) -> None:
    with registry(faults=[Drop(after_bytes=MB, path=LARGE_PATH), second]) as made:
        made.put(MADE, "app:1")
        pull(made.host)
    asked = [request.headers["range"] for request in made.requests if "range" in request.headers]
    assert asked[0] == f"bytes={MB}-"


REFUSED = [
    (WrongDigest(path=LARGE_PATH), f"blob {LARGE.digest} is not what its digest says"),
    (LongBody(path=LARGE_PATH), f"sends more than the {LARGE.size} bytes of blob {LARGE.digest}"),
    (Drop(), "broke off"),
    (Stall(), "has stalled"),
    (ShortBody(missing=4 * MB, path=LARGE_PATH), f"sent 0 of the {LARGE.size} bytes"),
    (HugeManifest(), "manifest 1 has more than the 4194304 bytes that are allowed"),
    (WrongDigest(path=MANIFEST), "manifest 1"),
    (ShortBody(path=MANIFEST), "manifest 1"),
    (Header(name="Docker-Content-Digest", value="sha256:" + "0" * 64, path=MANIFEST), "is not what its digest says"),
    (Header(name="Docker-Content-Digest", value="junk", path=MANIFEST), "'junk' is not a sha256 or sha512 digest"),
    (RedirectLoop(), "redirects in circles"),
    (RedirectBlobs(to="ftp://elsewhere.test"), "sends us on to 'ftp://elsewhere.test"),
    (RedirectBlobs(to="http://[::1"), "sends us on to"),
    (RedirectBlobs(to="http://nowhere.invalid"), "nowhere.invalid cannot be reached"),
    (ServerError(status=404, path=MANIFEST), "answered 404 Not Found for manifest 1 of app"),
    (ServerError(status=403), "answered 403 Forbidden"),
    (ServerError(status=418, path=PING), "where a registry says its version"),
    (ServerError(status=999), "answered 999"),
    (ServerError(status=503), "answered 503 Service Unavailable"),
    (TooManyRequests(retry_after="0"), "answered 429 Too Many Requests"),
    (TooManyRequests(retry_after="3600"), "it asks to wait 3600 s"),
    (TooManyRequests(retry_after="9" * 400), "it asks to wait"),
    (Unauthorized(), "answered 401 Unauthorized"),
    (Unauthorized(path=MANIFEST), "answered 401 Unauthorized for manifest 1 of app"),
]


@pytest.mark.parametrize(("fault", "said"), REFUSED, ids=[repr(fault)[:80] for fault, _ in REFUSED])
def test_what_does_not_pass_is_one_sentence(fault: Fault, said: str) -> None:
    with registry(faults=[replace(fault, times=ALWAYS)]) as made:
        made.put(MADE, "app:1")
        with pytest.raises(ShaveError) as caught:
            pull(made.host)
    assert said in sentence(caught.value)
    assert len(made.requests) < 40


# Logging in.


@pytest.mark.parametrize("access", [Basic({USER: PASSWORD}), Bearer({USER: PASSWORD}, ())], ids=["basic", "bearer"])
def test_a_login_that_is_refused_ends(access: Any, trust: Trust) -> None:
    with registry(access=access) as made:
        made.put(MADE, "app:1")
        with pytest.raises(CannotError) as caught:
            pull(made.host, trust=Trust())
        assert "401" in sentence(caught.value) and "docker login" in caught.value.hint
        login(trust, made.host)
        pull(made.host, trust)
        made.fail(Unauthorized(times=ALWAYS))
        before = len(made.requests)
        with pytest.raises(CannotError) as caught:
            pull(made.host, trust)
        assert "401" in sentence(caught.value) and len(made.requests) - before < 8


@pytest.mark.parametrize("path", [MANIFEST, LARGE_PATH], ids=["manifest", "blob"])
def test_an_expired_token_is_changed_for_another(path: str) -> None:
    with registry(faults=[Unauthorized(path=path)], access=Bearer()) as made:
        made.put(MADE, "app:1")
        pull(made.host)
        assert made.seen.count("GET /token") == 2


def test_tokens_are_asked_for_once_and_for_an_identity(trust: Trust) -> None:
    with registry(access=Bearer({USER: PASSWORD}, (), {"long": USER})) as made:
        made.put(MADE, "app:1")
        assert trust.authfile
        trust.authfile.write_text(f'{{"auths": {{"{made.host}": {{"identitytoken": "long"}}}}}}')
        pull(made.host, trust)
        assert [text for text in made.seen if "token" in text] == ["POST /token"]


@pytest.mark.parametrize(
    "challenge",
    ["", "Bearer", "Bearer realm=", 'Bearer realm="ftp://x"', 'Bearer realm="http://[::1"', "Negotiate", '"' * 9000],
)
def test_a_challenge_that_is_none(challenge: str) -> None:
    faults = [Header(name="WWW-Authenticate", value=challenge, times=ALWAYS)]
    with registry(faults=faults, access=Bearer({}, ())) as made, pytest.raises(CannotError) as caught:
        pull(made.host)
    sentence(caught.value)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"token": "a\nb"}', b'{"token": 1}', b'{"token": "' + b"x" * 70_000])
def test_a_token_that_is_none(body: bytes) -> None:
    faults = [Says(path="/token", body=body, times=ALWAYS)]
    with registry(faults=faults, access=Bearer()) as made, pytest.raises(CannotError) as caught:
        pull(made.host)
    sentence(caught.value)


class Says(Fault, frozen=True, kw_only=True):
    """The answer is this: a fault of one's own takes ten lines."""

    body: bytes

    def after(self, answer: Answer) -> Answer:
        return replace(answer, body=self.body)


# Where secrets go.


@pytest.mark.parametrize("access", [Basic({USER: PASSWORD}), Bearer({USER: PASSWORD}, ())], ids=["basic", "bearer"])
def test_a_login_never_goes_to_another_host(access: Any, trust: Trust) -> None:
    with registry() as elsewhere, registry(faults=[RedirectBlobs(to=elsewhere.url)], access=access) as made:
        made.put(MADE, "app:1")
        elsewhere.put(MADE, "app:1")
        login(trust, made.host)
        pull(made.host, trust)
    assert len(elsewhere.requests) == len(MADE.layers) + 1
    assert not [request for request in elsewhere.requests if "authorization" in request.headers]


def test_a_host_that_blobs_are_at_gets_no_login_by_asking_for_one(trust: Trust) -> None:
    with registry(access=Basic({USER: PASSWORD})) as elsewhere:
        faults = [RedirectBlobs(to=elsewhere.url)]
        with registry(faults=faults, access=Bearer({USER: PASSWORD}, ())) as made:
            made.put(MADE, "app:1")
            login(trust, made.host)
            with pytest.raises(CannotError) as caught:
                pull(made.host, trust)
    assert f"{elsewhere.host} answered 401" in sentence(caught.value)
    assert not [request for request in elsewhere.requests if "authorization" in request.headers]


def test_uploads_that_go_elsewhere_take_no_login_along(trust: Trust) -> None:
    with registry() as elsewhere, registry(access=Basic({USER: PASSWORD})) as made:
        login(trust, made.host)
        made.fail(Header(name="Location", value=f"{elsewhere.url}/v2/app/blobs/uploads/1", path=UPLOADS, times=ALWAYS))
        with pytest.raises(CannotError) as caught:
            push(made.host, trust)
    sentence(caught.value)
    assert elsewhere.requests
    assert not [request for request in elsewhere.requests if "authorization" in request.headers]


def test_nothing_goes_from_tls_to_plain_http(tmp_path: Path, trust: Trust) -> None:
    with registry() as plain, registry(faults=[RedirectBlobs(to=plain.url)], tls=certificate(tmp_path)) as made:
        made.put(MADE, "app:1")
        plain.put(MADE, "app:1")
        with pytest.raises(CannotError) as caught:
            pull(made.host, trust)
    assert "where we do not go" in sentence(caught.value) and not plain.requests


# Writing.

SENT = [
    DropRequest(after_bytes=MB, times=3),
    DropRequest(method="PUT", path=MANIFEST),
    LostAnswer(method="POST", path=UPLOADS),
    LostAnswer(method="PATCH", path=UPLOADS),
    LostAnswer(method="PUT", path=UPLOADS),
    LostAnswer(method="PUT", path=MANIFEST),
    LostUpload(),
    LostUpload(method="PUT"),
    Stall(method="PATCH", path=UPLOADS),
    ServerError(status=416, method="PATCH", path=UPLOADS),
    *[ServerError(method=method, times=2) for method in ("HEAD", "POST", "PATCH", "PUT")],
    TooManyRequests(method="PATCH", retry_after="0"),
]


@pytest.mark.parametrize("fault", SENT, ids=repr)
def test_what_passes_while_writing(fault: Fault) -> None:
    with registry(faults=[fault]) as made:
        push(made.host)
        pull(made.host)
        assert made.repository("app").tags == {"1": MADE.manifest_digest}


def test_only_what_is_missing_is_sent_and_the_tag_comes_last() -> None:
    with registry() as made:
        held = made.repository("app").blobs
        with MADE.layers[0].open() as blob:
            held[LARGE.digest] = blob.read()
        push(made.host)
    sent = [request for request in made.requests if request.body_bytes]
    assert sum(request.body_bytes for request in sent) < 4000
    assert made.seen[-1] == "PUT /v2/app/manifests/1" and len(held) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 405, 413, 500, 507])
@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
def test_a_registry_that_takes_nothing_gets_no_tag(status: int, method: str) -> None:
    faults = [ServerError(status=status, method=method, path=UPLOADS, times=ALWAYS)]
    with registry(faults=faults) as made, pytest.raises(CannotError) as caught:
        push(made.host)
    assert str(status) in sentence(caught.value) and not made.repository("app").tags
    assert f"PUT {MANIFEST}".replace("*", "app", 1).replace("*", "1") not in made.seen


def test_a_registry_that_stores_something_else_is_found_out() -> None:
    lie = Header(name="Docker-Content-Digest", value="sha256:" + "0" * 64, method="PUT", path=MANIFEST)
    with registry(faults=[lie]) as made, pytest.raises(BadImageError) as caught:
        push(made.host)
    sentence(caught.value)


def test_chunks_are_as_large_as_the_registry_wants() -> None:
    with registry(chunk_minimum=5 * MB, faults=[DropRequest(after_bytes=MB)]) as made:
        push(made.host)
        pull(made.host)


# Nobody there.


def test_a_closed_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(CannotError) as caught:
        pull(f"127.0.0.1:{port}")
    assert f"127.0.0.1:{port} cannot be reached: Connection refused" in sentence(caught.value)


def test_a_host_that_accepts_and_never_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(CannotError) as caught:
        pull(f"127.0.0.1:{server.getsockname()[1]}", patience=Patience(0.3, 0.3, 2))
    assert "stalled" in sentence(caught.value)


def test_a_name_that_nobody_has() -> None:
    with pytest.raises(CannotError) as caught:
        pull("registry.invalid")
    assert "registry.invalid cannot be reached" in sentence(caught.value)


@pytest.mark.parametrize("words", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\n\r\n", bytes(100_000)])
def test_somebody_who_is_no_registry(words: bytes) -> None:
    with saying(words) as host, pytest.raises(ShaveError) as caught:
        pull(host)
    sentence(caught.value)


@contextmanager
def saying(words: bytes) -> Iterator[str]:
    """A host that says the same to everybody and closes."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with connection, suppress(OSError):
                    connection.recv(4096)
                    connection.sendall(words)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{server.getsockname()[1]}"
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


# Killed.

READ = """
import sys
from shave.sources import open_image
from shave.reference import parse
with open_image(parse(sys.argv[1])) as image:
    for layer in image.layers:
        with layer.open() as blob:
            while blob.read(65536):
                pass
"""


def test_what_a_killed_process_had_is_not_fetched_again() -> None:
    with registry(faults=[Stall(path=LARGE_PATH, after_bytes=2 * MB, seconds=600)]) as made:
        made.put(MADE, "app:1")
        command = [sys.executable, "-c", READ, f"docker://{made.host}/app:1"]
        with subprocess.Popen(command) as process:
            _until(lambda: _kept() >= 2 * MB)
            process.send_signal(signal.SIGKILL)
        kept = _kept()
        before = len(made.requests)
        subprocess.run(command, check=True, timeout=60)
        again = [request for request in made.requests[before:] if request.path == LARGE_PATH]
        assert [request.headers["range"] for request in again] == [f"bytes={kept}-"]
        before = len(made.requests)
        subprocess.run(command, check=True, timeout=60)
        assert not [text for text in made.seen[before:] if LARGE_PATH in text]
        assert not list(_cache().rglob("*.part"))


def _cache() -> Path:
    return Path(os.environ["XDG_CACHE_HOME"])


def _kept() -> int:
    return sum(part.stat().st_size for part in _cache().rglob("*.part"))


def _until(done: Callable[[], bool]) -> None:
    for _ in range(2000):
        if done():
            return
        time.sleep(0.01)
    raise AssertionError("it never came to that")


# The real one.


@pytest.mark.oracle
@pytest.mark.parametrize("kind", KINDS)
def test_the_registry_that_most_others_come_from(kind: Kind, tmp_path: Path, trust: Trust) -> None:
    with real_registry(tmp_path, kind) as real:
        if kind != "plain":
            with pytest.raises(CannotError) as caught:
                push(real.host)
            assert "401" in sentence(caught.value) or "refuses" in str(caught.value)
        login(trust, real.host)
        push(real.host, trust, "some/app:1")
        pull(real.host, trust, "some/app:1")
        command = ["skopeo", "inspect", "--raw", *real.skopeo(), f"docker://{real.host}/some/app:1"]
        assert subprocess.run(command, check=True, capture_output=True).stdout == MADE.manifest_bytes
