"""The little of X.509 that a directory of trusted certificates is made of: PEM, and OpenSSL's hash of the subject.

Sources: RFC 7468 (PEM), RFC 5280 and X.690 (DER), OpenSSL's crypto/x509/x_name.c (x509_name_canon),
openssl-rehash(1).
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator

from shave.errors import BadImageError

_PEM = re.compile(rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)-----END")
_SPACES = re.compile(rb"[ \t\n\v\f\r]+")
_SEQUENCE, _SET, _EXPLICIT_0 = 0x30, 0x31, 0xA0
_UTF8 = 0x0C
_TEXTS: dict[int, Callable[[bytes], str]] = {
    _UTF8: lambda data: data.decode("utf-8"),
    0x13: lambda data: data.decode("latin-1"),  # PrintableString
    0x14: lambda data: data.decode("latin-1"),  # T61String, which OpenSSL takes for this
    0x16: lambda data: data.decode("latin-1"),  # IA5String
    0x1A: lambda data: data.decode("latin-1"),  # VisibleString
    0x1C: lambda data: data.decode("utf-32-be"),  # UniversalString
    0x1E: lambda data: data.decode("utf-16-be"),  # BMPString
}


def certificates(pem: bytes) -> list[bytes]:
    """The certificates (DER) of a PEM file, in order."""
    found = []
    for match in _PEM.finditer(pem):
        try:
            found.append(base64.b64decode(match[1]))
        except binascii.Error:
            continue
    return found


def subject_hash(certificate: bytes) -> str:
    """Eight hex digits, as ``openssl x509 -subject_hash`` prints them. Raises BadImageError if it is no certificate."""
    try:
        canonical = b"".join(_relative(each) for _, each in _children(_subject(certificate)))
    except (IndexError, ValueError, StopIteration) as error:
        raise BadImageError("a certificate's subject cannot be read") from error
    return hashlib.sha1(canonical).digest()[3::-1].hex()


def _subject(certificate: bytes) -> bytes:
    """Of the fields of a TBSCertificate the fifth, behind a version that may be left out."""
    fields = _children(next(_children(next(_children(certificate))[1]))[1])
    return [each for tag, each in fields if tag != _EXPLICIT_0][4]


def _relative(attributes: bytes) -> bytes:
    """A RelativeDistinguishedName in canonical form."""
    members = []
    for _, attribute in _children(attributes):
        (kind, name), (tag, value) = list(_children(attribute))[:2]
        members.append(_encoded(_SEQUENCE, _encoded(kind, name) + _canonical(tag, value)))
    return _encoded(_SET, b"".join(sorted(members)))


def _canonical(tag: int, value: bytes) -> bytes:
    """Texts as UTF-8, in lower case where ASCII, blanks trimmed and of several one (asn1_string_canon)."""
    if tag not in _TEXTS:
        return _encoded(tag, value)
    plain = _TEXTS[tag](value).encode("utf-8")
    return _encoded(_UTF8, _SPACES.sub(b" ", plain.strip(b" \t\n\v\f\r")).lower())


def _children(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tags and contents of the elements that stand one after the other."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if not 0 < count < 5:
                raise ValueError("a length that DER does not have")
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data):
            raise ValueError("an element longer than what holds it")
        yield tag, data[at : at + length]
        at += length


def _encoded(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content
