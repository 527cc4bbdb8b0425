"""Users and groups of a spec in the files that the C library reads, and who owns what is added."""

import subprocess
from pathlib import Path

import pytest

from shave.errors import CannotError, UsageError
from shave.origins.accounts import accounts, known, owner
from shave.spec import Group, Spec, User
from shave.stage import Made, Stage, made
from shave.tree import Entry

APP = User("app", 1000, home="/home/app", shell="/bin/sh", comment="The app")


def below(place: Path, *members: Made) -> Stage:
    return Stage((made("dpkg:base", "system", members, place / "below.tar"),))


def laid(spec: Spec, stage: Stage, place: Path) -> Stage:
    return stage.over(*accounts(spec, stage, place, 7_000_000_000))


def file(path: str, text: str) -> Made:
    return Entry(path, "file", size=len(text)), text.encode()


def test_users_with_their_groups_and_homes(tmp_path: Path) -> None:
    spec = Spec(users=(APP, User("nobody", 65534, gid=65534)), groups=(Group("nogroup", 65534, ("app",)),))
    stage = laid(spec, Stage(), tmp_path)
    assert stage.read("etc/passwd").decode().splitlines() == [
        "root:x:0:0:root:/root:/usr/sbin/nologin",
        "app:x:1000:1000:The app:/home/app:/bin/sh",
        "nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin",
    ]
    assert stage.read("etc/group").decode().splitlines() == ["root:x:0:", "app:x:1000:", "nogroup:x:65534:app"]
    assert stage.tree.get("home/app") == Entry("home/app", "directory", 0o700, 1000, 1000, 7_000_000_000)
    assert stage.tree.get("home") == Entry("home", "directory", 0o755, mtime=7_000_000_000)
    assert "nonexistent" not in stage.tree and stage.strata[0].unit == "spec:user"


@pytest.mark.oracle
def test_pwck_and_getent_find_nothing_wrong(tmp_path: Path) -> None:
    stage = laid(Spec(users=(APP,), groups=(Group("data", 50, ("app",)),)), Stage(), tmp_path)
    for name in ("passwd", "group"):
        (tmp_path / name).write_bytes(stage.read(f"etc/{name}"))
    checked = subprocess.run(["grpck", "-r", tmp_path / "group"], capture_output=True, text=True)
    assert checked.returncode in (0, 2), checked.stdout  # 2: the user "app" is not this machine's
    assert "invalid" not in checked.stdout
    checked = subprocess.run(["pwck", "-r", tmp_path / "passwd"], capture_output=True, text=True)
    assert "invalid" not in checked.stdout and "no matching group" not in checked.stdout.replace("app", "")


def test_what_is_there_is_extended(tmp_path: Path) -> None:
    passwd = file("etc/passwd", "root:x:0:0:root:/root:/bin/bash\napp:x:7:7::/:/bin/sh\n")
    stage = below(tmp_path, passwd, file("etc/group", "root:x:0:\n"), (Entry("bin", "symlink", link="usr/bin"), b""))
    stage = laid(Spec(users=(APP, User("daemon", 1, home="/usr/sbin"), User("bin", 2, home="/bin"))), stage, tmp_path)
    assert stage.read("etc/passwd").decode().splitlines()[:2] == [
        "root:x:0:0:root:/root:/bin/bash",
        "app:x:1000:1000:The app:/home/app:/bin/sh",
    ]
    assert "usr/sbin" not in stage.tree and stage.tree.get("bin") == Entry("bin", "symlink", 0o644, link="usr/bin")


def test_a_spec_without_users(tmp_path: Path) -> None:
    assert accounts(Spec(), Stage(), tmp_path, 0) == ()


@pytest.mark.parametrize(
    "user",
    [
        User("a:b", 1),
        User("", 1),
        User("a", 1, home="/\n"),
        User("a", -1),
        User("a", 1 << 32),
        User("a", 1, comment="x:y"),
    ],
)
def test_users_that_no_system_has(user: User, tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        accounts(Spec(users=(user,)), Stage(), tmp_path, 0)


def test_owners_by_name_and_by_number(tmp_path: Path) -> None:
    there = known(laid(Spec(users=(User("app", 1000, gid=50),), groups=(Group("data", 50),)), Stage(), tmp_path))
    assert owner(there, "app", "") == (1000, 50) == owner(there, "1000", "") == owner(there, "app", "data")
    assert owner(there, "77", "") == (77, 77) and owner(there, "", "") == (0, 0) and owner(there, "root", "3") == (0, 3)
    assert owner(known(Stage()), "root", "root") == (0, 0)
    with pytest.raises(CannotError, match="the image has no user 'www'") as caught:
        owner(there, "www", "")
    assert caught.value.hint == "it has root, app; others come with [[user]]"
    with pytest.raises(CannotError, match="the image has no group 'www'"):
        owner(there, "app", "www")
