"""Who is this machine, and which certificates count for whom."""

import ssl
import subprocess
from pathlib import Path

import pytest

from shave import tls
from shave.errors import CannotError


@pytest.mark.parametrize(
    ("host", "near"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("10.0.0.1", False),
        ("", False),
    ],
)
def test_loopback(host: str, near: bool) -> None:
    assert tls.loopback(host) is near


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    made = tmp_path / "containers/certs.d/h:5000"
    made.mkdir(parents=True)
    return made


def test_what_is_checked(folder: Path) -> None:
    assert tls.context("h:5000", False).verify_mode == ssl.CERT_REQUIRED
    assert tls.context("h:5000", True).verify_mode == ssl.CERT_NONE


def test_an_authority_and_a_client_certificate(folder: Path) -> None:
    pair = ["-keyout", folder / "client.key", "-out", folder / "client.cert"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=it", *pair],
        check=True,
        capture_output=True,
    )
    (folder / "ca.crt").write_bytes((folder / "client.cert").read_bytes())
    subjects = [dict(pair for (pair,) in found["subject"]) for found in tls.context("h:5000", False).get_ca_certs()]
    assert {"commonName": "it"} in subjects
    assert {"commonName": "it"} not in [
        dict(pair for (pair,) in found["subject"]) for found in tls.context("h:5001", False).get_ca_certs()
    ]


def test_a_certificate_that_is_none(folder: Path) -> None:
    (folder / "ca.crt").write_text("hello")
    with pytest.raises(CannotError, match="h:5000 cannot be read"):
        tls.context("h:5000", False)


def test_a_client_certificate_without_its_key(folder: Path) -> None:
    (folder / "client.cert").write_text("hello")
    with pytest.raises(CannotError, match="h:5000 cannot be read"):
        tls.context("h:5000", False)
