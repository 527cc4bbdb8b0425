"""Of the files of two builds, what went must be what the findings said."""

from pathlib import Path

import pytest

from shave.catalog.explained import explain
from shave.events import silent
from shave.lint import About, LintFinding
from shave.rules.known import BuiltImage, Known
from shave.store import unpack
from shave.testing import Directory, File, Member, image
from shave.verbs.lint_trees import Compared, as_old, compare

BASE: dict[str, Member] = {"etc/conf": b"base"}
MADE: dict[str, Member] = {
    "srv": Directory(),
    "srv/app": File(b"app", 0o755),
    "srv/cache": Directory(),
    "srv/cache/one": b"one",
    "srv/cache/two": b"22",
}
STATUS = "Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n"
ABOUT = About("written", (1,), ("srv/cache/**",))


def compared(after: dict[str, Member], about: About | None = ABOUT, before: dict[str, Member] = MADE) -> Compared:
    """The builds of a base and one step."""
    one, two = (explain(image(BASE, layer), silent) for layer in (before, after))
    found = LintFinding("SHV999", "warning", "", 1, 0, 0, about=about)
    return compare(one, two, [found], Known(BuiltImage(one, {1: 1})))


def without(*names: str, **changed: Member) -> dict[str, Member]:
    return {name: member for name, member in MADE.items() if name not in names} | {
        f"srv/{name}": member for name, member in changed.items()
    }


def test_nothing_differs() -> None:
    assert compared(MADE) == Compared("same")


def test_what_went_was_said() -> None:
    assert compared(without("srv/cache", "srv/cache/one", "srv/cache/two")) == Compared("same", 2, 5)


def test_what_nobody_said_is_a_witness() -> None:
    found = compared(without("srv/app", "srv/cache/one"))
    assert (found.verdict, found.files, found.differing) == ("different", 1, 1)
    assert [(each.path, each.what, each.unpacked_bytes) for each in found.witnesses] == [("srv/app", "gone", 3)]


@pytest.mark.parametrize("about", [About("deleted", (1,)), About("again", (1,)), About("merged", (1,))])
def test_these_take_nothing_away_that_is_seen(about: About) -> None:
    assert compared(without("srv/cache/one"), about).verdict == "different"


@pytest.mark.parametrize(
    ("app", "verdict", "what"),
    [
        (File(b"app", 0o700), "different", "other mode"),
        (File(b"app", 0o755, uid=7), "different", "other owner"),
        (File(b"new", 0o755), "unknown", "other content"),
    ],
)
def test_what_is_otherwise(app: Member, verdict: str, what: str) -> None:
    found = compared(without(app=app))
    assert (found.verdict, [each.what for each in found.witnesses]) == (verdict, [what])


def test_what_came_is_seen() -> None:
    found = compared(without(more=b"more"))
    assert (found.verdict, [(each.path, each.what) for each in found.witnesses]) == ("unknown", [("srv/more", "added")])


def test_what_builds_date_and_draw_says_nothing() -> None:
    noise: dict[str, Member] = {"var/log/dpkg.log": b"1", "etc/machine-id": b"2", "var/cache/ldconfig/aux-cache": b"3"}
    assert compared(MADE, before=MADE | noise).verdict == "same"
    assert compared(dict.fromkeys(noise, b"other") | MADE, before=MADE | noise).verdict == "same"


def packages(version: str, *names: str) -> dict[str, Member]:
    """Installed packages with a file each, and what a script of theirs wrote."""
    status = "".join(STATUS.format(name=name, version=version) for name in names)
    files: dict[str, Member] = {f"usr/lib/{name}": f"{name} {version}".encode() for name in names}
    lists: dict[str, Member] = {f"var/lib/dpkg/info/{name}.list": f"/usr/lib/{name}\n".encode() for name in names}
    made: dict[str, Member] = {f"etc/{name}.made": b"by a script" for name in names}
    return {"var/lib/dpkg/status": status.encode(), **files, **lists, **made}


def test_with_a_package_goes_what_its_scripts_wrote() -> None:
    recommended = About("recommended", (1,))
    found = compared(packages("1", "one"), recommended, packages("1", "one", "two"))
    assert (found.verdict, found.files) == ("same", 3)
    lost = packages("1", "one") | {"usr/lib/one": b"one 1"}
    del lost["usr/lib/one"]
    found = compared(lost, recommended, packages("1", "one", "two"))
    assert [each.path for each in found.witnesses] == ["usr/lib/one"]


def test_an_archive_that_changed_meanwhile_is_a_note() -> None:
    found = compared(packages("2", "one"), before=packages("1", "one"))
    assert found.verdict == "same"
    assert found.notes == ("dpkg:one has another version: the archive changed meanwhile",)


def test_the_times_of_the_first_build(tmp_path: Path) -> None:
    old: dict[str, Member] = {"srv/page": File(b"page", mtime=1), "srv/app.py": File(b"", mtime=1)}
    new: dict[str, Member] = {"srv/page": File(b"page", mtime=2), "srv/app.py": File(b"", mtime=2), "srv/more": b""}
    built = [unpack(image(layer), tmp_path, silent) for layer in (old, new)]
    found = as_old(built[1], built[0])
    assert [found.tree.nodes[path].entry.mtime for path in ("srv/page", "srv/app.py")] == [
        built[0].tree.nodes["srv/page"].entry.mtime,
        built[1].tree.nodes["srv/app.py"].entry.mtime,
    ]
    assert "srv/more" in found.tree
    assert found.read("srv/page") == b"page"
