"""Keystores as keytool reads them."""

import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.certificates import certificates
from shave.keystore import keystore

PEM = sorted(Path("/etc/ssl/certs").glob("*.pem"))[:3]


@pytest.mark.oracle
def test_keytool_lists_what_is_in(tmp_path: Path) -> None:
    trusted = {f"debian:{path.name}": certificates(path.read_bytes())[0] for path in PEM}
    trusted["Főtanúsítvány"] = trusted[f"debian:{PEM[0].name}"]
    place = tmp_path / "cacerts"
    place.write_bytes(keystore(trusted, 1_700_000_000_000))
    command = ["keytool", "-J-Dfile.encoding=UTF-8", "-J-Duser.language=en", "-list", "-keystore", place]
    ended = subprocess.run([*command, "-storepass", "changeit"], capture_output=True, text=True, check=True)
    assert "contains 4 entries" in ended.stdout
    for alias, certificate in trusted.items():
        digest = sha256(certificate).hexdigest().upper()
        assert ":".join(digest[at : at + 2] for at in range(0, 64, 2)) in ended.stdout
        assert not alias.isascii() or alias.lower() in ended.stdout


@given(st.dictionaries(st.text(max_size=5).map(str.lower), st.binary(max_size=9), max_size=4))
def test_the_order_of_what_is_given_does_not_matter(trusted: dict[str, bytes]) -> None:
    backwards = dict(reversed(trusted.items()))
    assert keystore(trusted, 0) == keystore(backwards, 0)
