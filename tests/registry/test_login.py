"""What is shown to a registry that asks, and how often its token service is asked."""

from pathlib import Path

import pytest

from registry.conftest import Connected
from shave.net import NetworkError
from shave.oci import digest_of
from shave.testing.registry import ALWAYS, Basic, Bearer, Fault, Registry, Unauthorized, registry

USERS = {"ann": "se:cret"}
BLOB = digest_of(b"it")


def asked(made: Registry, path: str = "/token") -> list[str]:
    return [f"{seen.method} {seen.headers.get('authorization', '-')}" for seen in made.requests if seen.path == path]


@pytest.fixture
def authfile(tmp_path: Path) -> Path:
    return tmp_path / "auth.json"


def let_in(authfile: Path, made: Registry, entry: str = '"username": "ann", "password": "se:cret"') -> Path:
    authfile.write_text(f'{{"auths": {{"{made.host}": {{{entry}}}}}}}')
    return authfile


def test_nobody_asks(connected: Connected, authfile: Path) -> None:
    with registry() as made:
        connected(made.host, authfile=let_in(authfile, made)).has_blob(BLOB)
        assert {seen.headers.get("authorization") for seen in made.requests} == {None}


def test_a_password(connected: Connected, authfile: Path) -> None:
    with registry(access=Basic(USERS)) as made:
        made.repository("app").blobs[BLOB] = b"it"
        assert connected(made.host, authfile=let_in(authfile, made)).has_blob(BLOB)
        assert [seen.headers.get("authorization") for seen in made.requests] == [None, "Basic"]


def test_a_password_that_is_wrong_is_shown_once(connected: Connected, authfile: Path) -> None:
    with registry(access=Basic(USERS)) as made:
        entry = '"username": "ann", "password": "other"'
        repository = connected(made.host, authfile=let_in(authfile, made, entry))
        with pytest.raises(NetworkError, match="answered 401 Unauthorized for manifest 1 of app: auth") as caught:
            repository.manifest("1")
        assert caught.value.hint.startswith("the login of ann was refused: log in with docker login 127.0.0.1")
        assert "other" not in str(caught.value) + caught.value.hint
        assert len(made.requests) == 2


def test_a_password_that_nobody_has(connected: Connected) -> None:
    with registry(access=Basic(USERS)) as made:
        repository = connected(made.host)
        with pytest.raises(NetworkError, match="answered 401 Unauthorized"):
            repository.manifest("1")
        assert len(made.requests) == 2


def test_a_token_is_fetched_once_for_all_requests(connected: Connected) -> None:
    with registry(access=Bearer()) as made:
        repository = connected(made.host, actions="pull")
        for _ in range(3):
            repository.has_blob(BLOB)
        assert asked(made) == ["GET -"]
        issued = next(claims for claims in made._access.issued.values())  # type: ignore[union-attr]
        assert issued["access"] == [{"type": "repository", "name": "app", "actions": ["pull"]}]


def test_a_token_for_a_password(connected: Connected, authfile: Path) -> None:
    with registry(access=Bearer(USERS, ())) as made:
        made.repository("app").blobs[BLOB] = b"it"
        assert connected(made.host, authfile=let_in(authfile, made)).has_blob(BLOB)
        assert asked(made) == ["GET Basic"]


def test_a_token_for_an_identity_token(connected: Connected, authfile: Path) -> None:
    with registry(access=Bearer(USERS, (), {"who-i-am": "ann"})) as made:
        made.repository("app").blobs[BLOB] = b"it"
        entry = '"identitytoken": "who-i-am"'
        assert connected(made.host, authfile=let_in(authfile, made, entry)).has_blob(BLOB)
        assert asked(made) == ["POST -"]


def test_a_registry_token_is_shown_as_it_is(connected: Connected, authfile: Path) -> None:
    with registry(access=Bearer(USERS, ())) as made:
        repository = connected(made.host, authfile=let_in(authfile, made, '"registrytoken": "abc"'))
        with pytest.raises(NetworkError, match="401"):
            repository.manifest("1")
        assert [seen.headers.get("authorization") for seen in made.requests] == [None, "Bearer"]


def test_a_token_that_has_expired_is_changed_once(connected: Connected) -> None:
    with registry(access=Bearer()) as made:
        repository = connected(made.host, actions="pull")
        made.fail(Unauthorized(path="/v2/app/*"))
        assert not repository.has_blob(BLOB)
        assert asked(made) == ["GET -", "GET -"]


def test_a_short_token_is_fetched_when_it_is_needed(connected: Connected) -> None:
    with registry(access=Bearer(seconds=-5)) as made:
        repository = connected(made.host, actions="pull")
        with pytest.raises(NetworkError, match="401"):
            repository.has_blob(BLOB)
        assert len(asked(made)) == 2


def test_a_registry_that_disagrees_with_its_token_service(connected: Connected) -> None:
    with registry([Unauthorized(path="/v2/app/*", times=ALWAYS)], Bearer()) as made:
        repository = connected(made.host, actions="pull")
        with pytest.raises(NetworkError, match="answered 401"):
            repository.manifest("1")
        assert made.seen == ["GET /v2/", *["GET /token", "GET /v2/app/manifests/1"] * 2]


def test_a_token_service_that_refuses(connected: Connected, authfile: Path) -> None:
    with registry(access=Bearer(USERS, ())) as made:
        repository = connected(made.host, authfile=let_in(authfile, made, '"username": "ann", "password": "other"'))
        with pytest.raises(NetworkError, match="refuses the login of ann: wrong user, password or token") as caught:
            repository.manifest("1")
        assert "other" not in str(caught.value)
        assert len(asked(made)) == 1


class _Body(Fault, frozen=True, kw_only=True):
    body: bytes
    path: str = "/token"

    def after(self, answer):  # type: ignore[no-untyped-def]
        from msgspec.structs import replace

        return replace(answer, body=self.body)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"token": "a\\r\\nb: c"}', b'{"token": 3}', b"[" * 50_000, b" " * (1 << 17)]
)
def test_a_token_that_is_none(connected: Connected, body: bytes) -> None:
    with registry([_Body(body=body)], Bearer()) as made:
        with pytest.raises(NetworkError, match=r"gives no token|has more than") as caught:
            connected(made.host).has_blob(BLOB)
        assert "b: c" not in str(caught.value)


def test_an_access_token_is_one_too(connected: Connected) -> None:
    with registry([_Body(body=b'{"access_token": "abc", "token": null, "expires_in": null}')], Bearer()) as made:
        with pytest.raises(NetworkError):
            connected(made.host).manifest("1")
        assert "Bearer" in asked(made, "/v2/app/manifests/1")[0]
