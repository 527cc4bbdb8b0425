"""The text of an evidence file: one fact a line, in any order, any number of times (docs/evidence.md).

A line is a word and fields, with tabs between. That is all there is to merging: the lines of two files together are
the file of both. What is not printable ASCII, and backslash and comma, are written ``\\xNN``, a byte each: every path
survives, and none can look like another line.
"""

import re
from collections.abc import Iterator
from typing import get_args

from shave.errors import UsageError
from shave.evidence import EvidenceFile, How, Origin, Use, Version, unite_files

SCHEMA = "# shave.evidence-file/v1"
_FAMILY = "# shave.evidence-file/"
_NONE = "-"
_HOW: tuple[How, ...] = get_args(How)
_FIELDS = {"image": 2, "package": 2, "tracer": 1, "used": 4}
_STRANGE = re.compile(rb"[^ -~]|[\\,]")
_ESCAPED = re.compile(rb"\\(?:x([0-9a-f]{2}))?")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


def write(file: EvidenceFile) -> bytes:
    """The file's lines, each once, sorted by their bytes; the schema is the first."""
    lines = {"\t".join((word, *map(_escaped, fields))) for word, *fields in _facts(file)}
    lines |= {_used(use) for use in file.uses}
    return "".join(f"{line}\n" for line in (SCHEMA, *sorted(lines))).encode("ascii")


def _facts(file: EvidenceFile) -> Iterator[tuple[str, ...]]:
    yield from (("image", origin.image, origin.reference) for origin in file.origins)
    yield from (("package", version.unit, version.version) for version in file.versions)
    yield from (("tracer", tracer) for tracer in file.tracers)


def _used(use: Use) -> str:
    return "\t".join(("used", _escaped(use.path), *map(_list, (use.how, use.probes, use.owners))))


def _list(items: tuple[str, ...]) -> str:
    return ",".join(map(_escaped, items)) or _NONE


def _escaped(text: str) -> str:
    if text == _NONE:
        return r"\x2d"
    data = text.encode("utf-8", "surrogateescape")
    return _STRANGE.sub(lambda found: f"\\x{found[0][0]:02x}".encode(), data).decode("ascii")


def read(data: bytes, name: str) -> EvidenceFile:
    """What the file ``name`` says. Raises UsageError naming the line if it is no evidence file of this version."""
    lines = [line.removesuffix(b"\r") for line in data.split(b"\n")]
    if SCHEMA.encode() not in lines:
        raise UsageError(f"{name} is no evidence file: no line says {SCHEMA!r}", "shave trace --evidence makes one")
    return unite_files(EvidenceFile(), *_read(lines, name))


def _read(lines: list[bytes], name: str) -> Iterator[EvidenceFile]:
    for number, line in enumerate(lines, 1):
        try:
            if line and not line.startswith(b"#"):
                yield _fact(line.decode("ascii").split("\t"))
            elif line.startswith(_FAMILY.encode()) and line != SCHEMA.encode():
                raise ValueError("is of another version of the format")
        except ValueError as error:
            what = "is not ASCII" if isinstance(error, UnicodeDecodeError) else error
            raise UsageError(f"{name}: line {number} {what}", _hint(line)) from None


def _hint(line: bytes) -> str:
    if line.startswith(tuple(mark.encode() for mark in _CONFLICT)):
        return "keep all lines of a conflict and delete its marks; merge=union in .gitattributes does that"
    return "see docs/evidence.md for the lines there are"


def _fact(fields: list[str]) -> EvidenceFile:
    word, *rest = fields
    if word not in _FIELDS:
        raise ValueError(f"begins with {word[:40]!r}: expected one of {', '.join(_FIELDS)}")
    if len(rest) != _FIELDS[word] or not all(rest):
        raise ValueError(f"has {len(rest)} fields: expected {_FIELDS[word]} for {word!r}, none empty")
    if word == "image":
        return EvidenceFile(origins=(Origin(*map(_plain, rest)),))
    if word == "package":
        return EvidenceFile(versions=(Version(*map(_plain, rest)),))
    if word == "tracer":
        return EvidenceFile(tracers=(_plain(rest[0]),))
    return EvidenceFile(uses=(_use(*rest),))


def _use(path: str, how: str, probes: str, owners: str) -> Use:
    plain = _plain(path)
    if not plain.startswith("/") or "\0" in plain:
        raise ValueError(f"has the path {path[:40]!r}: expected an absolute one")
    strange = [word for word in _items(how) if word not in _HOW]
    if strange:
        raise ValueError(f"says {strange[0][:40]!r}: expected some of {', '.join(_HOW)}")
    known = tuple(word for word in _HOW if word in _items(how))
    return Use(plain, known, _items(probes), _items(owners))


def _items(text: str) -> tuple[str, ...]:
    if text == _NONE:
        return ()
    found = tuple(_plain(item) for item in text.split(","))
    if not all(found):
        raise ValueError(f"has an empty item in {text[:40]!r}")
    return found


def _plain(text: str) -> str:
    """The text that was escaped."""

    def byte(found: re.Match[bytes]) -> bytes:
        if not found[1]:
            raise ValueError(f"has a stray backslash in {text[:40]!r}: a byte is written \\xNN")
        return bytes.fromhex(found[1].decode())

    return _ESCAPED.sub(byte, text.encode("ascii")).decode("utf-8", "surrogateescape")
