"""Users and groups of services, beside the tools that make them."""

import subprocess
from pathlib import Path

import pytest

from shave.accounts import Accounts, parsed
from shave.maintainer.protocol import Call
from shave.maintainer.users import Users
from shave.stage import Stage
from shave.testing.builder import Directory, File, Member
from stages import called, scripted, staged

MASTERS = Path("/usr/share/base-passwd")
BASE: dict[str, Member] = {
    "/usr/share/base-passwd/passwd.master": File((MASTERS / "passwd.master").read_bytes()),
    "/usr/share/base-passwd/group.master": File((MASTERS / "group.master").read_bytes()),
}
SHADOW: dict[str, Member] = {"/usr/bin/passwd": File(b"", 0o4755)}


def accounts(stage: Stage, *calls: list[str | None]) -> Accounts:
    made = called(Users(), stage, *calls)
    files = [made[path] for path in ("etc/passwd", "etc/group")]
    assert all(isinstance(file, File) for file in files)
    return parsed(*(file.data for file in files if isinstance(file, File)))


def test_base_passwds_users_come_without_a_call(tmp_path: Path) -> None:
    made = called(Users(), staged(tmp_path, {"base-passwd": BASE}))
    assert made["etc/passwd"] == File((MASTERS / "passwd.master").read_bytes().replace(b":*:", b":x:"))
    assert made["etc/group"] == File((MASTERS / "group.master").read_bytes().replace(b":*:", b":x:"))
    assert "etc/shadow" not in made


@pytest.mark.oracle
@pytest.mark.parametrize(
    "call",
    [
        ["useradd", "-r", "-u", "310", "-U", "-d", "/var/lib/a", "-s", "/bin/false", "-c", "A service", "one"],
        ["useradd", "-u", "311", "-g", "www-data", "-G", "audio,video", "-M", "one"],
        ["useradd", "--system", "--uid=312", "--gid", "33", "--home-dir=/srv", "--no-create-home", "one"],
        ["groupadd", "-r", "-g", "313", "one"],
        ["usermod", "-aG", "audio,video", "www-data"],
        ["usermod", "-d", "/srv", "-s", "/bin/sh", "-g", "audio", "www-data"],
        ["gpasswd", "-a", "www-data", "audio"],
    ],
)
def test_numbers_that_are_given_are_the_tools(call: list[str | None], tmp_path: Path) -> None:
    stage = staged(tmp_path, {"base-passwd": BASE})
    etc = tmp_path / "root/etc"
    etc.mkdir(parents=True)
    for name in ("passwd", "group"):
        (etc / name).write_bytes((MASTERS / f"{name}.master").read_bytes().replace(b":*:", b":x:"))
    (etc / "default").mkdir()
    (etc / "default/useradd").write_text("SHELL=/bin/sh\n")  # as the passwd package ships it
    prefix = ["-Q" if call[0] == "gpasswd" else "--prefix", str(tmp_path / "root")]
    words = [word or "" for word in call]
    subprocess.run([words[0], *prefix, *words[1:]], capture_output=True, check=True)
    theirs = parsed((etc / "passwd").read_bytes(), (etc / "group").read_bytes())
    assert accounts(stage, call) == theirs


def test_adduser_gives_a_system_user_the_first_free_number(tmp_path: Path) -> None:
    """100 is the group "users"."""
    words = ["adduser", "--system", "--group", "--quiet", "--home", "/var/lib/one", "--gecos", "The one", "one"]
    found = accounts(staged(tmp_path, {"base-passwd": BASE}), words, ["addgroup", "--system", "two"])  # type: ignore[list-item]
    one = found.users["one"]
    assert (one.uid, one.gid, one.comment, one.home) == (101, 101, "The one", "/var/lib/one")
    assert (one.shell, found.groups["one"].gid, found.groups["two"].gid) == ("/usr/sbin/nologin", 101, 102)


def test_without_a_group_a_system_user_is_in_nogroup(tmp_path: Path) -> None:
    found = accounts(staged(tmp_path, {"one": {"/a": b""}}), ["adduser", "--system", "one"])
    assert found.users["one"].gid == found.groups["nogroup"].gid == 65534
    assert list(found.users) == ["root", "one"]


def test_homes_are_made_as_the_tools_make_them(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"base-passwd": BASE})
    made = called(
        Users(),
        stage,
        ["adduser", "--system", "--group", "--home", "/var/lib/one", "one"],
        ["adduser", "--system", "--no-create-home", "--home", "/var/lib/two", "two"],
        ["useradd", "-r", "-d", "/var/lib/three", "three"],
        ["useradd", "-r", "-m", "-d", "/var/lib/four", "-U", "four"],
    )
    assert [path for path in made if path.startswith("var/lib/")] == ["var/lib/one", "var/lib/four"]
    assert made["var/lib/one"] == Directory(0o755, 101, 101)


def test_users_of_the_spec_stay_and_are_not_doubled(tmp_path: Path) -> None:
    own: dict[str, Member] = {
        "/etc/passwd": File(b"root:x:0:0:root:/root:/bin/sh\napp:x:100:100::/app:/bin/sh\n"),
        "/etc/group": File(b"root:x:0:\napp:x:100:\n"),
    }
    found = accounts(staged(tmp_path, {"base-passwd": BASE, "spec": own}), ["adduser", "--system", "--group", "one"])
    assert found.users["app"].uid == 100 and found.users["one"].uid == 101
    assert found.users["root"].shell == "/bin/sh" and "www-data" in found.users


def test_members_of_a_group_that_a_later_package_makes(tmp_path: Path) -> None:
    found = accounts(
        staged(tmp_path, {"base-passwd": BASE}),
        ["adduser", "--system", "one"],
        ["adduser", "one", "certificates"],
        ["addgroup", "--system", "certificates"],
    )
    assert found.groups["certificates"].members == ("one",)


def test_shadow_files_where_the_passwd_package_is(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"base-passwd": BASE, "passwd": SHADOW})
    made = called(Users(), stage, ["adduser", "--system", "one"])
    shadow = made["etc/shadow"]
    assert isinstance(shadow, File)
    assert (shadow.mode, shadow.uid, shadow.gid) == (0o640, 0, 42)
    assert shadow.data.splitlines()[-1] == b"one:!::0:99999:7:::"
    assert len(shadow.data.splitlines()) == len((MASTERS / "passwd.master").read_text().splitlines()) + 1


CONFIGURED = b"""# of a service
u one 320 "The one" /var/lib/one /bin/sh
u two 321:33 - - -
g three 322
u four - "No number"
m one three
r - 500-900
broken
"""


@pytest.mark.oracle
@pytest.mark.root
def test_sysusers_are_systemds(tmp_path: Path) -> None:
    image: dict[str, Member] = BASE | {"/usr/lib/sysusers.d/one.conf": File(CONFIGURED)}
    found = accounts(staged(tmp_path, {"base-passwd": image}), ["systemd-sysusers", "one.conf"])
    root = tmp_path / "root"
    (root / "usr/lib/sysusers.d").mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "usr/lib/sysusers.d/one.conf").write_bytes(CONFIGURED.replace(b"broken\n", b""))
    for name in ("passwd", "group"):
        (root / "etc" / name).write_bytes((MASTERS / f"{name}.master").read_bytes().replace(b":*:", b":x:"))
    subprocess.run(["systemd-sysusers", f"--root={root}", "one.conf"], capture_output=True, check=True)
    theirs = parsed((root / "etc/passwd").read_bytes(), (root / "etc/group").read_bytes())
    assert {name: user for name, user in found.users.items() if name != "four"} == {
        name: user for name, user in theirs.users.items() if name != "four"
    }
    assert found.users["four"].uid == found.groups["four"].gid == 101
    assert set(found.groups) == set(theirs.groups)
    assert found.groups["three"] == theirs.groups["three"]


def test_the_order_of_scripts_does_not_decide_numbers(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"base-passwd": BASE})
    scripts = {name: f"adduser --system --group {name}" for name in ("b", "a", "c")}
    forwards = scripted(tmp_path, stage, scripts)
    passwd = forwards.stage.read("etc/passwd")
    backwards = scripted(tmp_path, stage, dict(reversed(scripts.items())))
    assert passwd == backwards.stage.read("etc/passwd")
    assert parsed(passwd, b"").users["a"].uid == 101


def test_words_that_only_a_run_knows_are_a_remark(tmp_path: Path) -> None:
    calls = [Call("dpkg:one", "postinst", ("adduser", "--system", None))]
    (remark,) = set(Users().effects(staged(tmp_path, {"base-passwd": BASE}), calls).remarks)
    assert remark.text == "its postinst calls adduser with words that only a run knows"
