import os
import shutil
from pathlib import Path

import pytest

from shave.config import Settings, address, load, merge
from shave.errors import UsageError
from shave.probe import Http, Probe, Ready, RunOptions
from shave.verbs.lint_chosen import chosen

WHOLE = """
[run]
env = { PORT = "8080" }
command = ["gunicorn", "app:app"]
entrypoint = []
user = "1000:1000"
mounts = ["./fixtures:/data:ro", "fixtures:/more"]
network = "host"
ready = { http = "http://localhost:8080/healthz", timeout = 10 }

[[probe]]
name = "home"
http = { url = "http://localhost:8080/", expect_status = 200, headers = { Accept = "text/html" } }
[[probe]]
name = "version"
exec = ["flask", "--version"]
[[probe]]
name = "one-shot"
command = ["python", "-m", "app.report", "--dry-run"]
timeout = 5
[[probe]]
name = "suite"
script = "smoke.sh"
[[probe]]
name = "arguments"
script = ["./smoke.sh", "--fast"]
[[probe]]
name = "of the path"
script = ["sh", "-c", "true"]
[[probe]]
name = "port"
tcp = "localhost:6379"
"""


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with a script and a directory to mount."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fixtures").mkdir()
    (tmp_path / "smoke.sh").write_text("#!/bin/sh\n")
    (tmp_path / "smoke.sh").chmod(0o755)
    return tmp_path


def written(text: str, name: str = "shave.toml") -> Path:
    Path(name).write_text(text)
    return Path(name)


def expected(directory: Path, source: Path) -> Settings:
    run = RunOptions(
        env={"PORT": "8080"},
        command=("gunicorn", "app:app"),
        entrypoint=(),
        user="1000:1000",
        mounts=(f"{directory}/fixtures:/data:ro", f"{directory}/fixtures:/more"),
        network="host",
        ready=Ready(http="http://localhost:8080/healthz", timeout=10.0),
    )
    probes = (
        Probe("home", http=Http("http://localhost:8080/", headers={"Accept": "text/html"}, expect_status=200)),
        Probe("version", exec=("flask", "--version")),
        Probe("one-shot", command=("python", "-m", "app.report", "--dry-run"), timeout=5.0),
        Probe("suite", script=f"{directory}/smoke.sh"),
        Probe("arguments", script=(f"{directory}/smoke.sh", "--fast")),
        Probe("of the path", script=(shutil.which("sh") or "", "-c", "true")),
        Probe("port", tcp="localhost:6379"),
    )
    return Settings(run, probes, source)


def test_the_whole_of_a_file(directory: Path) -> None:
    assert load(written(WHOLE)) == expected(directory, Path("shave.toml"))


def test_a_pyproject_says_the_same(directory: Path) -> None:
    text = WHOLE.replace("[run]", "[tool.shave.run]").replace("[[probe]]", "[[tool.shave.probe]]")
    assert load(written(text, "pyproject.toml")) == expected(directory, Path("pyproject.toml"))
    assert load() == expected(directory, Path("pyproject.toml"))


def test_which_file_is_found() -> None:
    assert load() == Settings()
    written("[project]\nname = 'x'\n", "pyproject.toml")
    assert load() == Settings()
    written("[run]\nuser = 'me'\n")
    assert load().run.user == "me"
    written("[run]\nuser = 'other'\n", "other.toml")
    assert load(Path("other.toml")).run.user == "other"


def test_in_a_repository_it_is_found_upward(monkeypatch: pytest.MonkeyPatch) -> None:
    written("[run]\nuser = 'root of all'\n")
    place = Path("repository/one/two")
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    assert load() == Settings()
    Path("../../.git").mkdir()
    assert load() == Settings()
    written("[run]\nuser = 'me'\n", "../../shave.toml")
    assert (load().run.user, load().source) == ("me", Path("../../shave.toml"))
    written("[tool.shave.run]\nuser = 'nearer'\n", "../pyproject.toml")
    assert load().run.user == "nearer"


@pytest.mark.root
def test_what_another_user_wrote_above_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine").mkdir()
    Path(".git").mkdir()
    written("[run]\nuser = 'root'\n")
    os.chown("mine", 1000, 1000)
    monkeypatch.chdir("mine")
    assert load() == Settings()


def test_a_current_directory_that_is_deleted_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("gone").mkdir()
    monkeypatch.chdir("gone")
    Path("../gone").rmdir()
    assert load() == Settings()


def test_globs_of_files_are_relative_to_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".git").mkdir()
    Path("team [1]/tests").mkdir(parents=True)
    written('[lint]\nper_file_ignores = { "team */tests/**" = ["SHV1"], "*.dev" = ["SHV2"] }\n')
    for here, there in ((".", "team [1]/tests/Dockerfile"), ("team [1]", "tests/Dockerfile"), ("tests", "Dockerfile")):
        monkeypatch.chdir(here)
        settings = load().lint
        assert not chosen(settings, there)("SHV101")
        assert not chosen(settings, str(Path(there).absolute()))("SHV101")
        assert chosen(settings, "Dockerfile.dev")("SHV201") is False
        assert chosen(settings, "../../Dockerfile")("SHV101")


def test_paths_are_relative_to_the_file(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(WHOLE)
    monkeypatch.chdir("/")
    assert load(directory / "shave.toml") == expected(directory, directory / "shave.toml")


MISTAKES = [
    ("[[lint]]", "lint: expected `table`, got `array`", "write […] above it; see docs/lint.md"),
    ("[rnu]", "rnu is no known key", "'run'"),
    ("[run]\ncomand = ['x']", r"run\.comand is no known key", "'command'"),
    ("[run.ready]\nurl = 'x'", r"run\.ready\.url", ""),
    ("[[probe]]\nname = 'a'\nexec = ['x']\n[[probe]]\nname = 'b'\nhtpp = {}", r"probe\[1\]\.htpp", "'http'"),
    ("[[probe]]\nname = 'a'\nhttp = { url = 'http://x/', expected_status = 1 }", r"expected_status", "'expect_status'"),
    ("[run]\nenv = { PORT = 8080 }", r"run\.env\[\.\.\.\]: expected `str`, got `int`", ""),
    ("[run]\nenv = { '' = 'x' }", "name of a variable", ""),
    ("[run]\ncommand = 'x'", r"run\.command: expected `array", ""),
    ("[run]\nnetwork = 'bridge'", r"run\.network", ""),
    ("[run]\nmounts = ['nowhere:/data']", "nowhere", ""),
    ("[run]\nmounts = ['fixtures']", "no mount", ""),
    ("[run]\nmounts = ['fixtures:data']", "no mount", ""),
    ("[run]\nmounts = ['fixtures:/data:rx']", "no mount", ""),
    ("[run]\nready = { http = 'http://x/', tcp = 'x:1' }", "both http and tcp", ""),
    ("[run]\nready = { tcp = 'x' }", "no address", ""),
    ("[run]\nready = { http = '/x' }", "no URL", ""),
    ("[run]\nready = { http = 'http://x/', timeout = 0 }", "no time limit", ""),
    ("[[probe]]\nexec = ['x']", r"probe\[0\]: .*missing required field `name`", ""),
    ("[[probe]]\nname = 'a'", "'a' has none: expected exactly one of http, exec", ""),
    ("[[probe]]\nname = 'a'\nexec = ['x']\ntcp = 'x:1'", "'a' has exec and tcp", ""),
    ("[[probe]]\nname = ''\nexec = ['x']", "printable", ""),
    ("[[probe]]\nname = 'start'\nexec = ['x']", "taken by the image's own start", ""),
    ("[[probe]]\nname = 'a'\nexec = ['x']\n[[probe]]\nname = 'a'\nexec = ['y']", "two probes", ""),
    ("[[probe]]\nname = 'a'\nexec = []", "must name a program", ""),
    ("[[probe]]\nname = 'a'\ncommand = []", "must name a program", ""),
    ("[[probe]]\nname = 'a'\nexec = ['x']\ntimeout = -1", "no time limit", ""),
    ("[[probe]]\nname = 'a'\nexec = ['x']\ntimeout = nan", "no time limit", ""),
    ("[[probe]]\nname = 'a'\nhttp = { url = 'ftp://x/' }", "no URL", ""),
    ("[[probe]]\nname = 'a'\nhttp = { url = 'http://x:99999/' }", "no URL", ""),
    ('[[probe]]\nname = "a"\nhttp = { url = "http://x/\\r\\nA: b" }', "no URL", ""),
    ("[[probe]]\nname = 'a'\nhttp = { url = 'http://x/', expect_status = 20 }", "no status", ""),
    ("[[probe]]\nname = 'a'\nhttp = { url = 'http://x/', method = 'G T' }", "no method", ""),
    ('[[probe]]\nname = "a"\nhttp = { url = "http://x/", headers = { A = "x\\ny" } }', "no header", ""),
    ("[[probe]]\nname = 'a'\ntcp = 'x:0'", "no address", ""),
    ("[[probe]]\nname = 'a'\nscript = 'nothing.sh'", "no program", ""),
    ("[[probe]]\nname = 'a'\nscript = ['nothing.sh', 'x']", "no program", ""),
    ("[[probe]]\nname = 'a'\nscript = []", "must name a program", ""),
    ("probe = 1", "probe: expected `array`", ""),
    ("run = 1", "run: expected `table`", ""),
    ("[run", "not TOML", ""),
]


@pytest.mark.parametrize(("text", "message", "hint"), MISTAKES)
def test_every_mistake_names_file_and_key(text: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        load(written(text))
    assert str(caught.value).startswith("shave.toml")
    assert hint in caught.value.hint and caught.value.hint


def test_files_that_cannot_be_read() -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        load(Path("absent.toml"))
    Path("binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="cannot be read"):
        load(Path("binary.toml"))
    with pytest.raises(UsageError, match=r"no \[tool.shave\]"):
        load(written("", "pyproject.toml"))


def test_options_win() -> None:
    settings = Settings(RunOptions({"A": "1", "B": "2"}, ("e",), ("c",), "me", ready=Ready(timeout=7.0)))
    merged = merge(
        settings,
        env=("B=3", "C="),
        mounts=("fixtures:/data",),
        user="",
        network="host",
        entrypoint="sh",
        ready="localhost:80",
        arguments=("x", "y"),
    ).run
    assert merged.env == {"A": "1", "B": "3", "C": ""}
    assert merged.mounts == (f"{Path.cwd()}/fixtures:/data",)
    assert (merged.user, merged.network, merged.entrypoint, merged.command) == ("", "host", ("sh",), ("x", "y"))
    assert merged.ready == Ready(tcp="localhost:80", timeout=7.0)
    assert merge(settings, entrypoint="").run.entrypoint == ()
    assert merge(settings, ready="http://localhost/").run.ready.http == "http://localhost/"
    assert merge(settings) == settings


def test_which_probes_are_asked() -> None:
    one, two = (Probe(name, exec=("x",)) for name in ("one", "two"))
    settings = Settings(probes=(one, two))
    assert merge(settings, only=("two",)).probes == (two,)
    assert merge(settings, only=("two", "one")).probes == (one, two)
    assert merge(settings, no_probe=True).probes == ()
    with pytest.raises(UsageError, match="no probe 'tow'") as caught:
        merge(settings, only=("tow",))
    assert caught.value.hint == "did you mean 'two'?"
    with pytest.raises(UsageError) as caught:
        merge(Settings(), only=("two",))
    assert caught.value.hint == "configured: none"
    with pytest.raises(UsageError, match="contradict"):
        merge(settings, only=("two",), no_probe=True)


@pytest.mark.parametrize(
    "options",
    [
        {"env": ("A",)},
        {"env": ("=x",)},
        {"network": "bridge"},
        {"ready": "x"},
        {"ready": "ftp://x"},
        {"mounts": ("/x",)},
    ],
)
def test_options_that_cannot_be_meant(options: dict[str, str]) -> None:
    with pytest.raises(UsageError):
        merge(Settings(), **options)


def test_addresses() -> None:
    assert address("localhost:80") == ("localhost", 80)
    assert address("[::1]:65535") == ("::1", 65535)
    for text in ("localhost", ":80", "x:", "x:0", "x:65536", "x:-1", "x:²", "x:" + "9" * 5000):
        with pytest.raises(UsageError):
            address(text)


def test_a_command_for_the_shell_is_one_probe_more() -> None:
    settings = Settings(probes=(Probe("a", tcp="x:1"),))
    assert merge(settings, tests="pytest -q | tee log").probes == (
        *settings.probes,
        Probe("tests", script=("/bin/sh", "-c", "pytest -q | tee log"), timeout=3600),
    )
    assert [probe.name for probe in merge(settings, tests="true", no_probe=True).probes] == ["tests"]
    with pytest.raises(UsageError, match="--from-tests: no command"):
        merge(settings, tests=" ")
    with pytest.raises(UsageError, match="named 'tests' already"):
        merge(Settings(probes=(Probe("tests", tcp="x:1"),)), tests="true")
