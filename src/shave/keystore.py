"""Java's keystore of trusted certificates, in the format JKS that every JDK reads.

Source: sun.security.provider.JavaKeyStore of OpenJDK; the password only guards against damage, and is public.
"""

import hashlib
import struct
from collections.abc import Mapping

_MAGIC, _VERSION, _TRUSTED = 0xFEEDFEED, 2, 2
_SALT = b"Mighty Aphrodite"
PASSWORD = "changeit"


def keystore(certificates: Mapping[str, bytes], milliseconds: int, password: str = PASSWORD) -> bytes:
    """The file for certificates (DER) by alias, all of them added at one time (since the epoch)."""
    entries = sorted((alias.lower(), certificate) for alias, certificate in certificates.items())
    data = struct.pack(">III", _MAGIC, _VERSION, len(entries))
    data += b"".join(_entry(alias, certificate, milliseconds) for alias, certificate in entries)
    return data + hashlib.sha1(password.encode("utf-16-be") + _SALT + data).digest()


def _entry(alias: str, certificate: bytes, milliseconds: int) -> bytes:
    kind, time = struct.pack(">I", _TRUSTED), struct.pack(">Q", milliseconds)
    return kind + _utf(alias) + time + _utf("X.509") + struct.pack(">I", len(certificate)) + certificate


def _utf(string: str) -> bytes:
    """DataOutput.writeUTF: two bytes of length; zero and what is beyond the first plane are written otherwise."""
    units = string.encode("utf-16-be", "surrogatepass")
    data = b"".join(_unit(units[at] << 8 | units[at + 1]) for at in range(0, len(units), 2))
    return struct.pack(">H", len(data)) + data


def _unit(unit: int) -> bytes:
    return b"\xc0\x80" if unit == 0 else chr(unit).encode("utf-8", "surrogatepass")
