"""Who signed, as gpgv says: keys made for the tests, and Debian's own."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from debian_archives import Key, gpg, keys
from shave.apt.signatures import Signed, verified
from shave.apt.signatures import keys as read
from shave.errors import CannotError

pytestmark = pytest.mark.oracle
TEXT = b"Origin: Test\nSuite: test\n- dashed\n"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Key, ...]]:
    with keys("owner", "other") as made:
        yield made


def signed(key: Key, place: Path, *options: str) -> bytes:
    release = place / "Release"
    release.write_bytes(TEXT)
    key.sign(release, *options)
    return (place / "InRelease").read_bytes()


def refused(message: bytes, keyring: str, *signers: str) -> str:
    with pytest.raises(CannotError) as raised:
        verified(message, read(keyring), signers, "it")
    return str(raised.value)


def test_what_was_signed_and_by_whom(both: tuple[Key, ...], tmp_path: Path) -> None:
    message = signed(both[0], tmp_path)
    for keyring in (str(both[0].public), both[0].public.read_text(), f"{both[1].public},{both[0].public}"):
        assert verified(message, read(keyring), (), "it") == Signed(TEXT, both[0].fingerprint)


def test_two_signatures_of_which_one_is_believed(both: tuple[Key, ...], tmp_path: Path) -> None:
    message = signed(both[0], tmp_path, "--local-user", both[1].fingerprint)
    for key in both:
        assert verified(message, read(str(key.public)), (), "it").signer == key.fingerprint
        everybody = ",".join(str(each.public) for each in both)
        assert verified(message, read(everybody), (key.fingerprint,), "it").signer == key.fingerprint


def test_ways_to_write_a_signer(both: tuple[Key, ...], tmp_path: Path) -> None:
    message, name = signed(both[0], tmp_path), both[0].fingerprint
    for signer in (name.lower(), f"0x{name}", " ".join((name[:20], name[20:])), f"{name}!", name[-16:]):
        assert verified(message, read(str(both[0].public)), (signer,), "it").signer == name
    assert "is signed by" in refused(message, str(both[0].public), both[1].fingerprint)


def test_a_subkey_counts_as_its_primary_unless_it_is_meant_alone(both: tuple[Key, ...], tmp_path: Path) -> None:
    with keys("main") as (key,):
        gpg(key.home, "--quick-add-key", key.fingerprint, "ed25519", "sign", "never")
        rows = gpg(key.home, "--list-keys", "--with-colons").splitlines()
        subkey = [row.split(":")[9] for row in rows if row.startswith("fpr:")][1]
        key.public.unlink()
        gpg(key.home, "--armor", "--output", str(key.public), "--export", key.fingerprint)
        message = signed(Key(key.home, f"{subkey}!", key.public), tmp_path)
        ring = read(str(key.public))
        for signer in (key.fingerprint, subkey, f"{subkey}!"):
            assert verified(message, ring, (signer,), "it").signer == key.fingerprint
        assert "is signed by" in refused(message, str(key.public), f"{key.fingerprint}!")


def test_what_is_refused(both: tuple[Key, ...], tmp_path: Path) -> None:
    message, ring = signed(both[0], tmp_path), str(both[0].public)
    assert "does not fit: it was altered" in refused(message.replace(b"Test", b"Tost"), ring)
    assert "not among those believed" in refused(message, str(both[1].public))
    assert refused(b"", ring) == "it is not signed"
    assert refused(TEXT, ring) == "it is not signed"
    assert refused(b"x\n" + message, ring) == "it is not signed"
    assert refused(message + message, ring) == "it is not signed"
    assert refused(message + b"Origin: x\n", ring) == "it is not believed: it does not end with its signature"
    assert "not end with" in refused(message.partition(b"-----BEGIN PGP SIGNATURE")[0], ring)
    assert "not safe" in refused(signed(both[0], tmp_path, "--digest-algo", "SHA1"), ring)


PAST = ("--faked-system-time", "20200101T000000!")


def exported(home: Path, name: str) -> Key:
    rows = gpg(home, "--list-keys", "--with-colons", name).splitlines()
    fingerprint = next(row.split(":")[9] for row in rows if row.startswith("fpr:"))
    public = home / "exported.asc"
    gpg(home, "--armor", "--output", str(public), "--export", fingerprint)
    return Key(home, fingerprint, public)


def test_a_key_that_has_expired(tmp_path: Path) -> None:
    with keys("new") as (key,):
        gpg(key.home, *PAST, "--quick-generate-key", "past", "ed25519", "sign", "1d")
        past = exported(key.home, "past")
        message = signed(past, tmp_path, *PAST)
        assert "the key that signed it has expired" in refused(message, str(past.public))


def test_a_key_that_was_revoked(tmp_path: Path) -> None:
    with keys("old") as (key,):
        message = signed(key, tmp_path)
        revocation = key.home / "openpgp-revocs.d" / f"{key.fingerprint}.rev"
        revocation.write_text(revocation.read_text().replace(":-----BEGIN", "-----BEGIN"))
        gpg(key.home, "--import", str(revocation))
        assert "the key that signed it was revoked" in refused(message, str(exported(key.home, "old").public))


@settings(max_examples=25)
@given(data=st.data())
def test_no_byte_can_be_changed(
    both: tuple[Key, ...], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    message = signed(both[0], tmp_path_factory.getbasetemp())
    text = message.index(TEXT[:6])
    at = data.draw(st.integers(text, message.index(b"- - dashed")))
    changed = message[:at] + bytes([message[at] ^ data.draw(st.integers(1, 255))]) + message[at + 1 :]
    with suppress(CannotError):  # spaces at the end of a line are not signed
        assert verified(changed, read(str(both[0].public)), (), "it").text == TEXT


def test_debians_own_keys_are_the_default() -> None:
    assert read("") == Path("/usr/share/keyrings/debian-archive-keyring.gpg").read_bytes()
    assert read("/etc/apt/trusted.gpg.d")


def test_keyrings_that_are_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for keyring in (str(tmp_path / "empty"), "-----BEGIN PGP PUBLIC KEY BLOCK-----\nnothing"):
        with pytest.raises(CannotError, match="there are no public keys"):
            read(keyring)
    with pytest.raises(CannotError, match="cannot be read: No such file"):
        read(str(tmp_path / "gone"))
