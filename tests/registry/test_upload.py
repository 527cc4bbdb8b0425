"""Blobs on their way into a repository, with all that goes wrong there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.conftest import Connected
from shave.errors import BadImageError
from shave.net import NetworkError
from shave.oci import digest_of
from shave.registry import upload as module
from shave.registry.repository import Repository
from shave.registry.upload import upload
from shave.testing.registry import (
    ALWAYS,
    Basic,
    DropRequest,
    Header,
    LostAnswer,
    LostUpload,
    Registry,
    ServerError,
    Unauthorized,
    registry,
)

DATA = bytes(range(256)) * 1024
DIGEST = digest_of(DATA)
UPLOADS = "/v2/app/blobs/uploads/*"


def body() -> Iterator[bytes]:
    for start in range(0, len(DATA), 10_000):
        yield DATA[start : start + 10_000]


class Told:
    """How many bytes were told of."""

    def __init__(self) -> None:
        self.bytes = 0

    def __call__(self, amount: int) -> None:
        assert amount >= 0
        self.bytes += amount


def send(repository: Repository, source: str = "") -> str:
    told = Told()
    outcome = upload(repository, DIGEST, len(DATA), body, source, told)
    assert told.bytes == len(DATA)
    return outcome


def methods(made: Registry) -> list[str]:
    return [f"{seen.method} {seen.status}" for seen in made.requests if "/blobs/" in seen.path]


def sent(made: Registry) -> int:
    return sum(seen.body_bytes for seen in made.requests)


def test_a_blob_is_sent_once(connected: Connected) -> None:
    with registry() as made:
        repository = connected(made.host)
        assert (send(repository), send(repository)) == ("copied", "reused")
        assert made.repository("app").blobs[DIGEST] == DATA
        assert methods(made) == ["HEAD 404", "POST 202", "PATCH 202", "PUT 201", "HEAD 200"]


def test_nothing_at_all_is_a_blob_too(connected: Connected) -> None:
    with registry() as made:
        told = Told()
        assert upload(connected(made.host), digest_of(b""), 0, list, "", told) == "copied"
        assert made.repository("app").blobs == {digest_of(b""): b""}


def test_a_blob_of_a_neighbour_is_mounted(connected: Connected) -> None:
    with registry() as made:
        made.repository("other/app").blobs[DIGEST] = DATA
        assert send(connected(made.host), "other/app") == "mounted"
        assert sent(made) == 0


def test_a_neighbour_without_it(connected: Connected) -> None:
    with registry() as made:
        assert send(connected(made.host), "other/app") == "copied"


def test_a_neighbour_who_does_not_let_us_in(connected: Connected) -> None:
    with registry([ServerError(status=403, method="POST", path=UPLOADS)]) as made:
        assert send(connected(made.host), "other/app") == "copied"
        assert methods(made)[:3] == ["HEAD 404", "POST 403", "POST 202"]


@pytest.mark.parametrize("after", [0, 1, 100_000, len(DATA)])
def test_a_break_goes_on_where_the_registry_is(connected: Connected, after: int) -> None:
    with registry([DropRequest(method="PATCH", after_bytes=after)]) as made:
        assert send(connected(made.host)) == "copied"
        assert made.repository("app").blobs[DIGEST] == DATA
        # an upload of one byte cannot say that it has one
        assert sent(made) <= len(DATA) + 1 or after == 1


@pytest.mark.parametrize("method", ["HEAD", "POST", "PATCH", "PUT"])
@pytest.mark.parametrize("kind", ["lost answer", "503", "401"])
def test_one_failure_anywhere(connected: Connected, method: str, kind: str) -> None:
    fault = {
        "lost answer": LostAnswer(method=method, path="/v2/app/blobs/*"),
        "503": ServerError(method=method, path="/v2/app/blobs/*"),
        "401": Unauthorized(method=method, path="/v2/app/blobs/*"),
    }[kind]
    with registry([fault]) as made:
        repository = connected(made.host)
        if kind == "401":
            with pytest.raises(NetworkError, match="401"):
                send(repository)
            return
        assert send(repository) == "copied"
        assert made.repository("app").blobs[DIGEST] == DATA
        assert sent(made) == len(DATA) or kind == "503"


def test_a_registry_that_restarts_gets_it_anew(connected: Connected) -> None:
    with registry([DropRequest(method="PATCH", after_bytes=50_000)]) as made:
        made.fail(LostUpload(method="GET", path=UPLOADS))
        assert send(connected(made.host)) == "copied"
        assert methods(made).count("POST 202") == 2


def test_a_registry_that_says_it_has_more_than_it_has(connected: Connected) -> None:
    lie = Header(name="Range", value="0-99999", method="GET", path=UPLOADS)
    with registry([DropRequest(method="PATCH", after_bytes=50_000), lie]) as made:
        assert send(connected(made.host)) == "copied"
        assert made.repository("app").blobs[DIGEST] == DATA


def test_the_range_of_a_good_patch_is_not_believed(connected: Connected) -> None:
    with registry([Header(name="Range", value="0-9", method="PATCH", path=UPLOADS)]) as made:
        assert send(connected(made.host)) == "copied"
        assert methods(made).count("PATCH 202") == 1


@pytest.mark.parametrize("minimum", [0, 100_000])
def test_pieces_for_those_who_take_no_large_requests(
    connected: Connected, minimum: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PIECE", 70_000)
    with registry([ServerError(status=413, method="PATCH", path=UPLOADS)], chunk_minimum=minimum) as made:
        assert send(connected(made.host)) == "copied"
        assert made.repository("app").blobs[DIGEST] == DATA
        size = max(70_000, minimum)
        pieces = [seen.headers["content-range"] for seen in made.requests if "content-range" in seen.headers]
        assert pieces == [f"{at}-{min(at + size, len(DATA)) - 1}" for at in range(0, len(DATA), size)]


def test_a_full_registry(connected: Connected) -> None:
    with registry([ServerError(status=507, method="PATCH", times=ALWAYS)]) as made:
        with pytest.raises(NetworkError, match="answered 507 Insufficient Storage for the upload of sha256:"):
            send(connected(made.host))
        assert not made.repository("app").blobs


def test_a_location_that_leaves_is_not_told_our_login(connected: Connected, tmp_path: Path) -> None:
    authfile = tmp_path / "auth.json"
    with registry() as other, registry(access=Basic({"ann": "secret"})) as made:
        authfile.write_text(f'{{"auths": {{"{made.host}": {{"username": "ann", "password": "secret"}}}}}}')
        made.fail(Header(name="Location", value=f"{other.url}/v2/app/blobs/uploads/1", method="POST", times=ALWAYS))
        with pytest.raises(NetworkError, match=f"{other.host} answered 404"):
            send(connected(made.host, authfile=authfile))
        assert [seen.headers.get("authorization") for seen in other.requests if seen.method == "PATCH"] == [None] * 3


@pytest.mark.parametrize(
    ("data", "size", "words"),
    [(DATA[:-1], len(DATA), "has 262143 bytes, its"), (DATA + b"1", len(DATA), "has more than the 262144 bytes")],
)
def test_a_blob_of_another_size_is_not_finished(connected: Connected, data: bytes, size: int, words: str) -> None:
    with registry() as made:
        with pytest.raises(BadImageError, match=words):
            upload(connected(made.host), DIGEST, size, lambda: [data], "", Told())
        assert not made.repository("app").blobs
        assert "PUT 201" not in methods(made)


def test_an_error_of_the_body_ends_the_upload(connected: Connected) -> None:
    def broken() -> Iterator[bytes]:
        yield DATA[:100]
        raise BadImageError("layer 1 is not what its digest says")

    with registry() as made:
        with pytest.raises(BadImageError, match="layer 1"):
            upload(connected(made.host), DIGEST, len(DATA), broken, "", Told())
        assert not made.repository("app").blobs
