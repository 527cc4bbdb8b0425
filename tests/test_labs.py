"""The labs that ship: each is read, planned and exported, each of its files is used; one like them is built and run.

All of them are built and run by bench/example_labs.py.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
import yaml

import example_labs
from shave import lab_file
from shave.lab import CommandBuild, DockerfileBuild, Lab
from shave.verbs import lab_export
from shave.verbs.lab_inputs import asked

LABS = tuple(example_labs.EXAMPLES / name for name in (*example_labs.LABS, "dotnet/composite.toml"))
RECIPES = "".join(path.read_text() for path in (example_labs.BENCH / "labs").glob("*bases"))
MICROSOFT = "mcr.microsoft.com/dotnet"
each_lab = pytest.mark.parametrize("place", LABS, ids=lambda place: place.relative_to(example_labs.EXAMPLES).as_posix())


def dockerfiles(lab: Lab) -> Iterator[DockerfileBuild]:
    yield from (variant.build for variant in lab.variants if isinstance(variant.build, DockerfileBuild))


def home(place: Path) -> Path:
    return place if place.is_dir() else place.parent


@each_lab
def test_what_each_variant_shows_is_said(place: Path) -> None:
    lab = lab_file.load(place)
    assert lab.variants
    assert [variant.name for variant in lab.variants if variant.expected is None] == []


@each_lab
def test_what_it_copies_is_there(place: Path) -> None:
    directory = home(place)
    for build in dockerfiles(lab_file.load(place)):
        missing = [source for source in asked(build).sources if not list((directory / build.context).glob(source))]
        assert missing == [], build.name


@each_lab
def test_what_it_builds_on_can_be_had_from_packages(place: Path) -> None:
    if place.name == "composite.toml":
        return  # for those who have Microsoft's registry
    wanted = {image for build in dockerfiles(lab_file.load(place)) for image in asked(build).images}
    assert {image for image in wanted if image.removeprefix(MICROSOFT) not in RECIPES} == set()


@each_lab
def test_as_a_compose_file(place: Path) -> None:
    lab = lab_file.load(place)
    text = lab_export.export(lab, lab_export.builds, lab.name, lambda name: (home(place) / name).is_file())
    expected = [each.name for each in lab.variants if lab_export.builds(each)]
    commands = [each.name for each in lab.variants if isinstance(each.build, CommandBuild)]
    assert list(yaml.safe_load(text)["services"]) == [name for name in expected if name not in commands]
    assert [line.split()[1] for line in text.splitlines() if line.startswith("# ")] == commands


def test_every_dockerfile_is_used() -> None:
    for directory in sorted(example_labs.EXAMPLES.iterdir()):
        said = "".join(path.read_text() for path in directory.glob("*.toml"))
        labs = [lab_file.load(place) for place in LABS if home(place) == directory]
        names = {build.name for lab in labs for build in dockerfiles(lab)}
        unused = [
            path.name for path in directory.glob("*ockerfile*") if path.name not in names and path.name not in said
        ]
        assert unused == [], directory


SOURCE = '#include <stdio.h>\nint main(void) { puts("hello"); }\n'
SMALL = """
[expect]
"*" = "ok"
"hello.dynamic.scratch" = "run-fails:loader-missing"
"hello.static-shell.scratch" = "run-fails:shell-missing"
"hello.static-workdir.scratch" = "build-fails"
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """C on scratch, as the lab hello has it, compiled here. Its images are gone at the end."""
    directory = tmp_path / f"lab{token_hex(4)}"
    directory.mkdir()
    for name, options in (("static", ["-static", "-s"]), ("dynamic", [])):
        subprocess.run(["gcc", *options, "-o", directory / name, "-xc", "-"], input=SOURCE, text=True, check=True)
    variants = {
        "static.scratch": 'COPY static /hello\nCMD ["/hello"]',
        "dynamic.scratch": 'COPY dynamic /hello\nCMD ["/hello"]',
        "static-shell.scratch": "COPY static /hello\nCMD /hello",
        "static-workdir.scratch.err": 'COPY src/static /hello\nCMD ["/hello"]',
    }
    for name, text in variants.items():
        (directory / f"Dockerfile.hello.{name}").write_text(f"FROM scratch\n{text}\n")
    (directory / "lab.toml").write_text(SMALL)
    yield directory
    listing = ["docker", "images", "--format", "{{.Repository}}:{{.Tag}}", directory.name]
    images = subprocess.check_output(listing, text=True).split()
    subprocess.run(["docker", "rmi", *images], capture_output=True, check=bool(images))


def shave(verb: str, directory: Path, *options: str) -> str:
    command = [sys.executable, "-m", "shave", "lab", verb, directory, "--state", directory.parent / "state", *options]
    return subprocess.check_output(command, text=True)


@pytest.mark.engine
def test_a_small_one_for_real(small: Path) -> None:
    shave("build", small, "--builder", "docker")
    shave("run", small)
    rows = {row["variant"]: row for row in json.loads(shave("report", small, "--format", "json"))["rows"]}
    assert {name: (row["judged"]["held"], row["predicted"], row["observed"]) for name, row in rows.items()} == {
        "hello.static.scratch": (True, None, None),
        "hello.dynamic.scratch": (True, "loader-missing", "loader-missing"),
        "hello.static-shell.scratch": (True, "shell-missing", "shell-missing"),
        "hello.static-workdir.scratch": (True, None, None),
    }
    size = example_labs.engine_bytes(f"docker-daemon:{small.name}:hello.static.scratch")
    assert rows["hello.static.scratch"]["unpacked_bytes"] == size == (small / "static").stat().st_size
