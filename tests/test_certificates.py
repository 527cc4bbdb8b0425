"""Certificates as openssl reads them."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.certificates import certificates, subject_hash
from shave.errors import BadImageError

SUBJECTS = (
    "/CN=plain",
    "/C=HU/O=  NetLock   Kft. /CN=Főtanúsítvány  Ä",
    "/CN=UPPER case\tand  blanks",
    "/DC=org/DC=example/CN=several/CN=names",
    "/O=one+OU=two+CN=three",
    "/emailAddress=Root@Example.ORG",
)


def made(directory: Path, subject: str, mask: str = "utf8only") -> bytes:
    """A certificate for itself, whose texts are of one of OpenSSL's kinds; 0x800 is BMPString."""
    configuration = directory / "openssl.cnf"
    configuration.write_text(f"[req]\nstring_mask = {mask}\ndistinguished_name = name\n[name]\n")
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-utf8"]
    words += ["-keyout", "/dev/null", "-subj", subject, "-multivalue-rdn", "-config", str(configuration)]
    return subprocess.run(words, capture_output=True, check=True).stdout


def hashed(pem: bytes) -> str:
    ended = subprocess.run(["openssl", "x509", "-noout", "-subject_hash"], input=pem, capture_output=True, check=True)
    return ended.stdout.decode().strip()


@pytest.mark.oracle
@pytest.mark.parametrize("mask", ["utf8only", "default", "MASK:0x800"])
@pytest.mark.parametrize("subject", SUBJECTS)
def test_hashes_of_subjects_are_openssls(tmp_path: Path, subject: str, mask: str) -> None:
    pem = made(tmp_path, subject, mask)
    (only,) = certificates(pem)
    assert subject_hash(only) == hashed(pem)


@pytest.mark.oracle
def test_hashes_of_real_certificates_are_openssls() -> None:
    links = [path for path in Path("/etc/ssl/certs").iterdir() if path.suffix == ".0" and path.is_symlink()]
    assert len(links) > 50
    for link in links:
        (only,) = certificates(link.read_bytes())
        assert subject_hash(only) == link.stem


@given(st.binary(max_size=200))
def test_what_is_no_certificate_is_refused(data: bytes) -> None:
    with pytest.raises(BadImageError):
        subject_hash(data)


@given(
    st.binary(max_size=300).map(lambda data: b"-----BEGIN CERTIFICATE-----\n" + data + b"\n-----END CERTIFICATE-----")
)
def test_any_text_is_read(pem: bytes) -> None:
    certificates(pem)
