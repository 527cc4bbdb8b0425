"""Real builds before and after: what holds is proven, what does not is refuted and left out."""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex

import pytest

import newer_builders
from builders.conftest import in_environment
from shave import api
from shave.builders import choose
from shave.builders.protocol import Order
from shave.config import Settings
from shave.dockerfiles import Source
from shave.errors import CannotError
from shave.probe import Probe
from shave.verbs.lint_building import Building, staged
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import Wish, is_any
from shave.verbs.lint_prove import Tried, prove

pytestmark = pytest.mark.engine
# removing an image takes away the steps that another build of them may be about to use
SHELL = b"FROM scratch\nENV MADE_FOR=" + token_hex(6).encode() + b"\nCOPY busybox /bin/sh\nCOPY busybox /bin/chown\n"
OWNED = SHELL + b'COPY . /srv/\nRUN chown -R 1:1 /srv\nCMD ["/bin/sh", "-c", "echo ready"]\n'
ASKED = Chosen(("SHV202", "SHV207"))


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Path]:
    busybox, place = shutil.which("busybox"), tmp_path / "context"
    assert busybox
    (place / ".git").mkdir(parents=True)
    shutil.copy(busybox, place / "busybox")
    (place / "data").write_bytes(bytes(range(256)) * 4000)
    (place / ".git/pack").write_bytes(bytes(range(256)) * 4000)
    with in_environment(newer_builders.BUILDX):
        yield place


def proven(text: bytes, context: Path, wish: Wish = is_any, settings: Settings | None = None) -> Tried:
    """With the engine's best builder and probes, as the command line has them."""
    directory = context.parent / "work"
    directory.mkdir()
    judge = partial(api.verify, settings=settings or Settings())
    return prove(
        Source("Dockerfile", text),
        context,
        wish,
        Building("docker-classic", "host"),
        judge,
        directory,
        asked=ASKED,
    )


def test_a_fix_that_holds(context: Path) -> None:
    tried = proven(OWNED, context)
    proved = tried.proved
    assert (proved.verdict, proved.rules, proved.refuted) == ("proven", ("SHV202", "SHV207"), ())
    assert b"COPY --chown=1:1 . /srv/\n" in tried.fixed.text
    assert tried.fixed.ignore == "**/.git\n"
    assert proved.before and proved.after and proved.predicted and proved.trees
    saved = proved.before.unpacked_bytes - proved.after.unpacked_bytes
    # the command adds lines of its own to an ignore file where the Dockerfile comes from standard input
    assert abs(saved - proved.predicted.unpacked_bytes) < 100
    assert proved.trees.files == 1
    assert [each.path for each in proved.trees.witnesses] == ["srv/.dockerignore"]


def test_one_that_breaks_the_build_is_left_out(context: Path) -> None:
    proved = proven(OWNED + b"RUN : < /srv/.git/pack\n", context).proved
    assert (proved.verdict, proved.rules) == ("proven", ("SHV202",))
    ((rule, reason),) = [(each.rule, each.reason) for each in proved.refuted]
    assert rule == "SHV207"
    assert reason.startswith("it does not build: ")


def test_of_a_build_that_fails_there_are_the_last_words(context: Path) -> None:
    proved = proven(SHELL + b"COPY . /srv/\nRUN echo looking for it && : < /srv/.git/pack\n", context).proved
    assert (proved.verdict, proved.rules) == ("refuted", ("SHV207",))
    assert "looking for it" in proved.last_words


def test_one_after_which_a_probe_differs_is_left_out(context: Path) -> None:
    asked = Settings(probes=(Probe("pack", command=("/bin/sh", "-c", "read x < /srv/.git/pack && echo it is there")),))
    proved = proven(OWNED, context, settings=asked).proved
    assert (proved.verdict, proved.rules) == ("proven", ("SHV202",))
    assert proved.refuted[0].reason.startswith("the probe pack says different")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[ThreadingHTTPServer, Path]]:
    """A server of a file that can be another tomorrow."""
    place = tmp_path / "served"
    place.mkdir()
    (place / "day").write_text("monday")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=place)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server, place / "day"
        server.shutdown()


def fetching(server: ThreadingHTTPServer) -> bytes:
    line = f"RUN /bin/sh -c 'busybox wget -qO /day http://127.0.0.1:{server.server_port}/day'\n"
    return OWNED.replace(b"CMD", b"COPY busybox /bin/busybox\n" + line.encode() + b"CMD")


@contextmanager
def built_yesterday(text: bytes, context: Path) -> Iterator[None]:
    """The engine has its steps inside the context."""
    order = Order(text.decode(), context, f"shave-test/{token_hex(4)}:1", context.parent / "log", network="host")
    assert choose("docker-classic").build(order).message == ""
    yield
    subprocess.run(["docker", "rmi", order.tag], check=True, capture_output=True)


def test_what_the_cache_has_of_another_day_refutes_no_fix(
    context: Path, served: tuple[ThreadingHTTPServer, Path]
) -> None:
    server, day = served
    text = fetching(server)
    with built_yesterday(text, context):
        day.write_text("some other day")
        proved = proven(text, context).proved
    assert (proved.verdict, proved.rules, proved.refuted) == ("proven", ("SHV202", "SHV207"), ())


def test_what_builds_from_the_cache_alone_cannot_be_proven(
    context: Path, served: tuple[ThreadingHTTPServer, Path]
) -> None:
    server, day = served
    text = fetching(server)
    with (
        built_yesterday(text, context),
        pytest.raises(CannotError, match=r"it builds from the cache alone: anew it does not build: .*404"),
    ):
        day.unlink()
        proven(text, context)


def test_nothing_to_fix(context: Path) -> None:
    proved = proven(SHELL, context).proved
    assert (proved.reason, proved.rules, proved.after) == ("there is nothing to fix", (), None)


def test_what_does_not_build_cannot_be_proven(context: Path) -> None:
    with pytest.raises(CannotError, match="Dockerfile: it does not build: "):
        proven(OWNED + b"RUN exit 3\n", context)


def test_a_context_with_another_ignore_file(context: Path, tmp_path: Path) -> None:
    (context / "link").symlink_to("data")
    assert staged(context, None, tmp_path / "none") == context
    made = staged(context, "data\n", tmp_path / "other")
    assert (made / ".dockerignore").read_text() == "data\n"
    assert (made / "data").samefile(context / "data")
    assert (made / "link").is_symlink()
    assert not (context / ".dockerignore").exists()
    (context / ".dockerignore").write_text("x\n")
    assert staged(context, "x\n", tmp_path / "same") == context
    assert not (staged(context, None, tmp_path / "bare") / ".dockerignore").exists()
    assert (context / ".dockerignore").read_text() == "x\n"
