"""Who signed the Release file of an archive: gpgv says so, and only what it verified is read on.

Sources: gpgv(1); doc/DETAILS of GnuPG, "Format of the --status-fd output"; RFC 9580, 6 (armour) and 9.5 (hashes).
"""

import os
import re
import shutil
import subprocess
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from shave.errors import CannotError

_DEBIAN = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_TRUSTED = Path("/etc/apt/trusted.gpg.d")
_ARMOUR = re.compile(
    rb"-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(?:[^\r\n]+\r?\n)*\r?\n([A-Za-z0-9+/=\s]+?)(?:=[A-Za-z0-9+/]{4}\s*)?"
    rb"-----END PGP PUBLIC KEY BLOCK-----"
)
_KEYRING_BYTES = 16 << 20
_HEADER = b"-----BEGIN PGP SIGNED MESSAGE-----"
_END = b"-----END PGP SIGNATURE-----"
# MD5, SHA-1 and RIPEMD-160 are no proof any more, as apt has it too (apt-secure(8))
_WEAK = ("1", "2", "3")
_JUDGED = {
    "GOODSIG": "",
    "BADSIG": "its signature by {} does not fit: it was altered",
    "EXPSIG": "its signature by {} has expired",
    "EXPKEYSIG": "the key that signed it has expired: {}",
    "REVKEYSIG": "the key that signed it was revoked: {}",
    "ERRSIG": "it is signed by a key that is not among those believed: {}",
}


class Signed(Struct, frozen=True):
    """What was signed, without the signature, and the fingerprint of the primary key of who signed it."""

    text: bytes
    signer: str


class _Signature(Struct, frozen=True):
    """One signature: gpgv's judgement and its words on the signer, and the fields of VALIDSIG, if that came."""

    judgement: str
    who: str
    fields: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """By a key that is believed, now, over these bytes."""
        return self.judgement == "GOODSIG" and len(self.fields) >= 10 and self.fields[7] not in _WEAK

    def is_by(self, signer: str) -> bool:
        """Whether ``signer`` is its key, or the primary of that; only the key itself if it ends with "!" (apt's)."""
        names = (self.fields[0],) if signer.endswith("!") else (self.fields[0], self.fields[9])
        return any(name.endswith(signer.rstrip("!")) for name in names)


def keys(keyring: str) -> bytes:
    """Public keys, as gpgv reads them, of ``keyring``: a block of keys, or the paths of files and directories, parted
    by commas; by default Debian's own. Raises CannotError if there are none.
    """
    if "-----BEGIN" in keyring:
        found = _binary(keyring.encode())
    else:
        places = [Path(name) for name in keyring.split(",")] if keyring else [_DEBIAN if _DEBIAN.exists() else _TRUSTED]
        found = b"".join(map(_read, places))
    if not found:
        hint = "install debian-archive-keyring, or name a keyring: [[archive]] keyring = FILE"
        raise CannotError(f"there are no public keys in {keyring or _TRUSTED}", hint)
    return found


def verified(message: bytes, believed: bytes, signers: Sequence[str], what: str) -> Signed:
    """What a clear-signed ``message`` says if a key of ``believed`` signed it, and one of ``signers`` if there are any.

    Raises CannotError that begins with ``what``.
    """
    # one message and nothing around it: of several gpgv would tell as of one (https://gpg.fail/)
    if not (message.startswith(_HEADER) and message.count(b"\n" + _HEADER) == 0):
        raise _unbelieved(None, what)
    if not message.rstrip().endswith(b"\n" + _END):
        raise CannotError(f"{what} is not believed: it does not end with its signature", "do not trust this mirror")
    text, status = _gpgv(message, believed)
    found = tuple(_signatures(status))
    bad = next((each for each in found if each.judgement == "BADSIG"), None)
    good = [each for each in found if each.is_good]
    if bad or not good:
        raise _unbelieved(bad or (found[0] if found else None), what)
    wanted = tuple(re.sub(r"\s", "", signer).upper().removeprefix("0X") for signer in signers)
    by = next((each for each in good if not wanted or any(map(each.is_by, wanted))), None)
    if by is None:
        hint = "its signers list who is believed: is this the archive that you mean?"
        raise CannotError(f"{what} is signed by {good[0].fields[9]}, not by {' or '.join(wanted)}", hint)
    return Signed(text, by.fields[9])


def _unbelieved(signature: _Signature | None, what: str) -> CannotError:
    if signature is None:
        return CannotError(f"{what} is not signed", "only signed archives are believed")
    words = _JUDGED[signature.judgement].format(signature.who) or "it is signed with a hash that is not safe"
    hint = "do not trust this mirror, or name the keyring that its keys are in: [[archive]] keyring = FILE"
    return CannotError(f"{what} is not believed: {words}", hint)


def _gpgv(message: bytes, believed: bytes) -> tuple[bytes, str]:
    """What gpgv writes: the text, and its status. Nothing touches the disk."""
    gpgv = shutil.which("gpgv")
    if not gpgv:
        raise CannotError("gpgv is not installed, and nothing unsigned is believed", "install it: apt-get install gpgv")
    with ExitStack() as closing:
        keyring, status = (
            closing.enter_context(os.fdopen(os.memfd_create(name), "w+b")) for name in ("keys", "status")
        )
        keyring.write(believed)
        keyring.flush()
        numbers = (keyring.fileno(), status.fileno())
        words = (
            "--homedir",
            "/nonexistent",
            "--keyring",
            f"/proc/self/fd/{numbers[0]}",
            "--status-fd",
            str(numbers[1]),
        )
        ended = subprocess.run(
            (gpgv, *words, "--output", "-", "-"), input=message, capture_output=True, pass_fds=numbers, check=False
        )
        status.seek(0)
        return ended.stdout, status.read().decode("utf-8", "replace")


def _signatures(status: str) -> Iterator[_Signature]:
    """One for each NEWSIG, which begins what gpgv says of a signature."""
    for said in status.split("[GNUPG:] NEWSIG")[1:]:
        rows = [line.split()[1:] for line in said.splitlines() if line.startswith("[GNUPG:] ")]
        judged = next((row for row in rows if row and row[0] in _JUDGED), None)
        valid = next((row for row in rows if row and row[0] == "VALIDSIG"), ())
        if judged:
            who = judged[1] if judged[0] == "ERRSIG" else " ".join(judged[2:])
            yield _Signature(judged[0], who[:200], tuple(valid[1:]))


def _read(place: Path) -> bytes:
    """Keys of a file, or of all key files of a directory."""
    try:
        if place.is_dir():
            return b"".join(_read(path) for path in sorted(place.iterdir()) if path.suffix in (".gpg", ".asc", ".pgp"))
        with place.open("rb") as file:
            return _binary(file.read(_KEYRING_BYTES))
    except OSError as error:
        raise CannotError(f"the keyring {place} cannot be read: {error.strerror or error}", "is it there?") from error


def _binary(data: bytes) -> bytes:
    """Keys without their armour; gpgv reads none."""
    if not data.lstrip().startswith(b"-----BEGIN"):
        return data
    return b"".join(b64decode(re.sub(rb"\s", b"", block[1])) for block in _ARMOUR.finditer(data))
