"""What .NET lacks, by files made up, and which version of a framework it takes, by its own host's word."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from assemblies import bundle
from elves import program
from patients import patient
from shave.causes.dotnet import look
from shave.causes.dotnet_frameworks import Version, accepts, nearest, version
from shave.diagnosis import Diagnosis
from shave.testing import File, Member

HOST = File(program({}), 0o755)
CORE, WEB = "Microsoft.NETCore.App", "Microsoft.AspNetCore.App"
PARTS = ("libhostpolicy.so", "libcoreclr.so", "System.Private.CoreLib.dll")
ICU: dict[str, Member] = {"/usr/lib/x86_64-linux-gnu/libicuuc.so.72": b""}


def config(*asked: tuple[str, str], **options: Any) -> bytes:
    frameworks = [{"name": name, "version": number} for name, number in asked]
    return json.dumps({"runtimeOptions": {"frameworks": frameworks, **options}}).encode()


def dotnet(root: str = "/usr/share/dotnet", core: str = "8.0.4", web: str = "") -> dict[str, Member]:
    """A directory as the runtime's package makes it."""
    made: dict[str, Member] = {f"{root}/dotnet": HOST, f"{root}/host/fxr/{core}/libhostfxr.so": b""}
    made |= {f"{root}/shared/{CORE}/{core}/{name}": b"" for name in (*PARTS, f"{CORE}.deps.json")}
    if web:
        made[f"{root}/shared/{WEB}/{web}/{WEB}.deps.json"] = b""
        made[f"{root}/shared/{WEB}/{web}/{WEB}.runtimeconfig.json"] = config((CORE, web))
    return made


def app(text: bytes) -> dict[str, Member]:
    return {"/app/app": HOST, "/app/app.dll": b"", "/app/app.runtimeconfig.json": text}


def said(tmp_path: Path, members: Mapping[str, Member], *words: str, **run: Any) -> list[Diagnosis]:
    tmp_path.mkdir(exist_ok=True)
    return list(look(patient(tmp_path, members, *words, WorkingDir="/app", **run)))


def causes(found: list[Diagnosis]) -> list[tuple[str, bool]]:
    return [(each.cause, each.stops) for each in found]


MISSING = [("dotnet-runtime-missing", True)]


@pytest.mark.parametrize(
    ("asked", "members", "expected"),
    [
        (config((CORE, "8.0.0")), dotnet(), []),
        (config((CORE, "8.0.0")), dotnet(root="/usr/lib/dotnet"), []),
        (config((CORE, "8.0.5")), dotnet(), MISSING),
        (config((CORE, "6.0.0")), dotnet(), MISSING),
        (config((CORE, "6.0.0"), rollForward="Major"), dotnet(), []),
        (config((CORE, "6.0.0"), rollForwardOnNoCandidateFx=2), dotnet(), []),
        (config((WEB, "8.0.0")), dotnet(), MISSING),
        (config((WEB, "8.0.0")), dotnet(web="8.0.4"), []),
        (config((WEB, "8.0.0")), dotnet(core="8.0.3", web="8.0.4"), MISSING),
        (config((CORE, "8.0.0")), {}, MISSING),
        (config((CORE, "8.0.0")), dotnet(root="/opt/dotnet"), MISSING),
        (config(), {}, MISSING),
        (config(includedFrameworks=[{"name": CORE, "version": "8.0.4"}]), {f"/app/{name}": b"" for name in PARTS}, []),
    ],
)
@pytest.mark.parametrize("words", [("./app",), ("/usr/share/dotnet/dotnet", "app.dll")])
def test_the_frameworks_of_an_application(
    tmp_path: Path, words: tuple[str, ...], asked: bytes, members: dict[str, Member], expected: list[tuple[str, bool]]
) -> None:
    if words[0] == "./app" or "/usr/share/dotnet/dotnet" in members:
        assert causes(said(tmp_path, {**app(asked), **members, **ICU}, *words)) == expected


def test_where_dotnet_is_looked_for(tmp_path: Path) -> None:
    members = {**app(config((CORE, "8.0.0"))), **dotnet(root="/opt/dotnet"), **ICU}
    assert said(tmp_path / "a", members, "./app", Env=["DOTNET_ROOT=/opt/dotnet"]) == []
    assert said(tmp_path / "b", {**members, "/etc/dotnet/install_location": b"/opt/dotnet\n"}, "./app") == []
    assert causes(said(tmp_path / "c", {**members, **dotnet()}, "./app", Env=["DOTNET_ROOT=/nowhere"])) == MISSING
    env = ["DOTNET_ROLL_FORWARD=LatestMajor"]
    older = {**app(config((CORE, "6.0.0"), rollForward="Disable")), **dotnet(), **ICU}
    assert said(tmp_path / "d", older, "./app", Env=env) == []
    assert said(tmp_path / "e", older, "/usr/share/dotnet/dotnet", "--roll-forward", "Major", "app.dll") == []
    assert causes(said(tmp_path / "f", older, "/usr/share/dotnet/dotnet", "exec", "app.dll")) == MISSING


def test_a_host_without_its_library(tmp_path: Path) -> None:
    members = {**app(config((CORE, "8.0.0"))), **dotnet(), **ICU, "/usr/share/dotnet/host/fxr/8.0.4/other": b""}
    del members["/usr/share/dotnet/host/fxr/8.0.4/libhostfxr.so"]
    assert causes(said(tmp_path, members, "./app")) == MISSING


@pytest.mark.parametrize("name", PARTS)
def test_a_runtime_that_was_cut_down(tmp_path: Path, name: str) -> None:
    members = {**app(config((CORE, "8.0.0"))), **dotnet(), **ICU}
    del members[f"/usr/share/dotnet/shared/{CORE}/8.0.4/{name}"]
    assert causes(said(tmp_path, members, "./app")) == MISSING


@pytest.mark.parametrize(
    ("options", "env", "members", "expected"),
    [
        ({}, [], {}, [("dotnet-library-missing", True)]),
        ({}, [], ICU, []),
        ({"configProperties": {"System.Globalization.Invariant": True}}, [], {}, []),
        ({"configProperties": {"System.Globalization.Invariant": "true"}}, [], {}, []),
        ({}, ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1"], {}, []),
        ({}, ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0"], {}, [("dotnet-library-missing", True)]),
        ({}, [], {**ICU, "/app/app.dll": b"System.Net.Http"}, [("dotnet-library-missing", False)]),
        ({}, [], {**ICU, "/app/app.dll": b"System.Net.Http", "/usr/lib/libssl.so.3": b""}, []),
    ],
)
def test_libraries_that_are_loaded_by_name(
    tmp_path: Path,
    options: dict[str, Any],
    env: list[str],
    members: dict[str, Member],
    expected: list[tuple[str, bool]],
) -> None:
    made = {**app(config((CORE, "8.0.0"), **options)), **dotnet(), **members}
    assert causes(said(tmp_path, made, "./app", Env=env)) == expected


def test_older_ones_know_no_openssl_3(tmp_path: Path) -> None:
    made = {**app(config((CORE, "3.1.0"))), **dotnet(core="3.1.2"), **ICU, "/app/app.dll": b"System.Net.Security"}
    (found,) = said(tmp_path / "a", {**made, "/usr/lib/libssl.so.3": b""}, "./app")
    assert found.fix == "install libssl1.1"
    assert said(tmp_path / "b", {**made, "/usr/lib/libssl.so.1.1": b""}, "./app") == []


def test_programs_that_are_one_file(tmp_path: Path) -> None:
    whole = File(bundle({"one.runtimeconfig.json": config(), "one.dll": b""}), 0o755)
    asks = File(bundle({"one.runtimeconfig.json": config((CORE, "8.0.0")), "one.dll": b""}), 0o755)
    assert causes(said(tmp_path / "a", {"/app/one": whole}, "./one")) == [("dotnet-library-missing", True)]
    assert said(tmp_path / "b", {"/app/one": whole, **ICU}, "./one") == []
    assert causes(said(tmp_path / "c", {"/app/one": asks, **ICU}, "./one")) == MISSING
    assert said(tmp_path / "d", {"/app/one": asks, **ICU, **dotnet()}, "./one") == []
    ahead = File(program({"__managedcode": b"x", ".rodata": b"libicuuc.so"}), 0o755)
    assert causes(said(tmp_path / "e", {"/app/one": ahead}, "./one")) == [("dotnet-library-missing", True)]
    invariant = File(program({"__managedcode": b"x"}), 0o755)
    assert said(tmp_path / "f", {"/app/one": invariant}, "./one") == []


def test_what_the_muxer_is_given(tmp_path: Path) -> None:
    muxer, members = "/usr/share/dotnet/dotnet", {**dotnet(), **ICU}
    assert causes(said(tmp_path / "a", members, muxer, "app.dll")) == [("program-file-missing", True)]
    assert causes(said(tmp_path / "b", {**members, "/app/app.dll": b""}, muxer, "app.dll")) == [
        ("program-file-missing", True)
    ]
    assert causes(said(tmp_path / "c", members, muxer, "run")) == MISSING
    assert said(tmp_path / "d", {**members, "/usr/share/dotnet/sdk/8.0.100/dotnet.dll": b""}, muxer, "run") == []
    assert said(tmp_path / "e", members, muxer, "--list-runtimes") == []
    gone = {**members, "/app/app": HOST, "/app/app.runtimeconfig.json": config((CORE, "8.0.0"))}
    assert causes(said(tmp_path / "f", gone, "./app")) == [("program-file-missing", True)]


def test_the_lowest_minor_and_its_newest_patch() -> None:
    assert nearest(["a/8.1.0", "a/8.0.3", "a/8.0.11", "a/9.0.0"]) == "a/8.0.11"
    assert version("8.0.0-rc.1.2") == Version(8, 0, 0, final=False)
    assert version("8.0") is None


ASKED = ["2.2.0", "3.0.0", "3.1.0", "3.1.23", "3.1.23-preview", "3.1.24", "3.2.0", "4.0.0"]
ROLLS = ["Disable", "LatestPatch", "Minor", "LatestMinor", "Major", "LatestMajor"]


@pytest.mark.network
@pytest.mark.oracle
def test_the_host_takes_the_same_versions(tmp_path: Path) -> None:
    """31 MB: the runtime of .NET Core 3.1."""
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    pip = [tmp_path / "venv/bin/pip", "download", "-q", "--no-deps", "--dest", tmp_path, "dotnetcore2==3.1.23"]
    subprocess.run(pip, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path)
    host = tmp_path / "dotnetcore2/bin/dotnet"
    host.chmod(0o755)
    (tmp_path / "app.dll").touch()
    (there,) = filter(None, (version(path.name) for path in (host.parent / "shared" / CORE).iterdir()))
    for asked in ASKED:
        for roll in ROLLS:
            (tmp_path / "app.runtimeconfig.json").write_bytes(config((CORE, asked), rollForward=roll))
            done = subprocess.run([host, tmp_path / "app.dll"], capture_output=True, text=True)
            refused = "compatible framework version" in done.stderr or "could not be found" in done.stderr
            wanted = version(asked)
            assert wanted
            assert accepts(wanted, there, roll.lower()) == (not refused), (asked, roll, done.stderr)
