"""Evidence recorded from one tree and applied to another."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from shave.evidence import Access, Evidence, EvidenceFile, How, Use, Version, unite_files
from shave.package import Package
from shave.recording import Applied, Moved, Stale, apply, record
from shave.tree import Entry, Kind, Node, Tree, parents

LIBC, FOO = Package("dpkg", "libc6:amd64", "2.36"), "dpkg:libfoo1:amd64"


def tree(*files: str, links: Mapping[str, str] = {}) -> Tree:
    kinds: dict[str, Kind] = {above: "directory" for path in (*files, *links) for above in parents(path)}
    kinds |= dict.fromkeys(files, "file") | dict.fromkeys(links, "symlink")
    entries = (Entry(path, kind, link=links.get(path, "")) for path, kind in sorted(kinds.items()))
    return Tree({entry.path: Node(entry, 0, (0, entry.path)) for entry in entries})


def seen(*accesses: tuple[str, How]) -> Evidence:
    return Evidence("sha256:1", "seccomp", tuple(Access(path, (how,), ("start",)) for path, how in sorted(accesses)))


def used(*paths: str, owner: str = "", version: str = "1.2") -> EvidenceFile:
    uses = tuple(Use(path, ("opened",), ("start",), (owner,) if owner else ()) for path in sorted(paths))
    return EvidenceFile(tracers=("seccomp",), versions=(Version(owner, version),) if owner else (), uses=uses)


def applied(file: EvidenceFile, where: Tree, *packages: Package) -> Applied:
    return apply(file, "sha256:2", where, packages)


def paths(found: Applied) -> list[str]:
    return [access.path for access in found.evidence.accesses]


def test_a_recording_names_owners_and_their_versions_only() -> None:
    merged = tree("usr/lib/libc.so.6", "app/run", links={"lib": "usr/lib"})
    libc = Package("dpkg", "libc6:amd64", "2.36", ("usr", "usr/lib", "usr/lib/libc.so.6"))
    evidence = seen(("/lib/libc.so.6", "opened"), ("/app/run", "executed"), ("/usr/lib", "listed"), ("/no", "absent"))
    file = record(evidence, "oci:app:1", merged, (libc, Package("dpkg", "other", "1", ("app",))))
    assert [(origin.image, origin.reference) for origin in file.origins] == [("sha256:1", "oci:app:1")]
    assert (file.tracers, file.versions) == (("seccomp",), (Version("dpkg:libc6:amd64", "2.36"),))
    assert [(use.path, use.how, use.owners) for use in file.uses] == [
        ("/app/run", ("executed",), ()),
        ("/lib/libc.so.6", ("opened",), ("dpkg:libc6:amd64",)),
        ("/usr/lib", ("listed",), ()),
    ]


def test_what_is_not_the_images_stands_as_the_directory_above() -> None:
    evidence = seen(
        ("/run/x/pid", "created"),
        ("/tmp/ab12", "created"),
        ("/tmp/ab12", "opened"),
        ("/mnt/a", "opened"),
        ("/n", "stat"),
    )
    file = record(evidence, "x", tree("tmp/keep", "mnt/keep", "srv/run/keep", links={"run": "srv/run"}), ())
    assert [(use.path, use.how) for use in file.uses] == [
        ("/", ("stat",)),
        ("/mnt", ("stat",)),
        ("/run", ("created",)),
        ("/tmp", ("created", "stat")),
    ]


def test_what_is_there_applies_as_it_is_whatever_its_version() -> None:
    file = used("/usr/lib/libfoo.so.1", owner=FOO)
    found = applied(
        file, tree("usr/lib/libfoo.so.1"), Package("dpkg", "libfoo1:amd64", "1.3", ("usr/lib/libfoo.so.1",))
    )
    assert (paths(found), found.moved, found.stale) == (["/usr/lib/libfoo.so.1"], (), ())
    assert (found.evidence.image, found.evidence.tracer) == ("sha256:2", "seccomp (earlier)")


def test_a_library_of_another_version_with_its_soname() -> None:
    new = Package("dpkg", "libfoo1:amd64", "1.3", ("usr/lib/libfoo.so.1", "usr/lib/libfoo.so.1.3", "usr/share/foo"))
    where = tree("usr/lib/libfoo.so.1.3", links={"usr/lib/libfoo.so.1": "libfoo.so.1.3", "lib": "usr/lib"})
    found = applied(used("/lib/libfoo.so.1.2", owner=FOO), where, new)
    assert found.moved == (
        Moved("/lib/libfoo.so.1.2", ("/usr/lib/libfoo.so.1.3",), (Version(FOO, "1.2"),), (Version(FOO, "1.3"),)),
    )
    assert paths(found) == ["/usr/lib/libfoo.so.1.3"]


def test_a_package_with_another_number_in_its_name() -> None:
    old, new = "dpkg:libfoo1.1:amd64", Package("dpkg", "libfoo3:amd64", "3.0", ("lib/libfoo.so.3", "lib/libfoo.so.3.0"))
    where = tree("lib/libfoo.so.3.0", links={"lib/libfoo.so.3": "libfoo.so.3.0"})
    found = applied(used("/lib/libfoo.so.1.1", owner=old), where, new)
    assert found.moved[0].to == ("/lib/libfoo.so.3.0",)
    assert found.moved[0].now == (Version("dpkg:libfoo3:amd64", "3.0"),)


def test_directories_named_by_version_and_files_with_numbers_of_their_own() -> None:
    old = [f"/usr/lib/python3.11/{name}" for name in ("utf_8.py", "utf_16.py", "gone_7.py", "x.cpython-311-amd64.so")]
    names = ("utf_8.py", "utf_16.py", "utf_32.py", "x.cpython-312-amd64.so")
    where = tree("usr/lib/python3/dist", *(f"usr/lib/python3.12/{name}" for name in names))
    new = Package("dpkg", "libpython3.12-stdlib", "3.12", tuple(sorted(where.nodes)))
    file = unite_files(used(*old, owner="dpkg:libpython3.11-stdlib"), used("/usr/lib/python3.11"))
    found = applied(file, where, new)
    assert paths(found) == [
        "/usr/lib/python3.12",
        *(f"/usr/lib/python3.12/{name}" for name in ("utf_16.py", "utf_8.py", "x.cpython-312-amd64.so")),
    ]
    assert [(gone.path, gone.reason) for gone in found.stale] == [("/usr/lib/python3.11/gone_7.py", "is gone")]


def test_what_no_package_brought_may_move_among_its_like() -> None:
    file = used("/venv/flask-2.3.1.dist-info/METADATA", "/app/cat.png")
    where = tree("venv/flask-3.0.dist-info/METADATA", "usr/share/cat.png")
    found = applied(file, where, Package("dpkg", "cats", "9", ("usr/share/cat.png",)))
    assert paths(found) == ["/venv/flask-3.0.dist-info/METADATA"]
    assert found.stale == (Stale("/app/cat.png", "is gone", (), ()),)


def test_what_may_be_one_of_several_is_not_guessed() -> None:
    where = tree("app/page-2.html", "app/page-3.html")
    found = applied(used("/app/page-1.html"), where)
    assert (paths(found), found.stale[0].reason) == ([], "may be one of 2 paths")


def test_a_package_that_is_gone_is_named() -> None:
    found = applied(used("/usr/bin/foo", owner="dpkg:foo"), tree("usr/bin/bar"), LIBC)
    assert found.stale == (Stale("/usr/bin/foo", "is gone", (Version("dpkg:foo", "1.2"),), ()),)


def test_evidence_of_two_builds_applies_once() -> None:
    file = unite_files(used("/lib/x-1.so", owner="dpkg:x"), used("/lib/x-2.so", owner="dpkg:x", version="2"))
    found = applied(file, tree("lib/x-2.so"), Package("dpkg", "x", "2", ("lib/x-2.so",)))
    assert (paths(found), found.stale) == (["/lib/x-2.so"], ())
    assert [version.version for version in found.moved[0].was] == ["1.2", "2"]


NAMES = st.sampled_from(["a", "b", "lib#", "lib1", "lib2", "x-1.2.so", "x-1.3.so"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)
TREES = st.sets(PATHS).map(
    lambda found: tree(*(path for path in found if not any(o.startswith(f"{path}/") for o in found)))
)
HOWS = st.sampled_from(["opened", "stat", "created", "absent"])


@given(TREES, st.dictionaries(PATHS.map("/".__add__), HOWS))
def test_its_own_image_has_all_that_was_recorded(where: Tree, accesses: dict[str, How]) -> None:
    evidence = seen(*accesses.items())
    found = applied(record(evidence, "x", where, ()), where)
    assert (found.moved, found.stale) == ((), ())
    there = {path for path, how in accesses.items() if how != "absent" and path[1:] in where}
    assert there <= set(paths(found)) <= {"/", *("/" + path for path in where.nodes)}


@given(TREES, TREES, st.dictionaries(PATHS.map("/".__add__), HOWS))
def test_every_path_is_there_or_moved_or_stale(where: Tree, other: Tree, accesses: dict[str, How]) -> None:
    file = record(seen(*accesses.items()), "x", where, ())
    found = applied(file, other)
    assert all(path == "/" or path[1:] in other for path in paths(found))
    told = {told.path for told in (*found.moved, *found.stale)}
    assert {use.path for use in file.uses} == told | {
        use.path for use in file.uses if use.path[1:] in other or use.path == "/"
    }
