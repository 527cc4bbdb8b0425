"""shave in a container of a real engine: the same results, the same errors, and nothing left."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen

import pytest
from msgspec.structs import replace

import shave
from cli import installed_layers
from shave.config import Settings
from shave.errors import CannotError, NotRunningError
from shave.events import Event, StageEnded, StageStarted
from shave.image import Image
from shave.probe import Probe, RunOptions
from shave.reference import Reference, parse
from shave.sources import open_image, write_image
from shave.testing import image
from shave.verbs.roots import Wish
from shave.verbs.slim import Slimmed, Wanted

pytestmark = [pytest.mark.engine, pytest.mark.root]
Service = Callable[..., Image]
Helpers = Callable[..., set[str]]
NOBODY = 65534


def described(slimmed: Slimmed) -> tuple[object, ...]:
    """All that must not depend on where it was done."""
    assert slimmed.image
    layers = [layer.open().read() for layer in slimmed.image.layers]
    return slimmed.image.manifest_bytes, slimmed.image.config_bytes, layers, slimmed.plan, slimmed.result


def engine(*arguments: str) -> list[str]:
    """The words that the engine's client prints."""
    return subprocess.check_output(["docker", *arguments], text=True).split()


def volumes_of(container: str) -> list[str]:
    return engine("inspect", "--format", "{{range .Mounts}}{{.Name}} {{end}}", container)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_result_is_the_same_and_nothing_is_left(service: Service, settings: Settings, helpers: Helpers) -> None:
    made, heard = service(User="web"), list[Event]()
    volumes: list[str] = []

    def hear(event: Event) -> None:
        heard.append(event)
        if event == StageStarted("trace"):
            volumes.extend(volume for helper in helpers() for volume in volumes_of(helper))

    with shave.slim(made, settings, Wanted(Wish(grain="file")), runner="helper", sink=hear) as there:
        assert (there.outcome, there.runner) == ("slimmed", "helper")
        found = described(there)
    with shave.slim(made, settings, Wanted(Wish(grain="file")), runner="namespaces") as here:
        assert found == described(here)
    started = [event.stage for event in heard if isinstance(event, StageStarted)]
    # some stages are at work beside others
    assert sorted(event.stage for event in heard if isinstance(event, StageEnded)) == sorted(started)
    assert {"copy to helper", "trace", "verify", "copy from helper"} <= set(started)
    assert volumes
    until(lambda: not helpers() and not set(volumes) & set(engine("volume", "ls", "-q")))


def test_a_previous_result_serves_there_too(service: Service, settings: Settings) -> None:
    wanted = Wanted(Wish(grain="file"))
    with shave.slim(service(), settings, wanted, runner="namespaces") as first:
        assert first.image
        again = service(Labels={"build": "2"})
        with shave.slim(again, settings, wanted, previous=first.image, runner="helper") as there:
            assert there.reuse and there.image
            assert [layer.number for layer in there.reuse.layers] == list(range(len(first.image.layers)))
            assert there.reuse.pull_bytes == 0
            found = described(there)
        with shave.slim(again, settings, wanted, previous=first.image, runner="namespaces") as here:
            assert found == described(here)
    with pytest.raises(CannotError, match="linux/arm64"):
        shave.slim(again, previous=image({}, architecture="arm64"), runner="helper").__enter__()


def test_units_are_the_same_there(settings: Settings) -> None:
    server = {"Cmd": ["/bin/httpd", "-f", "-p", "8080", "-h", "/app"], "ExposedPorts": {"8080/tcp": {}}}
    made = image(*installed_layers(), config={**server, "Env": ["PATH=/bin"], "StopSignal": "SIGKILL"})
    with shave.slim(made, settings, runner="helper") as there:
        assert (there.plan.grain, there.runner) == ("unit", "helper")
        assert {unit.unit: unit.fate for unit in there.plan.units} == {"dpkg:busybox": "whole", "dpkg:unused": "gone"}
        found = described(there)
    with shave.slim(made, settings, runner="namespaces") as here:
        assert found == described(here)


def test_a_trace_is_the_same_and_plans_there(service: Service, settings: Settings, helpers: Helpers) -> None:
    made = service(User="web")
    there, here = (shave.trace(made, settings, runner=runner) for runner in ("helper", "namespaces"))
    assert there.runner == "helper" and there.file == here.file
    with shave.slim(made, settings, Wanted(Wish(grain="file"), evidence=there.file), runner="helper") as slimmed:
        assert (slimmed.outcome, slimmed.rounds, slimmed.stale) == ("slimmed", (), ())
    until(lambda: not helpers())


def test_an_image_of_an_engine_and_nothing_to_gain(service: Service, tmp_path: Path) -> None:
    """The old docker-archive has plain layers and no packed bytes: that must be known in the helper as well."""
    reference = parse(f"docker-archive:{tmp_path}/image.tar")
    write_image(service(Cmd=["true"]), reference)
    everything = Settings(RunOptions(), (Probe("all", command=("sh", "-c", "echo hello")),))
    with open_image(reference) as made, shave.slim(made, everything, Wanted(dry_run=True), runner="helper") as found:
        assert (found.outcome, found.image, found.original.packed_estimated) == ("planned", None, True)
        assert found.plan.image == made.config_digest


def test_an_image_that_does_not_run(service: Service, helpers: Helpers) -> None:
    crashing = service(Cmd=["sh", "-c", "echo broken; exit 3"])
    with pytest.raises(NotRunningError, match="broken"), shave.slim(crashing, runner="helper"):
        pass


def test_verify_with_mounts_that_are_copied(service: Service, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "page").write_text("mounted\n")
    probe = Probe("page", command=("sh", "-c", "busybox cat /mnt/page /one; echo x > /mnt/new && echo wrote"))
    run = RunOptions(mounts=(f"{site}:/mnt", f"{site}/page:/one:ro"))
    made = service()
    verdict = shave.verify(made, made, Settings(run, (probe,)), runner="helper")
    assert verdict.verdict == "same", verdict
    assert [path.name for path in site.iterdir()] == ["page"]
    gone = Settings(RunOptions(mounts=(f"{site}/gone:/mnt",)), (probe,))
    with pytest.raises(CannotError, match="gone cannot be copied"):
        shave.verify(made, made, gone, runner="helper")


def test_scripts_of_this_machine_are_refused(service: Service) -> None:
    asked = Settings(probes=(Probe("suite", script="/bin/true"),))
    with pytest.raises(CannotError, match="'suite' is a script"), shave.slim(service(), asked, runner="helper"):
        pass


ORDINARY = """
import sys
import shave
from shave.config import Settings
from shave.errors import CannotError
from shave.probe import Http, Probe
settings = Settings(probes=(Probe("home", http=Http("http://localhost:8080/")),))
try:
    with shave.open(sys.argv[1]) as image, shave.slim(image, settings, runner=sys.argv[2]) as slimmed:
        print(slimmed.runner, slimmed.image.config_digest, slimmed.image.manifest_digest)
except CannotError as error:
    sys.exit(f"{error} ({error.hint})")
"""


def ordinary(group: int, directory: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The same as a user without subordinate ids, who may use the engine if ``group`` may; by Debian's own Python."""
    import msgspec

    search = os.pathsep.join(str(Path(module.__file__ or "").parents[1]) for module in (shave, msgspec))
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", f"--groups={group}"]
    return subprocess.run(
        [*become, "/usr/bin/python3", "-B", "-c", ORDINARY, *arguments],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": search,
            "HOME": str(directory),
            "XDG_CACHE_HOME": str(directory),
        },
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def home() -> Iterator[Path]:
    """A directory of the ordinary user's; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="shave-test-", dir="/var/tmp") as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


def test_one_image_as_root_rootless_and_by_the_helper(service: Service, settings: Settings, home: Path) -> None:
    may_use_engine = Path("/var/run/docker.sock").stat().st_gid
    reference = parse(f"oci:{home}/image:1")
    write_image(service(User="web"), reference)
    expected = digests(reference, settings)
    # only root is mapped for this user, so that auto must go to the engine
    done = ordinary(may_use_engine, home, str(reference), "auto")
    assert done.stdout.split() == ["helper", *expected], done.stderr
    refused = ordinary(NOBODY, home, str(reference), "auto")
    assert "uidmap" in refused.stderr and "helper" in refused.stderr
    write_image(service(), reference)
    expected = digests(reference, settings)
    done = ordinary(NOBODY, home, str(reference), "namespaces")
    assert done.stdout.split() == ["namespaces", *expected], done.stderr


def digests(reference: Reference, settings: Settings) -> list[str]:
    """Config and manifest of the result, made by us."""
    with open_image(reference) as image, shave.slim(image, settings) as slimmed:
        assert slimmed.image
        return [slimmed.image.config_digest, slimmed.image.manifest_digest]


ENDLESS = """
import shave
from shave.config import Settings
from shave.probe import Probe
from shave.testing import File, image
busybox = File(open("/bin/busybox", "rb").read(), 0o755)
made = image({"/bin/busybox": busybox}, config={"Cmd": ["/bin/busybox", "sleep", "999"]})
settings = Settings(probes=(Probe("long", exec=("/bin/busybox", "sleep", "999"), timeout=999),))
tell = lambda event: print(event, flush=True)
with shave.slim(made, settings, runner="helper", sink=tell):
    pass
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_goes_away_with_us(number: signal.Signals, helpers: Helpers) -> None:
    with Popen([sys.executable, "-c", ENDLESS], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        try:
            for line in process.stdout:
                if b"stage='trace'" in line:
                    break
            assert len(helpers(process.pid)) == 1
            process.send_signal(number)
            process.wait(60)
        finally:
            process.kill()
    until(lambda: not helpers(process.pid))


def test_a_helper_that_is_killed(service: Service, helpers: Helpers) -> None:
    """As by a machine that runs out of memory."""

    def kill(event: Event) -> None:
        if isinstance(event, StageStarted) and event.stage == "trace":
            for helper in helpers():
                engine("kill", helper)

    with pytest.raises(CannotError, match="killed"), shave.slim(service(), runner="helper", sink=kill):
        pass
    until(lambda: not helpers())


def test_serves(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    config = replace(service().config)
    assert shave.helper.serves("helper", config)
    assert not shave.helper.serves("crun", config)
    assert not shave.helper.serves("auto", config)
    monkeypatch.setattr("shave.helper.AUTOMATIC", ())
    assert shave.helper.serves("auto", config)
    assert not shave.helper.serves("auto", replace(config, architecture="s390x"))
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    assert not shave.helper.serves("auto", config)
