"""The loader's cache of a real directory of libraries, beside ldconfig's own."""

import shutil
import subprocess
from pathlib import Path

import pytest

from shave.maintainer.ldconfig import Ldconfig
from shave.stage import Stage
from shave.testing.builder import File, Symlink
from stages import called, members, staged

HERE = Path("/usr/lib/x86_64-linux-gnu")
LIBRARIES = ("libc.so.6", "libm.so.6", "libcrypt.so.1", "libz.so.1", "libgcc_s.so.1", "ld-linux-x86-64.so.2")
FOLDER = "/usr/lib/x86_64-linux-gnu"


def libraries() -> dict[str, File | Symlink]:
    """Real libraries in the places where ldconfig has something to decide."""
    body = {name: (HERE / name).read_bytes() for name in LIBRARIES}
    found: dict[str, File | Symlink] = {"/lib": Symlink("usr/lib"), "/lib64": Symlink("usr/lib/x86_64-linux-gnu")}
    found |= {f"{FOLDER}/{name}": File(data, 0o755) for name, data in body.items()}
    found |= {
        f"{FOLDER}/libz.so.1": Symlink("libz.so.1.2.13"),
        f"{FOLDER}/libz.so.1.2.13": File(body["libz.so.1"]),
        f"{FOLDER}/libz.so": Symlink("libz.so.1.2.13"),
        f"{FOLDER}/libz-other.so.9": Symlink("libz.so.1"),
        f"{FOLDER}/libcrypt.so.1.0.9": File(body["libcrypt.so.1"]),
        f"{FOLDER}/libcrypt.so.1.0.10": File(body["libcrypt.so.1"]),
        f"{FOLDER}/libdangling.so.1": Symlink("nowhere"),
        f"{FOLDER}/libscript.so": File(b"GROUP ( libc.so.6 )"),
        f"{FOLDER}/libc.so.6-gdb.py": File(b"import gdb"),
        f"{FOLDER}/other.so": File(body["libz.so.1"]),
        f"{FOLDER}/glibc-hwcaps/x86-64-v3/libz.so.1.2.13": File(body["libz.so.1"]),
        f"{FOLDER}/glibc-hwcaps/x86-64-v2/libz.so.1.2.13": File(body["libz.so.1"]),
        "/opt/first/libm.so.6": File(body["libm.so.6"]),
        "/opt/second/libgcc_s.so.7": File(body["libgcc_s.so.1"]),
        "/etc/ld.so.conf": File(b"# of this machine\ninclude ld.so.conf.d/*.conf\n"),
        "/etc/ld.so.conf.d/b.conf": File(b"/opt/second # behind\n/usr/lib/x86_64-linux-gnu\n"),
        "/etc/ld.so.conf.d/a.conf": File(b"/opt/first/\n/nowhere\n/lib/x86_64-linux-gnu\n"),
        "/etc/ld.so.conf.d/c.other": File(b"/opt/third\n"),
    }
    del found[f"{FOLDER}/libcrypt.so.1"]
    return found


def unpacked(stage: Stage, root: Path) -> None:
    """The stage as files."""
    for path, member in members(stage).items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(member, Symlink):
            place.symlink_to(member.target)
        elif isinstance(member, File):
            place.write_bytes(member.data)


def printed(place: Path) -> list[str]:
    ended = subprocess.run(["ldconfig", "-p", "-C", place], capture_output=True, text=True, check=True)
    return [line for line in ended.stdout.splitlines() if line.startswith("\t")]


@pytest.mark.oracle
def test_the_cache_and_the_links_are_ldconfigs(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"libc6:amd64": libraries()})
    root = tmp_path / "root"
    unpacked(stage, root)
    subprocess.run(["ldconfig", "-X", "-r", root], capture_output=True, check=True)
    without_links = printed(root / "etc/ld.so.cache")
    subprocess.run(["ldconfig", "-r", root], capture_output=True, check=True)
    made = called(Ldconfig(), stage)
    cache = made.pop("etc/ld.so.cache")
    assert isinstance(cache, File)
    ours = tmp_path / "ours"
    ours.write_bytes(cache.data)
    assert printed(ours) == printed(root / "etc/ld.so.cache") == without_links
    links = {path: member.target for path, member in made.items() if isinstance(member, Symlink)}
    assert len(links) == len(made) and links
    assert links == {
        str(path.relative_to(root)): str(path.readlink())
        for path in root.rglob("*")
        if path.is_symlink() and str(path.relative_to(root)) not in stage.tree
    }


@pytest.mark.root
def test_the_loader_finds_what_the_cache_alone_names(tmp_path: Path) -> None:
    program, root = Path(shutil.which("gzip") or "/bin/gzip"), tmp_path / "root"
    loader = Path("/lib64/ld-linux-x86-64.so.2").read_bytes()
    stage = staged(
        tmp_path,
        {
            "libc6:amd64": {
                "/lib": Symlink("usr/lib"),
                "/lib64/ld-linux-x86-64.so.2": File(loader, 0o755),
                "/opt/far/libc.so.6": File((HERE / "libc.so.6").read_bytes(), 0o755),
                "/etc/ld.so.conf.d/far.conf": File(b"/opt/far\n"),
                "/bin/gzip": File(program.read_bytes(), 0o755),
            }
        },
    )
    unpacked(stage, root)
    for place in ("lib64/ld-linux-x86-64.so.2", "bin/gzip"):
        (root / place).chmod(0o755)
    assert (
        subprocess.run(["chroot", root, "/bin/gzip", "--version"], capture_output=True, check=False).returncode == 127
    )
    cache = called(Ldconfig(), stage)["etc/ld.so.cache"]
    assert isinstance(cache, File)
    (root / "etc/ld.so.cache").write_bytes(cache.data)
    assert subprocess.run(["chroot", root, "/bin/gzip", "--version"], capture_output=True, check=False).returncode == 0


def test_without_a_loader_there_is_no_cache(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"one": {"/usr/lib/x86_64-linux-gnu/libz.so.1": File(b"\x7fELF")}})
    assert called(Ldconfig(), stage) == {}


def test_a_file_is_never_replaced_by_a_link(tmp_path: Path) -> None:
    libc = (HERE / "libc.so.6").read_bytes()
    files = {f"{FOLDER}/libc.so.6": File(libc), f"{FOLDER}/libc-2.so": File(libc)}
    made = called(Ldconfig(), staged(tmp_path, {"libc6:amd64": files}))
    assert not [path for path, member in made.items() if isinstance(member, Symlink)]


def test_of_a_machine_whose_cache_is_not_known_there_is_none(tmp_path: Path) -> None:
    stage = staged(tmp_path, {"libc6": {"/usr/lib/s390x-linux-gnu/libc.so.6": File(b"of another machine")}})
    assert called(Ldconfig(), stage) == {}
