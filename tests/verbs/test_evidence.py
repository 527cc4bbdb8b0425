"""What is told of evidence that comes from another build."""

from pathlib import Path

from shave.events import Event, Remark
from shave.evidence import EvidenceFile, Use, Version
from shave.store import unpack
from shave.testing import image
from shave.verbs.evidence import carried_over, change

STATUS = b"Package: libfoo2\nVersion: 2.0\nStatus: install ok installed\n"


def test_what_moved_and_what_is_stale_is_told(tmp_path: Path) -> None:
    made = image(
        {
            "/usr/lib/libfoo.so.2": b"",
            "/var/lib/dpkg/status": STATUS,
            "/var/lib/dpkg/info/libfoo2.list": b"/usr/lib/libfoo.so.2\n",
        }
    )
    uses = [Use(f"/gone/{letter}", ("stat",), ("start",)) for letter in "abcd"]
    uses += [Use("/usr/lib/libfoo.so.1", ("opened",), ("start",), ("dpkg:libfoo1",))]
    file = EvidenceFile(versions=(Version("dpkg:libfoo1", "1.0"),), uses=tuple(uses))
    heard: list[Event] = []
    applied = carried_over(file, unpack(made, tmp_path, heard.append), heard.append)
    assert [access.path for access in applied.evidence.accesses] == ["/usr/lib/libfoo.so.2"]
    assert [(event.level, event.text) for event in heard if isinstance(event, Remark)] == [
        ("info", "evidence: 1 path has another name in this image: 1 of dpkg:libfoo1 1.0 → dpkg:libfoo2 2.0"),
        *(("warning", f"evidence: /gone/{letter} is gone") for letter in "abc"),
        ("warning", "evidence: 1 more path is stale (--format json has all)"),
    ]


def test_changes_of_owners() -> None:
    old, new, other = Version("dpkg:foo", "1"), Version("dpkg:foo", "2"), Version("dpkg:foo3", "3")
    assert change((), ()) == ""
    assert change((old,), (old,)) == "dpkg:foo 1"
    assert change((old,), (new,)) == "dpkg:foo 1 → 2"
    assert change((old, new), (other,)) == "dpkg:foo 1, dpkg:foo 2 → dpkg:foo3 3"
    assert change((old,), ()) == "dpkg:foo 1 → not installed"
