"""``--authfile`` and ``--insecure``: what a registry is shown and allowed, as seen from the shell.

0.0.0.0 is this machine under a name that is not loopback, so that nothing is allowed it unasked.
"""

import base64
import json
from pathlib import Path

import pytest

from cli import Shave
from registries import PASSWORD, USER, certificate
from shave.testing import image
from shave.testing.registry import Basic, Bearer, Registry, registry

MADE = image({"/etc/greeting": b"hello"}, config={"Cmd": ["/bin/sh"]})
BASIC = Basic({USER: PASSWORD})


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("REGISTRY_AUTH_FILE", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "HOME"


def outside(made: Registry) -> str:
    """The image's name under a host that is not loopback."""
    made.put(MADE, "app:1")
    return f"docker://{made.host.replace('127.0.0.1', '0.0.0.0')}/app:1"


def test_plain_http_elsewhere_must_be_allowed(shave: Shave) -> None:
    with registry() as made:
        name = outside(made)
        refused = shave("why", name, "/etc/greeting")
        assert refused.code == 3 and "does not speak TLS" in refused.err and "--insecure" in refused.err
        assert not made.requests
        assert shave("why", "--insecure", name, "/etc/greeting").code == 0


def test_a_certificate_that_nobody_vouches_for_must_be_allowed(shave: Shave, tmp_path: Path) -> None:
    with registry(tls=certificate(tmp_path)) as made:
        name = outside(made)
        refused = shave("why", name, "/etc/greeting")
        assert refused.code == 3 and "is not trusted: self-signed certificate" in refused.err
        assert "--insecure" in refused.err and not made.requests
        assert shave("why", name, "/etc/greeting", "--insecure").code == 0


def test_an_authority_of_ones_own_vouches(shave: Shave, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with registry(tls=(cert, key)) as made:
        name = outside(made)
        folder = tmp_path / "XDG_CONFIG_HOME/containers/certs.d" / name.split("/")[2]
        folder.mkdir(parents=True)
        (folder / "ca.crt").write_bytes(cert.read_bytes())
        assert shave("why", name, "/etc/greeting").code == 0


def test_credentials_come_from_the_file_that_is_given(shave: Shave, tmp_path: Path) -> None:
    with registry(access=BASIC) as made:
        made.put(MADE, "app:1")
        name = f"docker://{made.host}/app:1"
        refused = shave("why", name, "/etc/greeting")
        assert refused.code == 3 and "401" in refused.err and f"docker login {made.host}" in refused.err
        authfile = tmp_path / "auth.json"
        missing = shave("why", name, "/etc/greeting", "--authfile", str(authfile))
        assert missing.code == 3 and f"{authfile} cannot be read" in missing.err
        auth = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        authfile.write_text(json.dumps({"auths": {made.host: {"auth": auth}}}))
        done = shave("why", name, "/etc/greeting", "-v", "--authfile", str(authfile))
        assert done.code == 0
        assert not {PASSWORD, auth} & set((done.out + done.err).replace('"', " ").split())


@pytest.mark.parametrize("access", [BASIC, Bearer({USER: PASSWORD}, ())], ids=["basic", "bearer"])
def test_credentials_come_from_a_helper(
    shave: Shave, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, access: Basic | Bearer
) -> None:
    helper = tmp_path / "docker-credential-paper"
    answer = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\nread host\necho \"$host $*\" >> {tmp_path}/asked\necho '{answer}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.delenv("DOCKER_CONFIG")
    (home / ".docker").mkdir(parents=True)
    with registry(access=access) as made:
        made.put(MADE, "app:1")
        (home / ".docker/config.json").write_text(json.dumps({"credHelpers": {made.host: "paper"}}))
        done = shave("why", f"docker://{made.host}/app:1", "/etc/greeting", "-v")
        assert done.code == 0 and PASSWORD not in done.out + done.err
        assert (tmp_path / "asked").read_text() == f"{made.host} get\n"
