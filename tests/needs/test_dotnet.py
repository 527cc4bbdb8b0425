"""What a .NET application's two JSON files name."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.needs.dotnet import Dotnet

SHARED = "usr/share/dotnet/shared/Microsoft.NETCore.App"
ICU = "usr/lib/x86_64-linux-gnu/libicuuc.so.72"
LAYER: dict[str, scenes.Content] = {
    **{f"{SHARED}/{version}/System.Runtime.dll": b"" for version in ("6.0.9", "8.0.3", "8.0.11", "8.1.0", "9.0.0")},
    ICU: b"",
    "usr/lib/x86_64-linux-gnu/libicuio.so.72": b"",
}
PUBLISHED = {
    "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0"},
    "targets": {
        ".NETCoreApp,Version=v8.0": {
            "Lib/1.0": {"runtime": {"lib/net8.0/Lib.dll": {}}, "resources": {"lib/de/Lib.r.dll": {"locale": "de"}}},
            "Data/2.0": {
                "runtimeTargets": {
                    "runtimes/linux-x64/native/libe.so": {"rid": "linux-x64", "assetType": "native"},
                    "runtimes/win-x64/native/e.dll": {"rid": "win-x64", "assetType": "native"},
                }
            },
        }
    },
}


def named(path: str, data: bytes, environment: dict[str, str] | None = None) -> list[str]:
    files = scenes.Files([{**LAYER, path: data}])
    return [link.target for link in Dotnet(files, environment or {}).links(path, data[:256])]


def configured(version: str, environment: dict[str, str] | None = None, **properties: Any) -> list[str]:
    framework = {"name": "Microsoft.NETCore.App", "version": version}
    options = {"runtimeOptions": {"framework": framework, "configProperties": properties}}
    return named("app/App.runtimeconfig.json", json.dumps(options).encode(), environment)


def test_the_assemblies_that_an_application_was_published_with() -> None:
    data = b"\xef\xbb\xbf" + json.dumps(PUBLISHED).encode()
    assert named("app/App.deps.json", data) == [
        "app/Lib.dll",
        "app/de/Lib.r.dll",
        "app/runtimes/linux-x64/native/libe.so",
    ]


@pytest.mark.parametrize(
    ("asked", "version"), [("6.0.0", "6.0.9"), ("8.0.0", "8.0.3"), ("7.0.0", "8.0.3"), ("8.1.0", "8.1.0")]
)
def test_frameworks_roll_forward(asked: str, version: str) -> None:
    assert f"{SHARED}/{version}/System.Runtime.dll" in configured(asked)
    assert f"{SHARED}/9.0.0/System.Runtime.dll" not in configured(asked)


def test_icu_unless_globalization_is_invariant() -> None:
    assert ICU in configured("8.0.0")
    assert ICU not in configured("8.0.0", {"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"})
    assert ICU not in configured("8.0.0", **{"System.Globalization.Invariant": True})
    assert "usr/lib/x86_64-linux-gnu/libicuio.so.72" not in configured("8.0.0")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"targets": 1}', b"[" * 100_000])
def test_what_is_no_such_document_names_nothing(data: bytes) -> None:
    assert named("app/App.deps.json", data) == []
    assert named("app/App.runtimeconfig.json", data.replace(b"targets", b"runtimeOptions")) == []


@given(st.text(max_size=40))
def test_any_version_is_some_version(version: str) -> None:
    configured(version)
