"""pip's choice for another Python than its own: from directories of made-up wheels, a web server, and PyPI itself."""

import base64
import hashlib
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from msgspec.structs import replace

from shave import pip
from shave.errors import CannotError
from shave.events import silent
from shave.lock import LockedPackage, LockedWheel
from shave.pip import Target
from shave.spec import PythonPackages
from wheels import saved, wheel

BOOKWORM = Target("3.11.2", "2.36", "amd64")
BOOKWORM_ARM = replace(BOOKWORM, architecture="arm64")
TRIXIE = Target("3.13.5", "2.41", "amd64")


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only place that pip looks at; it is no part of the context."""
    for name, value in {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "shelf"), "PIP_CONFIG_FILE": ""}.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "shelf").mkdir()
    (tmp_path / "context").mkdir()
    return tmp_path / "shelf"


def put(shelf: Path, name: str, *requires: str, version: str = "1.0", tag: str = "py3-none-any") -> Path:
    path = saved(shelf, wheel(name, requires=requires, version=version), name, version)
    return path.rename(path.with_name(f"{name}-{version}-{tag}.whl"))


def chosen(
    shelf: Path, *packages: str, target: Target = BOOKWORM, requirements: tuple[str, ...] = ()
) -> tuple[LockedWheel, ...]:
    return pip.wheels(PythonPackages(requirements, packages), shelf.parent / "context", target, silent)


def files(found: tuple[LockedWheel, ...]) -> list[str]:
    return [each.file for each in found]


def test_what_is_asked_for_and_what_that_needs(shelf: Path) -> None:
    put(shelf, "foo", "bar>=1")
    path = put(shelf, "bar")
    found = chosen(shelf, "foo")
    assert [(each.name, each.asked) for each in found] == [("bar", False), ("foo", True)]
    assert found[0] == LockedWheel(
        "bar", "1.0", path.name, hashlib.sha256(path.read_bytes()).hexdigest(), path.as_uri(), False
    )


def test_nothing_is_asked_for(shelf: Path) -> None:
    assert chosen(shelf) == ()


def test_a_file_of_the_context_has_no_place_of_this_machine(shelf: Path) -> None:
    dist = shelf.parent / "context/dist"
    dist.mkdir()
    path = put(dist, "foo")
    (found,) = chosen(shelf, f"./dist/{path.name}")
    assert (found.url, found.file) == (f"dist/{path.name}", path.name)


MARKERS = {
    "python_version < '3.12'": {BOOKWORM, BOOKWORM_ARM},
    "python_full_version == '3.13.5'": {TRIXIE},
    "platform_machine == 'x86_64' and sys_platform == 'linux'": {BOOKWORM, TRIXIE},
    "platform_machine == 'aarch64'": {BOOKWORM_ARM},
    "implementation_name == 'cpython' and os_name == 'posix'": {BOOKWORM, TRIXIE, BOOKWORM_ARM},
    "extra == 'more'": set[Target](),
}


@pytest.mark.parametrize("target", [BOOKWORM, TRIXIE, BOOKWORM_ARM])
def test_markers_are_those_of_the_image(shelf: Path, target: Target) -> None:
    put(shelf, "foo", *(f"bar{number}; {marker}" for number, marker in enumerate(MARKERS)))
    for number, _ in enumerate(MARKERS):
        put(shelf, f"bar{number}")
    fit = [f"bar{number}" for number, targets in enumerate(MARKERS.values()) if target in targets]
    assert [each.name for each in chosen(shelf, "foo", target=target)] == [*fit, "foo"]


def test_the_best_wheel_for_the_image_is_taken(shelf: Path) -> None:
    for tag in (
        "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        "cp311-cp311-manylinux_2_38_x86_64",
        "cp311-cp311-musllinux_1_2_x86_64",
        "cp311-abi3-manylinux_2_28_aarch64",
        "cp313-cp313t-manylinux_2_28_x86_64",
        "cp39-abi3-linux_armv7l",
        "py3-none-any",
    ):
        put(shelf, "foo", tag=tag)
    tags = {
        BOOKWORM: "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64",
        TRIXIE: "py3-none-any",
        replace(BOOKWORM, glibc="2.38"): "cp311-cp311-manylinux_2_38_x86_64",
        replace(TRIXIE, architecture="arm64"): "cp311-abi3-manylinux_2_28_aarch64",
        replace(TRIXIE, architecture="armhf"): "cp39-abi3-linux_armv7l",
        replace(TRIXIE, architecture="riscv64"): "py3-none-any",
    }
    assert {target: files(chosen(shelf, "foo", target=target)) for target in tags} == {
        target: [f"foo-1.0-{tag}.whl"] for target, tag in tags.items()
    }


def test_files_of_requirements_with_hashes(shelf: Path) -> None:
    good = hashlib.sha256(put(shelf, "foo").read_bytes()).hexdigest()
    put(shelf, "foo", version="2.0")
    asked = shelf.parent / "context/requirements.txt"
    asked.write_text(f"foo==1.0 --hash=sha256:{good}\n")
    assert files(chosen(shelf, requirements=("requirements.txt",))) == ["foo-1.0-py3-none-any.whl"]
    asked.write_text(f"foo==2.0 --hash=sha256:{good}\n")
    with pytest.raises(CannotError, match="pip cannot resolve the requirements: THESE PACKAGES DO NOT MATCH"):
        chosen(shelf, requirements=("requirements.txt",))


def test_what_has_no_wheel_is_named(shelf: Path) -> None:
    (shelf / "foo-1.0.tar.gz").write_bytes(b"")
    put(shelf, "bar", tag="cp39-cp39-manylinux_2_17_x86_64")
    for name in ("foo", "bar"):
        words = f"there is no wheel of {name} for Python 3.13 with glibc 2.41 on amd64"
        with pytest.raises(CannotError, match=words) as caught:
            chosen(shelf, name, target=TRIXIE)
        assert "only wheels are installed" in caught.value.hint


def test_a_directory_is_no_wheel(shelf: Path) -> None:
    source = shelf.parent / "context/foo"
    source.mkdir()
    (source / "pyproject.toml").write_text(
        "[build-system]\nrequires = []\nbuild-backend = 'b'\nbackend-path = ['.']\n[project]\nname='foo'\nversion='1'\n"
    )
    (source / "b.py").write_text(
        "import pathlib\n"
        "def prepare_metadata_for_build_wheel(directory, settings=None):\n"
        "    info = pathlib.Path(directory, 'foo-1.dist-info')\n"
        "    info.mkdir()\n"
        "    (info / 'METADATA').write_text('Metadata-Version: 2.1\\nName: foo\\nVersion: 1\\n')\n"
        "    return info.name\n"
    )
    with pytest.raises(CannotError, match="foo is no wheel"):
        chosen(shelf, "./foo")


def test_who_wants_what_is_said_of_a_conflict(shelf: Path) -> None:
    put(shelf, "foo", "bar<1")
    put(shelf, "bar")
    put(shelf, "bar", version="0.5")
    words = "foo==1.0 cannot be installed together: The user requested bar>=1; foo 1.0 depends on bar<1"
    with pytest.raises(CannotError) as caught:
        chosen(shelf, "foo==1.0", "bar>=1")
    assert str(caught.value).replace("bar>=1 and ", "").replace(" and bar>=1", "") == words


@pytest.mark.parametrize("name", ["pip", "json", "encodings"])
def test_modules_of_the_context_are_not_run(shelf: Path, name: str) -> None:
    put(shelf, "foo")
    (shelf.parent / "context" / f"{name}.py").write_text("raise SystemExit('run')")
    assert files(chosen(shelf, "foo")) == ["foo-1.0-py3-none-any.whl"]


@contextmanager
def index(shelf: Path, user: str) -> Iterator[str]:
    """A package index that wants a password; its URL, without."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.headers.get("Authorization") != f"Basic {base64.b64encode(user.encode()).decode()}":
                self.send_error(401)
                return
            links = "".join(f'<a href="/files/{path.name}">{path.name}</a>' for path in shelf.iterdir())
            body = (shelf / self.path[7:]).read_bytes() if self.path.startswith("/files/") else links.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_secrets_of_an_index_are_neither_locked_nor_told(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    path = put(shelf, "foo")
    with index(shelf, "ann:secret") as host:
        monkeypatch.setenv("PIP_INDEX_URL", f"http://ann:secret@{host}/simple")
        (found,) = chosen(shelf, "foo")
        assert found.url == f"http://{host}/files/{path.name}"
        assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://ann:other@{host}/simple")
        with pytest.raises(CannotError, match="index of Python packages cannot be used: 401 Error") as caught:
            chosen(shelf, "foo")
    assert "other" not in f"{caught.value}{caught.value.hint}"


def test_an_index_that_is_not_there_is_not_taken_for_a_missing_wheel(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler) as closed:
        port = closed.server_address[1]
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", f"http://ann:secret@127.0.0.1:{port}/simple")
    with pytest.raises(CannotError, match=r"the index of Python packages cannot be used: .*refused") as caught:
        chosen(shelf, "foo")
    assert "secret" not in str(caught.value)


def packages(**versions: str) -> list[LockedPackage]:
    return [LockedPackage(name.replace("_", "-"), version, "amd64", "", 0, "") for name, version in versions.items()]


def test_the_python_of_the_image() -> None:
    first = LockedPackage("python3.11-minimal", "3.11.2-6+deb12u6", "amd64", "", 0, "")
    bookworm = [*packages(libc6="2.36-9+deb12u13", python3="3.11.2-1+b1"), first]
    assert pip.target_of(bookworm, "amd64") == BOOKWORM
    alone = [package for package in bookworm if package.name != "python3"]
    assert pip.target_of(alone, "amd64") == BOOKWORM
    second = LockedPackage("python3.13-minimal", "3.13.5-2", "amd64", "", 0, "")
    assert pip.target_of([*bookworm, second], "amd64") == BOOKWORM
    with pytest.raises(CannotError, match=r"of 3\.11, 3\.13 no Python is python3"):
        pip.target_of([*alone, second], "amd64")
    with pytest.raises(CannotError, match="there is no Python in the image"):
        pip.target_of(packages(libc6="2.36-9"), "amd64")
    with pytest.raises(CannotError, match="libc6 is not in the image"):
        pip.target_of(bookworm[1:], "amd64")


@pytest.mark.network
def test_a_package_of_pypi_for_another_machine(tmp_path: Path) -> None:
    (tmp_path / "context").mkdir()
    found = chosen(tmp_path / "shelf", "markupsafe==3.0.2", target=replace(TRIXIE, architecture="arm64"))
    assert files(found) == ["MarkupSafe-3.0.2-cp313-cp313-manylinux_2_17_aarch64.manylinux2014_aarch64.whl"]
