"""Every member builds, fails, is bounded and is stopped in the same way, and has the abilities that it says."""

import threading
import time
from pathlib import Path

import pytest

from builders.conftest import MEMBERS, Bench
from shave.builders import ABILITIES, BUILDERS, NAMES, choose, needs
from shave.errors import CannotError, UsageError
from shave.verbs.lab_images import found

each = pytest.mark.parametrize("bench", MEMBERS, indirect=True)
SLEEP = "FROM BASE\nRUN echo begun; exec busybox sleep {seconds}\n"


def sleeping(seconds: str) -> list[int]:
    """The processes of that very sleep."""
    wanted = f"busybox\0sleep\0{seconds}\0".encode()
    processes = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if path.read_bytes() == wanted:
                processes.append(int(path.parent.name))
        except OSError:
            continue
    return processes


def gone(seconds: str) -> bool:
    """Whether it ends soon; the engine ends it when it hears that nobody listens."""
    for _ in range(100):
        if not sleeping(seconds):
            return True
        time.sleep(0.1)
    return False


@each
def test_a_build_and_its_image(bench: Bench) -> None:
    text = "FROM BASE AS first\nARG WORD\nCOPY a /b\nRUN echo $WORD >>/b\nFROM first\nRUN false\n"
    order = bench.order(text, target="first", arguments=(("WORD", "of-the-argument"),))
    outcome = bench.builder.build(order)
    assert (outcome.message, outcome.is_timeout) == ("", False)
    image = found(outcome.reference)
    assert image and image.digest.removeprefix("sha256:") in bench.run("image", "inspect", "-f", "{{.Id}}", order.tag)
    assert image.unpacked_bytes == int(bench.run("image", "inspect", "-f", "{{.Size}}", order.tag))
    assert "begun" not in order.log.read_text()


@each
def test_builds_that_fail(bench: Bench) -> None:
    why = {
        "FROM BASE\nRUN echo first; cat /missing; exit 3\n": "cat: can't open '/missing': No such file or directory",
        "FROM BASE\nCOPY missing /\n": "missing",
        "FROM BASE\nNONSENSE\n": "nonsense",
    }
    for text, words in why.items():
        outcome = bench.builder.build(bench.order(text))
        assert outcome.reference == ""
        assert words in outcome.message.replace("NONSENSE", "nonsense"), outcome
        assert not outcome.is_timeout


@each
def test_a_build_that_hangs(bench: Bench) -> None:
    outcome = bench.builder.build(bench.order(SLEEP.format(seconds="3001"), timeout=2.5))
    assert (outcome.reference, outcome.message, outcome.is_timeout) == ("", "it was not done in 2.5 s", True)
    assert gone("3001")
    if not bench.builder.name.startswith("docker"):
        assert bench.run("ps", "--all", "--external", "--quiet") == ""


@each
def test_a_build_that_is_stopped(bench: Bench) -> None:
    stop = threading.Event()

    def is_stopped() -> bool:
        if sleeping("3002"):
            stop.set()
        return stop.is_set()

    outcome = bench.builder.build(bench.order(SLEEP.format(seconds="3002")), is_stopped)
    assert stop.is_set(), bench.log.read_text()
    assert (outcome.reference, outcome.message, outcome.is_timeout) == ("", "it was interrupted", False)
    assert gone("3002")


ASKING = {
    "heredoc": "RUN <<EOF\necho one\necho two >/x\nEOF\nCOPY <<EOF /y\ntwo\nEOF\n",
    "mount": "RUN --mount=type=bind,target=/c --mount=type=cache,target=/d test -e /c/a\n",
    "link": "COPY --link a /b\n",
    "chmod": "COPY --chmod=600 a /b\n",
    "parents": "COPY --parents a /p/\n",
    "unpack": "ADD --unpack=false a /b\n",
    "exclude": "COPY --exclude=b . /e/\n",
    "network": "RUN --network=none true\n",
}


@each
def test_abilities(bench: Bench) -> None:
    lacking = bench.builder.lacks(ABILITIES)
    having = "".join(text for ability, text in ASKING.items() if ability not in lacking)
    assert bench.builder.build(bench.order(f"FROM BASE\n{having}")).message == ""
    for ability in lacking & ASKING.keys():
        outcome = bench.builder.build(bench.order(f"FROM BASE\n{ASKING[ability]}"))
        assert outcome.reference == "", ability


@pytest.mark.parametrize("bench", [MEMBERS[0], MEMBERS[1]], indirect=True)
def test_choice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("auto").name == choose("docker").name == "docker-buildx"
    assert choose("docker-classic").name == "docker-classic"
    with pytest.raises(CannotError, match="docker-classic cannot do heredoc") as caught:
        choose("docker-classic", frozenset({"heredoc"}))
    assert caught.value.hint == "heredocs need Docker 23 with buildx, or buildah 1.33 (podman 4.8)"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere.sock")
    with pytest.raises(CannotError, match=r"nothing here can build this: .*nowhere\.sock") as caught:
        choose("docker")
    assert str(caught.value).count("nowhere.sock") == 1  # both say the same
    assert caught.value.hint.startswith("start Docker (DOCKER_HOST")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CannotError, match="podman is not installed; buildah is not installed") as caught:
        choose("auto")
    assert caught.value.hint.endswith("install docker with docker-buildx, or podman")


def test_names() -> None:
    assert NAMES == ("auto", "docker", "docker-buildx", "docker-classic", "podman", "buildah")
    assert len({builder.name for builder in BUILDERS}) == len(BUILDERS)
    assert len(needs(ABILITIES)) == len(ABILITIES)
    with pytest.raises(UsageError, match="there is no builder 'kaniko'"):
        choose("kaniko")
