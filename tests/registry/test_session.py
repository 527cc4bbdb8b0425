"""Who answers where a registry is said to be."""

import socket
from pathlib import Path

import pytest

from registries import certificate
from registry.conftest import HASTE, Connected
from shave.errors import UsageError
from shave.events import silent
from shave.net import NetworkError, Web
from shave.oci import digest_of
from shave.registry.session import Place, connect
from shave.testing.registry import ALWAYS, Bearer, Header, RedirectLoop, ServerError, registry

BLOB = digest_of(b"it")


def test_loopback_speaks_http_unasked(connected: Connected) -> None:
    with registry() as made:
        assert connected(made.host).session.url == f"http://{made.host}/v2/"
        assert connected(made.host.replace("127.0.0.1", "localhost")).session.url.startswith("http://localhost:")


def test_loopback_is_asked_for_tls_first_and_need_not_prove_itself(connected: Connected, tmp_path: Path) -> None:
    with registry(tls=certificate(tmp_path)) as made:
        assert connected(made.host).session.url == f"https://{made.host}/v2/"


def test_others_do_not_speak_http_unless_they_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    with registry() as made, Web(False, silent, HASTE) as web:
        monkeypatch.setenv("HTTP_PROXY", made.url)
        monkeypatch.setenv("HTTPS_PROXY", made.url)
        for name in ("NO_PROXY", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
        with pytest.raises(NetworkError, match=r"registry\.example "):
            connect(web, Place("registry.example", "app"), None, ())
        assert not made.seen


@pytest.mark.parametrize("status", [403, 404, 418])
def test_somebody_who_is_no_registry(connected: Connected, status: int) -> None:
    with registry([ServerError(status=status, path="/v2/")]) as made:
        with pytest.raises(NetworkError, match=f"answered {status} .* where a registry says its version") as caught:
            connected(made.host)
        assert caught.value.hint == "look at the host and the port"
        assert len(made.seen) == 1


def test_a_registry_that_is_not_well_is_asked_again(connected: Connected) -> None:
    with registry([ServerError(path="/v2/", times=2)]) as made:
        connected(made.host)
        assert len(made.seen) == 3


def test_nobody_there(connected: Connected) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        host = f"127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(NetworkError, match=f"{host} cannot be reached: Connection refused"):
        connected(host)


def test_what_is_not_there_is_said_in_the_registry_s_words(connected: Connected) -> None:
    with registry() as made:
        with pytest.raises(NetworkError, match=r"answered 404 Not Found for manifest 1 of app: .*unknown") as caught:
            connected(made.host).manifest("1")
        assert (caught.value.hint, caught.value.status) == ("look at the name and the tag", 404)


def test_a_realm_without_tls_gets_nothing_from_a_registry_with_it(connected: Connected, tmp_path: Path) -> None:
    challenge = Header(name="WWW-Authenticate", value='Bearer realm="http://127.0.0.1:1/token"', times=ALWAYS)
    with registry([challenge], Bearer(), certificate(tmp_path)) as made:
        with pytest.raises(NetworkError, match=r"sends us on to 'http://127\.0\.0\.1:1/token'"):
            connected(made.host).has_blob(BLOB)
        assert all("authorization" not in seen.headers for seen in made.requests)


def test_a_challenge_after_a_redirect_is_not_about_us(connected: Connected) -> None:
    with registry(access=Bearer()) as other, registry() as made:
        made.fail(RedirectLoop(path="/v2/app/*"), Header(name="Location", value=f"{other.url}/v2/app/blobs/{BLOB}"))
        repository = connected(made.host)
        made.fail(Header(name="Location", value=f"{other.url}/v2/app/blobs/{BLOB}", path="/v2/app/*", times=ALWAYS))
        with pytest.raises(NetworkError, match=f"{other.host} answered 401"):
            b"".join(repository.blob(BLOB, 2))
        assert "GET /token" not in other.seen


@pytest.mark.parametrize("host", ["h.example:99999", "localhost:0", "[::::1:::]:5000"])
def test_what_can_be_no_host(connected: Connected, host: str) -> None:
    with pytest.raises(UsageError, match="is no host of a registry"):
        connected(host)
