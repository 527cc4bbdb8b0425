"""What Dockerfiles of the labs that ship show of images that do not start, and no alarm for the others."""

from pathlib import Path

import pytest

from shave import lab_file
from shave.lab import DockerfileBuild, Variant
from shave.recipe import read
from shave.rules.cannot_run import look
from shave.rules.known import NOTHING

LABS = Path(__file__).parents[2] / "examples/labs"
SHOWN = frozenset({"shell-missing", "loader-missing"})
"""Causes that the text of a Dockerfile may show."""
UNSHOWN = frozenset({"c.musl.debian", "hello.self-contained.scratch", "web.self-contained.scratch"})
"""What is copied was linked by others, or by a compiler of another library than the stage's."""


def variants() -> list[Variant]:
    found = [variant for lab in ("hello", "https", "dotnet") for variant in lab_file.load(LABS / lab).variants]
    return [variant for variant in found if isinstance(variant.build, DockerfileBuild)]


@pytest.mark.parametrize("variant", variants(), ids=lambda variant: variant.name)
def test_labs(variant: Variant) -> None:
    assert isinstance(variant.build, DockerfileBuild)
    found = list(look(read(variant.build.text.encode()), NOTHING))
    fails = variant.expected is not None and variant.expected.outcome == "run-fails"
    if fails and variant.expected and variant.expected.cause in SHOWN and variant.name not in UNSHOWN:
        assert found
    elif not fails:
        assert not found


@pytest.mark.parametrize(
    ("base", "run", "source", "is_found"),
    [
        ("swift:5.9", "swift build -c release --static-swift-stdlib", "/app/.build/release/App", True),
        ("swift:5.9", "swift build -Xswiftc -static-executable", "/app/.build/release/App", False),
        ("haskell:9", "cabal install --installdir=/out", "/out/app", True),
        ("haskell:9", "stack install", "/root/.local/bin/app", True),
        ("elixir:1.16", "mix release", "/app/_build/prod/rel/app", True),
        ("elixir:1.16-alpine", "mix release", "/app/_build/prod/rel/app", False),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet publish -r linux-x64 --self-contained -o /out", "/out", True),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet publish -r linux-x64 --self-contained -o /out", "/out/", True),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet publish -r linux-musl-x64 --sc -o /out", "/out", False),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "dotnet publish -r linux-x64 --self-contained false -o /out",
            "/out",
            False,
        ),
        ("mcr.microsoft.com/dotnet/sdk:8.0", "dotnet publish -o /out", "/out", False),
        ("gcc:13", "gcc -march=native -o /app a.c", "/app", True),
        ("gcc:13", "gcc -c -o /app a.c", "/app", False),
        # its text may say that it is linked statically
        ("gcc:13", "cmake . && make install", "/usr/local/bin/app", False),
    ],
)
def test_programs_of_glibc_on_alpine(base: str, run: str, source: str, is_found: bool) -> None:
    text = f"FROM {base} AS b\nRUN {run}\nFROM alpine:3.20\nCOPY --from=b {source} /app\n"
    assert bool(list(look(read(text.encode()), NOTHING))) is is_found
    assert not list(look(read(f"{text}RUN apk add --no-cache gcompat\n".encode()), NOTHING))


def test_a_release_without_its_runtime_takes_that_of_the_system() -> None:
    text = b"FROM elixir AS b\nRUN mix release\nFROM alpine\nCOPY --from=b /_build/rel /app\nRUN apk add erlang\n"
    assert not list(look(read(text), NOTHING))
