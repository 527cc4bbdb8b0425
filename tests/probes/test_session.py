import sys
from pathlib import Path

import msgspec
import pytest

from shave.config import Settings
from shave.errors import NotRunningError
from shave.oci import Config, RunConfig
from shave.probe import Http, Observation, Patience, Probe, Ready, RunOptions, Session, Timing
from shave.probes.compare import compare
from shave.probes.session import run, start_of

SHORT = Patience(quiet=0.3, longest=2.0, observe=0.2, stop=1.0)
LONG = Patience(quiet=5.0, longest=10.0, observe=5.0)
PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def image(*arguments: str, **config: object) -> Config:
    return Config(config=msgspec.convert({"Cmd": list(arguments), **config}, RunConfig))


def shell(script: str) -> Config:
    return image("/bin/sh", "-c", script)


def serving(port: int, *arguments: str) -> Config:
    return image(*arguments, ExposedPorts={f"{port}/tcp": {}})


def asking(port: int, *probes: Probe, **run: object) -> Settings:
    ready = Ready(tcp=f"127.0.0.1:{port}", timeout=10)
    return Settings(msgspec.structs.replace(RunOptions({"PORT": str(port)}, ready=ready), **run), probes)


def get(port: int, path: str, **more: object) -> Probe:
    timeout = float(str(more.pop("timeout", 10.0)))
    http = msgspec.convert({"url": f"http://localhost:{port}{path}", **more}, Http)
    return Probe(path, http=http, timeout=timeout)


def found(session: Session, probe: str) -> Observation:
    return next(observation for observation in session.observations if observation.probe == probe)


# how a container starts


@pytest.mark.parametrize(
    ("entrypoint", "cmd", "options", "arguments"),
    [
        (None, ["a", "b"], RunOptions(), ("a", "b")),
        (["e"], ["a"], RunOptions(), ("e", "a")),
        (["e"], ["a"], RunOptions(command=("x", "y")), ("e", "x", "y")),
        (["e"], ["a"], RunOptions(command=()), ("e",)),
        (["e"], ["a"], RunOptions(entrypoint=("n",)), ("n",)),
        (["e"], ["a"], RunOptions(entrypoint=("n",), command=("x",)), ("n", "x")),
        (["e"], ["a"], RunOptions(entrypoint=(), command=("x",)), ("x",)),
    ],
)
def test_entrypoint_and_command_as_docker_does(
    entrypoint: list[str] | None, cmd: list[str], options: RunOptions, arguments: tuple[str, ...]
) -> None:
    assert start_of(image(*cmd, Entrypoint=entrypoint), options).arguments == arguments


def test_a_start_has_the_images_defaults() -> None:
    start = start_of(Config(config=RunConfig(cmd=("x",))), RunOptions())
    assert (start.environment, start.workdir, start.user, start.stop_signal) == ((PATH,), "/", "", "SIGTERM")


def test_the_options_are_over_the_image(tmp_path: Path) -> None:
    config = image(
        "x",
        Env=["PATH=/bin", "A=1", "B=2"],
        User="www",
        WorkingDir="/srv",
        StopSignal="SIGQUIT",
        Volumes={"/d": {}, "/e/": {}},
    )
    options = RunOptions({"B": "3", "C": "4"}, user="0", mounts=(f"{tmp_path}:/e:ro", f"{tmp_path}:/f"), network="host")
    start = start_of(config, options)
    assert start.environment == ("PATH=/bin", "A=1", "B=3", "C=4")
    assert (start.user, start.workdir, start.stop_signal, start.network) == ("0", "/srv", "SIGQUIT", "host")
    assert start.volumes == ("/d",)
    assert [(mount.target, mount.read_only) for mount in start.mounts] == [("/e", True), ("/f", False)]


def test_nothing_to_run_does_not_run() -> None:
    with pytest.raises(NotRunningError):
        start_of(Config(), RunOptions())


# the default start


def test_a_program_that_ends_is_judged_by_its_output(prepared) -> None:
    session = run(prepared, shell("echo out; echo err >&2"), Settings(), patience=SHORT)
    assert session.observations[0].fields == (
        ("state", "ended with status 0"),
        ("stdout", "out\n"),
        ("stderr", "err\n"),
    )
    assert session.timing and session.timing.until == "exit"
    assert not session.thin


def test_no_output_no_port_no_time_is_thin(prepared) -> None:
    assert run(prepared, shell(":"), Settings(), patience=SHORT).thin
    assert not run(prepared, shell("sleep 1.2"), Settings(), patience=SHORT).thin
    assert not run(prepared, shell("echo x"), Settings(), patience=SHORT).thin


def test_an_original_that_fails_does_not_run(prepared) -> None:
    with pytest.raises(NotRunningError, match=r"status 3.*\n.*no such config") as caught:
        run(prepared, shell("echo no such config >&2; exit 3"), Settings(), patience=SHORT)
    assert "-- ARG" in caught.value.hint


def test_a_result_that_fails_is_different(prepared) -> None:
    first = run(prepared, shell("echo ok"), Settings(), patience=SHORT)
    other = run(prepared, shell("echo ok; exit 3"), Settings(), after=first, patience=SHORT)
    verdict = compare(first, first, other)
    assert verdict.verdict == "different"
    assert verdict.judgements[0].witnesses[0].found == "ended with status 3"
    assert verdict.judgements[0].reason == "it ended with status 3, and wrote: ok"


def test_a_service_is_greeted_on_its_port(prepared, server, port) -> None:
    session = run(prepared, serving(port, *server), asking(port), patience=SHORT)
    seen = dict(session.observations[0].fields)
    assert seen["state"] == "running"
    assert seen["listening"] == str(port)
    assert seen[f"port {port} status"] == "200"
    assert seen[f"port {port} body"] == "<h1>welcome</h1>"


def test_a_port_without_http_only_accepts(prepared, port) -> None:
    code = f"import socket; s = socket.create_server(('127.0.0.1', {port}))\nwhile True: s.accept()[0].send(b'+PONG')"
    session = run(prepared, serving(port, sys.executable, "-c", code), asking(port), patience=SHORT)
    assert dict(session.observations[0].fields)[f"port {port} connection"] == "accepted"


def test_a_service_without_a_port_is_ready_when_quiet(prepared) -> None:
    first = run(prepared, shell("echo up; exec sleep 60"), Settings(), patience=SHORT)
    assert first.timing and first.timing.until == "quiet"
    again = run(prepared, shell("echo up; exec sleep 60"), Settings(), after=first, patience=SHORT)
    assert again.timing and again.timing.seconds >= first.timing.seconds
    assert compare(first, again, again).verdict == "same"


def test_a_port_of_a_moment_makes_no_service(prepared) -> None:
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); time.sleep(0.5); print('done')"
    session = run(prepared, image(sys.executable, "-c", code), Settings(), patience=LONG)
    assert session.timing.until == "exit"
    assert dict(session.observations[0].fields)["stdout"] == "done\n"


def test_a_program_that_ends_while_it_is_watched_is_no_service(prepared, port) -> None:
    code = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(1); print('done')"
    config = image(sys.executable, "-c", code, ExposedPorts={f"{port}/tcp": {}})
    first = run(prepared, config, Settings(), patience=LONG)
    again = run(prepared, config, Settings(), after=first, patience=SHORT)
    assert first.timing.until == again.timing.until == "exit"
    assert compare(first, again, again).verdict == "same"
    assert dict(again.observations[0].fields)["stdout"] == "done\n"


def test_a_service_that_dies_while_it_is_watched(prepared) -> None:
    patience = msgspec.structs.replace(SHORT, observe=5.0)
    with pytest.raises(NotRunningError, match="status 4"):
        run(prepared, shell("echo up; sleep 1; exit 4"), Settings(), patience=patience)


def test_a_result_without_its_port_is_different(prepared, server, port) -> None:
    patient = msgspec.structs.replace(SHORT, quiet=10.0, longest=20.0)  # a busy machine is quiet before it listens
    first = run(prepared, serving(port, *server), asking(port, ready=Ready()), patience=patient)
    assert first.timing and first.timing.until == "port"
    other = run(prepared, serving(port, "/bin/sleep", "60"), asking(port, ready=Ready()), after=first, patience=SHORT)
    assert other.timing and other.timing.until == "never"
    assert compare(first, first, other).judgements[0].witnesses[0].field == "listening"


def test_a_program_that_ignores_its_stop_signal_is_killed_and_not_waited_for_again(prepared) -> None:
    config = shell("trap '' TERM; echo up; while :; do sleep 0.05; done")
    first = run(prepared, config, Settings(), patience=SHORT)
    assert first.timing and first.timing.stubborn
    assert run(prepared, config, Settings(), after=first, patience=SHORT).timing.stubborn


def test_the_stop_signal_is_the_images(prepared, tmp_path: Path) -> None:
    config = image(
        "/bin/sh",
        "-c",
        f"trap 'echo bye > {tmp_path}/bye; exit' USR1; while :; do sleep 0.05; done",
        StopSignal="SIGUSR1",
    )
    assert not run(prepared, config, Settings(), patience=SHORT).timing.stubborn
    assert (tmp_path / "bye").read_text() == "bye\n"


# probes of the user


def test_every_kind_is_asked_and_the_original_is_the_same_as_itself(prepared, server, port, tmp_path: Path) -> None:
    script = tmp_path / "smoke.sh"
    script.write_text('#!/bin/sh\necho "$SHAVE_PROBE $HOME"\n')
    script.chmod(0o755)
    settings = asking(
        port,
        Probe("one-shot", command=("/bin/echo", "hello")),
        get(port, "/"),
        get(port, "/json"),
        get(port, "/time"),
        get(port, "/moved", expect_status=302),
        get(port, "/binary"),
        get(port, "/none"),
        Probe("exec", exec=("/bin/sh", "-c", "echo $PORT; echo no >&2; exit 5")),
        Probe("port", tcp=f"localhost:{port}"),
        Probe("suite", script=str(script)),
        Probe("tests", script=("/bin/sh", "-c", "echo $SHAVE_PROBE at $SHAVE_HOST:$SHAVE_PORTS")),
    )
    config = image(*server)
    sessions = [run(prepared, config, settings, patience=SHORT) for _ in range(3)]
    assert [seen.probe for seen in sessions[0].observations] == ["start", *(probe.name for probe in settings.probes)]
    verdict = compare(*sessions)
    assert verdict.verdict == "same", verdict
    assert dict(found(sessions[0], "exec").fields) == {"status": "5", "stdout": f"{port}\n", "stderr": "no\n"}
    assert dict(found(sessions[0], "one-shot").fields)["stdout"] == "hello\n"
    assert dict(found(sessions[0], "/json").fields)["body.numbers[1]"] == "2"
    assert found(sessions[0], "suite").shown.startswith("suite /")
    assert found(sessions[0], "tests").shown == f"tests at localhost:{port}"
    assert dict(found(sessions[0], "/moved").fields)["header location"] == "/elsewhere"
    assert dict(found(sessions[0], "/").fields)["cookies"] == "session"
    assert {start.arguments for start in prepared.starts} == {server, ("/bin/echo", "hello")}


def test_another_answer_is_different(prepared, server, port) -> None:
    settings = asking(port, get(port, "/"), get(port, "/json"))
    changed = asking(port, get(port, "/"), get(port, "/json"), env={"PORT": str(port), "WORD": "sorry"})
    one = run(prepared, image(*server), settings, patience=SHORT)
    two = run(prepared, image(*server), settings, after=one, patience=SHORT)
    other = run(prepared, image(*server), changed, after=one, patience=SHORT)
    verdict = compare(one, two, other)
    assert verdict.verdict == "different"
    fields = [judged.witnesses[0].field for judged in verdict.judgements if judged.witnesses]
    assert fields == ["body", "body.word"]


def test_commands_alone_need_no_service(prepared) -> None:
    session = run(prepared, shell("exit 3"), Settings(probes=(Probe("c", command=("/bin/true",)),)), patience=SHORT)
    assert [seen.probe for seen in session.observations] == ["c"]
    assert len(prepared.starts) == 1


def test_a_command_that_does_not_end(prepared) -> None:
    probe = Probe("c", command=("/bin/sleep", "60"), timeout=0.3)
    assert run(prepared, shell(":"), Settings(probes=(probe,)), patience=SHORT).observations[0].failure


def test_a_program_that_dies_while_it_is_asked(prepared, server, port) -> None:
    settings = asking(port, get(port, "/"), get(port, "/die"), get(port, "/json"))
    with pytest.raises(NotRunningError, match="status 3"):
        run(prepared, image(*server), settings, patience=SHORT)
    before = Session((), timing=Timing("port", 1.0))
    session = run(prepared, image(*server), settings, after=before, patience=SHORT)
    assert dict(found(session, "start").fields) == {"state": "ended with status 3"}
    assert "status 3" in found(session, "/json").failure


def test_probes_to_a_program_that_ended(prepared, port) -> None:
    with pytest.raises(NotRunningError, match="before it could be asked"):
        run(prepared, shell("echo done"), asking(port, get(port, "/")), patience=SHORT)


def test_never_ready(prepared, port) -> None:
    settings = asking(port, get(port, "/"), ready=Ready(http=f"http://localhost:{port}/", timeout=0.3))
    with pytest.raises(NotRunningError, match="not ready"):
        run(prepared, shell("exec sleep 60"), settings, patience=SHORT)


def test_ready_is_an_url_that_answers(prepared, server, port) -> None:
    settings = asking(port, ready=Ready(http=f"http://localhost:{port}/none"))
    assert run(prepared, image(*server), settings, patience=SHORT).timing.until == "port"


def test_a_wrong_status_and_a_failing_script_are_failures(prepared, server, port) -> None:
    settings = asking(port, get(port, "/", expect_status=404), Probe("s", script="/bin/false"))
    session = run(prepared, image(*server), settings, patience=SHORT)
    assert found(session, "/").failure == "status 200, expected 404"
    assert found(session, "s").failure
    assert compare(session, session, session).verdict == "unknown"


def test_what_hangs_or_drips_or_refuses_is_bounded(prepared, server, port) -> None:
    settings = asking(
        port,
        get(port, "/hang", timeout=0.3),
        get(port, "/drip", timeout=0.5),
        get(1, "/", timeout=0.3),
        Probe("exec", exec=("/bin/sleep", "60"), timeout=0.3),
        ready=Ready(tcp=f"localhost:{port}", timeout=2.0),
    )
    session = run(prepared, image(*server), settings, patience=SHORT)
    assert [seen.failure for seen in session.observations[1:]] == [
        "no answer in 0.3 s",
        "no answer in 0.5 s",
        "the connection is refused",
        "it did not end in 0.3 s",
    ]


def test_a_huge_body_is_bounded(prepared, server, port) -> None:
    session = run(prepared, image(*server), asking(port, get(port, "/huge")), patience=SHORT)
    assert "first 8388608 bytes" in dict(found(session, "/huge").fields)["body"]


def test_what_is_no_http(prepared, port) -> None:
    code = f"import socket; s = socket.create_server(('127.0.0.1', {port}))\nwhile True: s.accept()[0].send(b'+PONG')"
    session = run(prepared, image(sys.executable, "-c", code), asking(port, get(port, "/")), patience=SHORT)
    assert "no HTTP" in found(session, "/").failure or "reset" in found(session, "/").failure.lower()
