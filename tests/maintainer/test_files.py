"""Small commands on files, beside the real ones."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.maintainer.modes import changed
from shave.testing.builder import Directory, File, Member, Symlink
from stages import members, on_disk, scripted, staged

IMAGE: dict[str, Member] = {
    "/etc": Directory(),
    "/etc/passwd": File(b"root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www:/var/www:/bin/sh\n"),
    "/etc/group": File(b"root:x:0:\nadm:x:4:\nwww-data:x:33:\n"),
    "/etc/one.conf": File(b"one\n", 0o640),
    "/etc/link.conf": Symlink("one.conf"),
    "/usr": Directory(),
    "/usr/share": Directory(),
    "/usr/share/one.default": File(b"shipped\n", 0o755),
    "/var": Directory(),
    "/var/old": Directory(),
    "/var/old/below": Directory(0o700, 33, 33),
    "/var/old/below/file": File(b"x", 0o4755),
    "/run": Directory(),
}
SCRIPTS = (
    "mkdir -p R/var/lib/one/two; chown www-data:adm R/var/lib/one; chmod 2750 R/var/lib/one",
    "mkdir -m 0700 R/var/private; umask 077; mkdir R/var/secret; touch R/var/secret/file",
    "install -d -o www-data -g adm -m 02755 R/var/log/one R/var/log/two",
    "install -m 600 -o www-data R/usr/share/one.default R/etc/new.conf",
    "install -o www-data -g adm -m 640 /dev/null R/var/empty",
    "touch R/etc/one.conf R/var/new; chmod go-rwx R/var/new",
    "ln -s one.conf R/etc/second; ln -sf other R/etc/link.conf; ln -s /run R/var/old",
    "mkdir R/var/group; chgrp adm R/var/group; chmod g+s R/var/group; mkdir R/var/group/a; touch R/var/group/b",
    "ln -snf elsewhere R/etc/fresh",
    "cp -p R/usr/share/one.default R/etc/copied; cp R/usr/share/one.default R/etc/one.conf",
    "cp R/usr/share/one.default R/var/old/",
    "chown -R www-data: R/var/old; chmod -R u+rwX,go=rX R/var/old",
    "chgrp adm R/etc/link.conf; chown -h www-data R/etc/link.conf; chown :33 R/var/old",
    "echo some text > R/etc/text; echo more >> R/etc/text; : > R/etc/one.conf",
    "ln -s target R/etc/x.new; mv R/etc/x.new R/etc/x; rm -f R/nowhere/y",
    "touch R/etc/scratch; rm -f R/etc/scratch",
    "chmod 4711 R/usr/share/one.default; chmod u+s,g+s,o+t R/var/old; chmod a-x R/usr/share/one.default",
    "chmod +x R/etc/one.conf; chmod =r R/var/old/below/file",
)


@pytest.mark.oracle
@pytest.mark.root
@pytest.mark.parametrize("script", SCRIPTS)
def test_files_are_as_the_commands_leave_them(script: str, tmp_path: Path) -> None:
    stage = staged(tmp_path, {"one": IMAGE})
    emulated = scripted(tmp_path, stage, {"one": script.replace("R/", "/")})
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-xpf", tmp_path / "one.tar", "--numeric-owner", "-C", root], check=True)
    subprocess.run(["sh", "-euc", f"umask 022; {script.replace('R/', f'{root}/')}"], check=True)
    ours, theirs = members(emulated.stage), on_disk(root)
    for found in (ours, theirs):  # Users adds nothing of its own but what /etc/passwd says
        found.pop("etc/passwd"), found.pop("etc/group")
    assert ours == theirs
    assert not emulated.remarks


@pytest.mark.oracle
@given(
    st.integers(0, 0o7777).filter(lambda mode: mode & 0o400),
    st.from_regex(r"[ugoa]{0,2}[-+=][rwxXst]{0,3}(,[ugo][-+=][rwx]{0,2})?|[0-7]{3,5}", fullmatch=True),
    st.booleans(),
)
def test_modes_are_chmods(tmp_path_factory: pytest.TempPathFactory, mode: int, text: str, directory: bool) -> None:
    place = tmp_path_factory.mktemp("modes") / "x"
    _ = place.mkdir() if directory else place.touch()
    place.chmod(mode)
    ended = subprocess.run(["sh", "-c", 'umask 022; chmod -- "$0" "$1"', text, place], capture_output=True, check=False)
    if ended.returncode == 0:
        assert changed(mode, text, directory) == place.stat().st_mode & 0o7777


def test_links_take_the_place_of_directories_that_are_removed(tmp_path: Path) -> None:
    image: dict[str, Member] = {
        "/var/run": Directory(),
        "/var/run/service": Directory(0o700, 5, 5),
        "/run": Directory(),
    }
    found = scripted(tmp_path, staged(tmp_path, {"one": image}), {"one": "rmdir /var/run; ln -s /run /var/run"})
    tree = members(found.stage)
    assert tree["var/run"] == Symlink("/run")
    assert tree["run/service"] == Directory(0o700, 5, 5)
    assert "var/run/service" not in tree


def test_a_prepared_file_takes_its_place_and_leaves_nothing(tmp_path: Path) -> None:
    image: dict[str, Member] = {"/usr/share/one.default": File(b"shipped\n", 0o644)}
    script = 'new=$(mktemp); cp /usr/share/one.default "$new"; ucf --three-way "$new" /etc/one.conf; rm -f "$new"'
    found = scripted(tmp_path, staged(tmp_path, {"one": image}), {"one": script})
    tree = members(found.stage)
    assert tree["etc/one.conf"] == File(b"shipped\n")
    assert not [path for path in tree if path.startswith("tmp")] and not found.remarks


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("rm /etc/one.conf", "calls rm for /etc/one.conf, which the image has: that is not done"),
        ("mv /etc/one.conf /etc/two.conf", "calls mv for /etc/one.conf, which the image has: that is not done"),
        ("chown nobody /etc/one.conf", "calls chown to nobody, whom the image does not have: that is not done"),
        ("chmod $(unknown-program) /etc", "calls chmod with words that only a run knows: that is not done"),
        ("grep x /etc/one.conf > /etc/two", "writes a file /etc/two, whose text only a run knows: that is not done"),
        (
            "cp /etc/nowhere /etc/two",
            "calls cp of /etc/nowhere, which the image does not have as a file: that is not done",
        ),
        ("ln /etc/one.conf /etc/two", "calls ln for what is no symbolic link: that is not done"),
        ("unknown-program", "runs unknown-program, which shave does not emulate"),
        ("sed -i s/a/b/ /etc/one.conf", "runs sed, which shave does not emulate"),
    ],
)
def test_what_is_not_done_is_said(script: str, said: str, tmp_path: Path) -> None:
    found = scripted(tmp_path, staged(tmp_path, {"one": IMAGE}), {"one": script})
    assert f"its postinst {said}" in [remark.text for remark in found.remarks]


@pytest.mark.parametrize("path", ["/../../etc/x", "/etc/../../../etc/x", "//etc//./x"])
def test_paths_stay_in_the_image(path: str, tmp_path: Path) -> None:
    found = scripted(tmp_path, staged(tmp_path, {"one": IMAGE}), {"one": f"touch {path}"})
    assert "etc/x" in found.stage.tree


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    image: dict[str, Member] = {"/a": Symlink("b"), "/b": Symlink("a")}
    scripted(tmp_path, staged(tmp_path, {"one": image}), {"one": "mkdir -p /a/x; touch /b/y; chown root /a"})
