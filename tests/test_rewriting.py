"""Files are changed in place whole or not at all, and stay otherwise what they were."""

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from shave.errors import CannotError
from shave.rewriting import rewrite


def test_mode_stays_and_nothing_is_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"one")
    path.chmod(0o640)
    rewrite(path, b"one", b"two\r\n")
    assert path.read_bytes() == b"two\r\n"
    assert path.stat().st_mode & 0o7777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.root
def test_owner_stays(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"one")
    os.chown(path, 1234, 4321)
    rewrite(path, b"one", b"two")
    status = path.stat()
    assert (status.st_uid, status.st_gid) == (1234, 4321)


def test_a_symlink_stays_one(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    target, link = tmp_path / "below/real", tmp_path / "Dockerfile"
    target.write_bytes(b"one")
    link.symlink_to("below/real")
    rewrite(link, b"one", b"two")
    assert link.is_symlink()
    assert target.read_bytes() == b"two"


def test_other_names_of_a_file_keep_what_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "Dockerfile", tmp_path / "other"
    path.write_bytes(b"one")
    other.hardlink_to(path)
    rewrite(path, b"one", b"two")
    assert (path.read_bytes(), other.read_bytes()) == (b"two", b"one")


@pytest.mark.root
@pytest.mark.parametrize(("mode", "owner"), [(0o444, 1234), (0o666, 0)], ids=["read-only", "of another owner"])
def test_what_may_not_be_changed_stays(mode: int, owner: int) -> None:
    """A rename needs no right to write the file itself, and would make it ours."""
    with TemporaryDirectory() as directory:
        place = Path(directory)
        place.chmod(0o777)
        path = place / "Dockerfile"
        path.write_bytes(b"one")
        path.chmod(mode)
        os.chown(path, owner, owner)
        child = os.fork()
        if child == 0:
            os.setresgid(1234, 1234, 1234)
            os.setresuid(1234, 1234, 1234)
            try:
                rewrite(path, b"one", b"two")
            except CannotError as error:
                os._exit(7 if "Dockerfile cannot be written: " in str(error) else 8)
            finally:
                os._exit(9)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
        assert (path.read_bytes(), path.stat().st_uid, list(place.iterdir())) == (b"one", owner, [path])


@pytest.mark.root
def test_a_disk_that_is_full(tmp_path: Path) -> None:
    code = """if True:
        import os
        from pathlib import Path
        from shave.errors import CannotError
        from shave.rewriting import rewrite
        Path("Dockerfile").write_bytes(b"one")
        for name, before in (("Dockerfile", b"one"), ("new", b"")):
            try:
                rewrite(Path(name), before, b"x" * 100_000)
            except CannotError as error:
                print(error, os.listdir())
        print(Path("Dockerfile").read_text())
    """
    script = 'mount -t tmpfs -o size=64k none "$1" && cd "$1" && exec "$2" -c "$3"'
    command = ["unshare", "--mount", "sh", "-c", script, "-", str(tmp_path), sys.executable, code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    full = "cannot be written: No space left on device ['Dockerfile']"
    assert (done.stdout.splitlines(), done.stderr) == ([f"Dockerfile {full}", f"new {full}", "one"], "")


def test_killed_while_writing(tmp_path: Path) -> None:
    """At every moment the file is the one or the other."""
    path = tmp_path / "Dockerfile"
    texts = b"one" * 300_000, b"two" * 300_000
    path.write_bytes(texts[0])
    code = (
        "from pathlib import Path; from shave.rewriting import rewrite\n"
        "texts = b'one' * 300_000, b'two' * 300_000\nprint(flush=True)\n"
        "while True: rewrite(Path('Dockerfile'), *texts); texts = texts[::-1]"
    )
    for number in range(5):
        with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE) as process:
            assert process.stdout and process.stdout.readline()
            time.sleep(0.01 * number)
            process.kill()
        assert path.read_bytes() in texts
        rewrite(path, path.read_bytes(), texts[0])


def test_what_was_changed_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "Dockerfile"
    path.write_bytes(b"another")
    with pytest.raises(CannotError, match="was changed meanwhile"):
        rewrite(path, b"one", b"two")
    assert path.read_bytes() == b"another"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_gone_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(CannotError, match="cannot be written: No such file"):
        rewrite(tmp_path / "Dockerfile", b"one", b"two")
    assert not list(tmp_path.iterdir())


def test_a_new_file(tmp_path: Path) -> None:
    path = tmp_path / ".dockerignore"
    rewrite(path, b"", b".git\n")
    assert path.read_bytes() == b".git\n"
    rewrite(path, b".git\n", b"")
    rewrite(path, b"", b"one")
    assert path.read_bytes() == b"one"
    with pytest.raises(CannotError, match="was changed meanwhile"):
        rewrite(path, b"", b"two")
