"""The registry for tests is an honest one: the specification's examples, and what skopeo, podman and docker think."""

import base64
import doctest
import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from msgspec import Struct

import shave.testing.registry
from registries import Real, certificate, fresh_storage, real_registry
from shave.oci import OCI_INDEX, OCI_MANIFEST, digest_of
from shave.testing import image, random_image
from shave.testing.registry import (
    ALWAYS,
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
    Registry,
    ServerError,
    ShortBody,
    Stall,
    TooManyRequests,
    Unauthorized,
    WrongDigest,
    WrongRange,
    messages,
    registry,
)

DATA = bytes(range(256)) * 40
BLOB = f"/v2/app/blobs/{digest_of(DATA)}"
UPLOADS = "/v2/app/blobs/uploads/"


class Got(Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return json.loads(self.body)["errors"][0]["code"]


def ask(made: Registry | Real, method: str, path: str, body: Any = None, **headers: str) -> Got:
    connection = http.client.HTTPConnection(made.host, timeout=20)
    try:
        location = urlsplit(path)
        target = f"{location.path}?{location.query}" if location.query else location.path
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        connection.request(method, target, body, named, encode_chunked=hasattr(body, "__next__"))
        answer = connection.getresponse()
        return Got(answer.status, {name.lower(): text for name, text in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@pytest.fixture
def made() -> Iterator[Registry]:
    with registry() as running:
        running.repository("app").blobs[digest_of(DATA)] = DATA
        yield running


@pytest.mark.parametrize("module", [shave.testing.registry, messages])
def test_examples(module: Any) -> None:
    done = doctest.testmod(module)
    assert done.attempted and not done.failed


def test_the_page_says_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = doctest.testfile(str(Path(__file__).parents[2] / "docs/testing.md"), module_relative=False)
    assert done.attempted > 8 and not done.failed
    page = (Path(__file__).parents[2] / "docs/testing.md").read_text()
    exported = {name: getattr(shave.testing.registry, name) for name in shave.testing.registry.__all__}
    faults = [name for name, kind in exported.items() if isinstance(kind, type) and issubclass(kind, Fault)]
    assert [name for name in faults if f"`{name}(" not in page] == ["Fault"]


def test_base_and_what_is_not_there(made: Registry) -> None:
    assert ask(made, "GET", "/v2/").status == 200
    assert ask(made, "GET", "/v2/app/manifests/1").code == "MANIFEST_UNKNOWN"
    assert ask(made, "GET", f"/v2/other/blobs/{digest_of(DATA)}").code == "BLOB_UNKNOWN"
    assert ask(made, "GET", f"{UPLOADS}12").code == "BLOB_UPLOAD_UNKNOWN"
    assert ask(made, "GET", "/v2/other/tags/list").code == "NAME_UNKNOWN"
    assert ask(made, "GET", "/v2/Wrong/tags/list").code == "NAME_INVALID"


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=10-19", 206, 10, 20),
        ("bytes=10-", 206, 10, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=10-999999", 206, 10, None),
        ("bytes=999999-", 416, 0, 0),
        ("lines=1-2", 200, 0, None),
    ],
)
def test_ranges(made: Registry, asked: str, status: int, first: int, last: int | None) -> None:
    got = ask(made, "GET", BLOB, Range=asked)
    assert (got.status, got.body) == (status, DATA[first:last])
    start = first if first >= 0 else len(DATA) + first
    expected = {200: None, 206: f"bytes {start}-{start + len(got.body) - 1}/{len(DATA)}", 416: f"bytes */{len(DATA)}"}
    assert got.headers.get("content-range") == expected[status]


def test_a_range_of_what_changed_is_all_of_it(made: Registry) -> None:
    entity = ask(made, "HEAD", BLOB).headers["etag"]
    assert ask(made, "GET", BLOB, Range="bytes=1-", If_Range=entity).status == 206
    assert ask(made, "GET", BLOB, Range="bytes=1-", If_Range='"other"').status == 200


def test_head_and_delete(made: Registry) -> None:
    got = ask(made, "HEAD", BLOB)
    assert (got.status, got.headers["content-length"], got.body) == (200, str(len(DATA)), b"")
    assert [ask(made, "DELETE", BLOB).status, ask(made, "HEAD", BLOB).status] == [202, 404]


def test_uploads_in_one_two_and_many_requests(made: Registry) -> None:
    blobs = made.repository("app").blobs
    query = urlencode({"digest": digest_of(b"one")})
    assert ask(made, "POST", f"{UPLOADS}?{query}", b"one").status == 201
    begun = ask(made, "POST", UPLOADS)
    assert (begun.status, begun.headers["range"]) == (202, "0-0")
    query = urlencode({"digest": digest_of(b"two")})
    assert ask(made, "PUT", f"{begun.headers['location']}&{query}", b"two").status == 201
    begun = ask(made, "POST", UPLOADS)
    patched = ask(made, "PATCH", begun.headers["location"], iter((b"ma", b"ny")))
    assert (patched.status, patched.headers["range"]) == (202, "0-3")
    patched = ask(made, "PATCH", patched.headers["location"], b"more", Content_Range="4-7")
    query = urlencode({"digest": digest_of(b"manymore")})
    assert ask(made, "PUT", f"{patched.headers['location']}&{query}").status == 201
    assert {digest_of(data) for data in (b"one", b"two", b"manymore")} < blobs.keys()


def test_uploads_go_on_in_order_and_end(made: Registry) -> None:
    location = ask(made, "POST", UPLOADS).headers["location"]
    ask(made, "PATCH", location, b"0123", Content_Range="0-3")
    wrong = ask(made, "PATCH", location, b"89", Content_Range="8-9")
    assert (wrong.status, wrong.headers["range"]) == (416, "0-3")
    assert ask(made, "GET", location).headers["range"] == "0-3"
    assert ask(made, "PUT", f"{location}&digest={digest_of(b'other')}").code == "DIGEST_INVALID"
    location = ask(made, "POST", UPLOADS).headers["location"]
    assert [ask(made, method, location).status for method in ("DELETE", "GET")] == [204, 404]


def test_a_mount_and_one_that_becomes_an_upload(made: Registry) -> None:
    query = urlencode({"mount": digest_of(DATA), "from": "app"})
    assert ask(made, "POST", f"/v2/other/blobs/uploads/?{query}").status == 201
    assert made.repository("other").blobs == made.repository("app").blobs
    query = urlencode({"mount": digest_of(b"none"), "from": "app"})
    assert ask(made, "POST", f"/v2/other/blobs/uploads/?{query}").status == 202


def test_chunks_have_a_minimum() -> None:
    with registry(chunk_minimum=4) as made:
        begun = ask(made, "POST", UPLOADS)
        assert begun.headers["oci-chunk-min-length"] == "4"
        location = begun.headers["location"]
        statuses = [ask(made, "PATCH", location, data).status for data in (b"1234", b"5", b"6789")]
        assert statuses == [202, 202, 416]


def manifest(config: bytes = DATA, **more: Any) -> bytes:
    about = {"mediaType": "application/json", "digest": digest_of(config), "size": len(config)}
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": about, **more}).encode()


def test_manifests_are_looked_at(made: Registry) -> None:
    def push(data: bytes, reference: str = "1", media_type: str = OCI_MANIFEST) -> Got:
        return ask(made, "PUT", f"/v2/app/manifests/{reference}", data, Content_Type=media_type)

    assert push(b"{").code == "MANIFEST_INVALID"
    assert push(manifest(), media_type=OCI_INDEX).code == "MANIFEST_INVALID"
    assert push(manifest(b"none")).code == "MANIFEST_BLOB_UNKNOWN"
    assert push(manifest(), digest_of(b"other")).code == "DIGEST_INVALID"
    assert push(manifest().ljust(5 << 20)).status == 413
    assert (push(manifest()).status, push(manifest(), digest_of(manifest())).status) == (201, 201)
    assert ask(made, "GET", "/v2/app/manifests/1").body == manifest()
    assert ask(made, "GET", "/v2/app/manifests/1", Accept=OCI_INDEX).status == 404
    assert ask(made, "GET", "/v2/app/manifests/1", Accept=f"{OCI_INDEX}, {OCI_MANIFEST}").status == 200
    assert ask(made, "DELETE", "/v2/app/manifests/1").status == 202
    assert ask(made, "GET", "/v2/app/manifests/1").status == 404
    assert ask(made, "HEAD", f"/v2/app/manifests/{digest_of(manifest())}").status == 200


def test_a_manifest_takes_its_tags_with_it(made: Registry) -> None:
    digest = made.put(random_image(1), "app:1")
    ask(made, "DELETE", f"/v2/app/manifests/{digest}")
    assert not made.repository("app").tags and not made.repository("app").manifests


def test_lists_come_in_pages() -> None:
    with registry(page=2) as made:
        for tag in ("b", "c", "a"):
            made.put(random_image(1), f"lib/app:{tag}")
        first = ask(made, "GET", "/v2/lib/app/tags/list?n=100")
        assert json.loads(first.body) == {"name": "lib/app", "tags": ["a", "b"]}
        following, _, relation = first.headers["link"].partition(">")
        second = ask(made, "GET", following.removeprefix("<"))
        assert (json.loads(second.body)["tags"], relation, second.headers.get("link")) == (["c"], '; rel="next"', None)
        assert json.loads(ask(made, "GET", "/v2/_catalog").body) == {"repositories": ["lib/app"]}


@pytest.mark.parametrize("referrers", ["api", "tag"])
def test_referrers(referrers: Any) -> None:
    with registry(referrers=referrers) as made:
        made.repository("app").blobs[digest_of(DATA)] = DATA
        subject = made.put(random_image(1), "app:1")
        about = {"mediaType": OCI_MANIFEST, "digest": subject, "size": 1}
        data = manifest(subject=about, artifactType="text/x", annotations={"a": "b"})
        pushed = ask(made, "PUT", "/v2/app/manifests/x", data, Content_Type=OCI_MANIFEST)
        got = ask(made, "GET", f"/v2/app/referrers/{subject}?artifactType=text/x")
        if referrers == "tag":
            assert ("oci-subject" in pushed.headers, got.status) == (False, 404)
            return
        assert (pushed.headers["oci-subject"], got.headers["oci-filters-applied"]) == (subject, "artifactType")
        (entry,) = json.loads(got.body)["manifests"]
        assert entry["digest"] == digest_of(data) and entry["annotations"] == {"a": "b"}
        assert not json.loads(ask(made, "GET", f"/v2/app/referrers/{subject}?artifactType=other").body)["manifests"]


def shown(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def test_basic() -> None:
    with registry(access=Basic({"ann": "secret"})) as made:
        assert ask(made, "GET", "/v2/").headers["www-authenticate"].startswith("Basic realm=")
        words = [shown("ann", "secret"), shown("ann", "no"), shown("bob", ""), "Basic %%", "Bearer x"]
        assert [ask(made, "GET", "/v2/", Authorization=word).status for word in words] == [200, 401, 401, 401, 401]
        assert made.requests[1].headers["authorization"] == "Basic"
        assert "secret" not in repr(made.requests)


def token(made: Registry, scope: str, **headers: str) -> str:
    got = ask(made, "GET", f"/token?{urlencode({'service': 'shave.testing', 'scope': scope})}", **headers)
    return f"Bearer {json.loads(got.body)['token']}"


def test_tokens_are_for_what_they_were_asked_for() -> None:
    with registry(access=Bearer({"ann": "secret"})) as made:
        made.put(random_image(1), "app:1")
        told = ask(made, "GET", "/v2/app/manifests/1").headers["www-authenticate"]
        assert told == f'Bearer realm="{made.url}/token",service="shave.testing",scope="repository:app:pull"'
        anonymous = token(made, "repository:app:pull,push")
        ann = token(made, "repository:app:pull,push", Authorization=shown("ann", "secret"))
        asked = [("GET", "/v2/app/manifests/1"), ("POST", UPLOADS), ("DELETE", BLOB), ("GET", "/v2/b/manifests/1")]
        statuses = [[ask(made, *words, Authorization=held).status for words in asked] for held in (anonymous, ann)]
        assert statuses == [[200, 401, 401, 401], [200, 202, 401, 401]]
        assert ask(made, "GET", "/token?scope=", Authorization=shown("ann", "no")).status == 401
        mount = f"{UPLOADS}?{urlencode({'mount': 'sha256:0', 'from': 'b'})}"
        assert 'scope="repository:b:pull"' in ask(made, "POST", mount, Authorization=ann).headers["www-authenticate"]


def test_tokens_expire_and_are_had_for_an_identity() -> None:
    with registry(access=Bearer({"ann": "secret"}, (), {"long": "ann"}, seconds=0)) as made:
        form = {"grant_type": "refresh_token", "refresh_token": "long", "service": "s", "scope": "repository:app:pull"}
        got = json.loads(ask(made, "POST", "/token", urlencode(form)).body)
        assert (got["refresh_token"], got["expires_in"]) == ("long", 0)
        held = f"Bearer {got['access_token']}"
        assert ask(made, "GET", BLOB, Authorization=held).status == 401
        wrong = [{"grant_type": "refresh_token", "refresh_token": "x"}, {"grant_type": "password", "username": "ann"}]
        assert [ask(made, "POST", "/token", urlencode(body)).status for body in wrong] == [401, 401]
        right = {"grant_type": "password", "username": "ann", "password": "secret"}
        assert ask(made, "POST", "/token", urlencode(right)).status == 200


def test_a_fault_meets_as_often_as_it_says(made: Registry) -> None:
    made.fail(ServerError(path=BLOB, skip=1, times=2), TooManyRequests(path="/v2/", retry_after="7"))
    assert [ask(made, "GET", BLOB).status for _ in range(4)] == [200, 503, 503, 200]
    got = [ask(made, "GET", "/v2/") for _ in range(2)]
    assert [(one.status, one.headers.get("retry-after")) for one in got] == [(429, "7"), (200, None)]
    assert made.seen == [f"GET {BLOB}"] * 4 + ["GET /v2/"] * 2
    assert [request.status for request in made.requests] == [200, 503, 503, 200, 429, 200]


def test_faults_of_connections(made: Registry) -> None:
    made.fail(Drop(after_bytes=10), LostAnswer(method="DELETE"))
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(made, "GET", BLOB)
    assert caught.value.partial == DATA[:10]
    with pytest.raises(http.client.RemoteDisconnected):
        ask(made, "DELETE", BLOB)
    assert made.requests[-1].status == 0 and ask(made, "HEAD", BLOB).status == 404


def test_an_upload_that_is_cut_keeps_what_it_got(made: Registry) -> None:
    location = ask(made, "POST", UPLOADS).headers["location"]
    made.fail(DropRequest(after_bytes=3, method="PATCH"))
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(made, "PATCH", location, b"012345")
    assert ask(made, "GET", location).headers["range"] == "0-2"


def test_faults_of_answers(made: Registry) -> None:
    def got(fault: Any, **headers: str) -> Got:
        made.fail(fault)
        return ask(made, "GET", BLOB, **headers)

    assert got(ShortBody(missing=3)).body == DATA[:-3]
    assert got(LongBody(more=3)).body == DATA + bytes(3)
    assert got(WrongDigest()).body == b"\1" + DATA[1:]
    assert got(IgnoreRange(), Range="bytes=5-").status == 200
    assert got(WrongRange(), Range="bytes=5-").body == DATA[:1]
    assert got(Header(name="Docker-Content-Digest", value="x")).headers["docker-content-digest"] == "x"
    assert "etag" not in got(Header(name="ETag")).headers
    assert got(Unauthorized()).headers["www-authenticate"]
    assert got(RedirectBlobs(to="http://elsewhere.test", times=1)).headers["location"] == f"http://elsewhere.test{BLOB}"
    assert got(RedirectLoop(times=1)).headers["location"] == BLOB
    assert got(Stall(after_bytes=5, seconds=0.01)).body == DATA


def test_other_faults(made: Registry) -> None:
    made.put(random_image(1), "app:1")
    made.fail(HugeManifest(length=1 << 20), LostUpload())
    assert len(ask(made, "GET", "/v2/app/manifests/1").body) == 1 << 20
    location = ask(made, "POST", UPLOADS).headers["location"]
    assert ask(made, "PATCH", location, b"x").code == "BLOB_UPLOAD_UNKNOWN"


def test_whoever_waits_is_let_go_at_the_end() -> None:
    with registry(faults=[Stall(seconds=3600, path="/v2/", times=ALWAYS)]) as made:
        client = threading.Thread(target=_ask_in_vain, args=(made,))
        client.start()
        while not made.requests:
            time.sleep(0.01)
    client.join(20)
    assert not client.is_alive()


def _ask_in_vain(made: Registry) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(made, "GET", "/v2/")


@pytest.mark.parametrize("speaks_tls", [False, True])
def test_whoever_says_nothing_is_let_go_too(speaks_tls: bool, tmp_path: Path) -> None:
    with registry(tls=certificate(tmp_path) if speaks_tls else None) as made:
        idle = socket.create_connection(("127.0.0.1", int(made.host.rpartition(":")[2])))
    idle.close()


def test_tls(tmp_path: Path) -> None:
    pair = certificate(tmp_path)
    with registry(tls=pair) as made:
        context = ssl.create_default_context(cafile=str(pair[0]))
        connection = http.client.HTTPSConnection(made.host, timeout=20, context=context)
        connection.request("GET", "/v2/")
        assert (made.url[:8], connection.getresponse().status) == ("https://", 200)
        connection.close()
        with pytest.raises(ssl.SSLError):
            http.client.HTTPSConnection(made.host, timeout=20).request("GET", "/v2/")


def run(*command: Any) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


Access = Callable[[], Basic | Bearer | None]


def conversation(host: Registry | Real) -> list[Any]:
    """A client's day: what it asked, the status, the error's code, and the headers that clients go by."""
    told: list[Any] = []

    def say(method: str, path: str, body: Any = None, **headers: str) -> Got:
        got = ask(host, method, path, body, **headers)
        code = got.code if got.status >= 400 and got.body.startswith(b"{") else ""
        names = ("content-length", "content-range", "range", "docker-content-digest", "link", "accept-ranges")
        kept = {name: got.headers[name] for name in names if name in got.headers and got.status < 400}
        told.append((method, path.partition("?")[0], got.status, code, kept if method != "DELETE" else {}))
        return got

    def begin() -> str:
        return ask(host, "POST", UPLOADS).headers["location"]

    mount = f"/v2/other/blobs/uploads/?{urlencode({'mount': digest_of(DATA), 'from': 'app'})}"
    say("GET", "/v2/")
    say("HEAD", BLOB)
    for wrong in (False, True):
        location = begin()
        patched = ask(host, "PATCH", location, iter((DATA[:1000], DATA[1000:])))
        named = {"digest": digest_of(b"other" if wrong else DATA)}
        answer = ask(host, "PUT", f"{patched.headers['location']}&{urlencode(named)}")
        told.append((patched.status, patched.headers["range"], answer.status, wrong and answer.code))
    say("HEAD", BLOB)
    for asked in ("bytes=5-9", "bytes=5-", "bytes=-5"):  # and no 416: the real one says a wrong length with it
        say("GET", BLOB, Range=asked)
    say("POST", mount)
    say("HEAD", BLOB.replace("app", "other"))
    say("GET", "/v2/app/manifests/1")
    say("PUT", "/v2/app/manifests/1", b"{", Content_Type=OCI_MANIFEST)
    layers = {"layers": [{"mediaType": "x", "digest": digest_of(b"none"), "size": 1}]}
    say("PUT", "/v2/app/manifests/1", manifest(b"none", **layers), Content_Type=OCI_MANIFEST)
    good = manifest(layers=[])
    say("PUT", f"/v2/app/manifests/{digest_of(b'other')}", good, Content_Type=OCI_MANIFEST)
    for tag in ("1", "2", "3", digest_of(good)):
        say("PUT", f"/v2/app/manifests/{tag}", good, Content_Type=OCI_MANIFEST)
    say("GET", "/v2/app/manifests/1", Accept=OCI_MANIFEST)
    say("GET", "/v2/app/manifests/1", Accept=OCI_INDEX)
    say("HEAD", f"/v2/app/manifests/{digest_of(good)}", Accept=OCI_MANIFEST)
    told.append(json.loads(ask(host, "GET", "/v2/_catalog").body))
    say("GET", f"/v2/app/manifests/{digest_of(b'none')}", Accept=OCI_MANIFEST)
    say("DELETE", f"/v2/app/manifests/{digest_of(good)}")
    say("GET", "/v2/app/manifests/2", Accept=OCI_MANIFEST)
    say("DELETE", BLOB)
    say("HEAD", BLOB)
    location = begin()
    gone = [ask(host, method, location) for method in ("DELETE", "GET")]
    return [*told, *((got.status, got.body and got.code) for got in gone)]


@pytest.mark.oracle
def test_it_answers_as_the_registry_that_most_others_come_from(tmp_path: Path) -> None:
    with registry() as made, real_registry(tmp_path) as real:
        assert conversation(made) == conversation(real)


@pytest.mark.oracle
@pytest.mark.parametrize("access", [None, Basic({"ann": "secret"}), Bearer({"ann": "secret"}, ())])
def test_skopeo_reads_and_writes_it(access: Any, tmp_path: Path) -> None:
    made_up = random_image(7)
    with registry(access=access) as made:
        made.put(made_up, "lib/app:1")
        source = ["--src-tls-verify=false", "--src-creds=ann:secret", f"docker://{made.host}/lib/app:1"]
        run("skopeo", "copy", *source, f"oci:{tmp_path}/layout:1")
        target = ["--dest-tls-verify=false", "--dest-creds=ann:secret", f"docker://{made.host}/other:2"]
        run("skopeo", "copy", f"oci:{tmp_path}/layout:1", *target)
        command = ["skopeo", "inspect", "--raw", "--creds=ann:secret", "--tls-verify=false"]
        assert run(*command, f"docker://{made.host}/other:2").encode() == made_up.manifest_bytes
    assert made.repository("other").tags == {"2": made_up.manifest_digest}
    assert "PUT /v2/other/manifests/2" in made.seen


@pytest.mark.oracle
def test_skopeo_chooses_from_an_index(tmp_path: Path) -> None:
    images = [image({"/a": b"1"}, architecture=name) for name in ("amd64", "arm64")]
    with registry() as made:
        digest = made.put_index(images, "app:1")
        target = f"oci:{tmp_path}/layout:1"
        run("skopeo", "copy", "--all", "--src-tls-verify=false", f"docker://{made.host}/app:1", target)
        run("skopeo", "copy", "--all", "--dest-tls-verify=false", target, f"docker://{made.host}/app:2")
        assert made.repository("app").tags == {"1": digest, "2": digest}


@pytest.mark.oracle
@pytest.mark.root
def test_podman_pulls_and_pushes(tmp_path: Path) -> None:
    with registry(access=Bearer({"ann": "secret"})) as made, fresh_storage() as storage:
        made.put(random_image(3), "lib/app:1")
        run("podman", *storage, "pull", "-q", "--tls-verify=false", f"{made.host}/lib/app:1")
        credentials = ["--tls-verify=false", "--creds=ann:secret"]
        run("podman", *storage, "push", "-q", *credentials, f"{made.host}/lib/app:1", f"docker://{made.host}/pod:1")
        assert list(made.repository("pod").tags) == ["1"]


@pytest.mark.engine
def test_docker_pulls_and_pushes() -> None:
    with registry() as made:
        made.put(random_image(3), "lib/app:1")
        names = [f"{made.host}/lib/app:1", f"{made.host}/lib/dock:1"]
        run("docker", "pull", "-q", names[0])
        try:
            run("docker", "tag", *names)
            run("docker", "push", "-q", names[1])
        finally:
            run("docker", "rmi", "-f", *names)
        assert list(made.repository("lib/dock").tags) == ["1"]
