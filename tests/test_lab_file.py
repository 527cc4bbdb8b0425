"""What a lab is, by its file and its directory."""

from pathlib import Path

import pytest

from shave.errors import UsageError
from shave.lab import CommandBuild, DockerfileBuild, Expectation, Lab, ReferenceBuild
from shave.lab_file import load

MATRIX = """
name = "hi"
baseline = "c.gcc"
links = ["10Mbit/s"]
timeout = 60
exclude = ["go.gcc.*"]

[run]
env = { A = "1" }

[[probe]]
name = "says"
command = ["/hello"]

[[program]]
name = "c"
values = { source = "hello.c" }
baseline = "c.gcc.scratch"

[[program]]
name = "go"
values = { source = "hello.go" }
probe = []

[[builder]]
name = "gcc"
text = "FROM gcc AS build\\nCOPY {{ source }} .\\n# {{ program }} {{ builder }} {{ runner }}"
runners = ["", "*"]

[[builder]]
name = "golang"
template = "golang.in"
programs = ["go"]
runners = ["scratch"]

[[runner]]
name = "scratch"
text = "FROM scratch"

[[runner]]
name = "busybox"
text = "FROM busybox"

[[variant]]
name = "c.gcc.upx"
from = "c.gcc.scratch"
text = "ARG SHAVE_FROM\\nFROM $SHAVE_FROM"
timeout = 5

[[variant]]
name = "c.bazel"
command = ["bazel", "build"]
image = "docker-archive:{out}/image.tar"

[[variant]]
name = "c.there"
reference = "busybox"

[expect]
"*" = "ok"
"c.gcc.scratch" = "run-fails:loader-missing"
"c.gcc.busy*" = "run-fails"
"""


def lab(directory: Path, text: str) -> Lab:
    (directory / "lab.toml").write_text(text)
    return load(directory)


@pytest.fixture
def matrix(tmp_path: Path) -> Lab:
    (tmp_path / "golang.in").write_text("FROM golang\n")
    (tmp_path / "Dockerfile.c.tcc.err").write_text("FROM tcc\n")
    return lab(tmp_path, MATRIX)


def test_variants(matrix: Lab) -> None:
    assert sorted(variant.name for variant in matrix.variants) == [
        "c.bazel",
        "c.gcc",
        "c.gcc.busybox",
        "c.gcc.scratch",
        "c.gcc.upx",
        "c.tcc",
        "c.there",
        "go.gcc",
        "go.golang.scratch",
    ]
    names = [variant.name for variant in matrix.variants]
    assert names.index("c.gcc.scratch") < names.index("c.gcc.upx")


def test_texts(matrix: Lab) -> None:
    builds = {variant.name: variant.build for variant in matrix.variants}
    text = "FROM gcc AS build\nCOPY hello.c .\n# c gcc scratch\nFROM scratch"
    assert builds["c.gcc.scratch"] == DockerfileBuild("Dockerfile.c.gcc.scratch", text)
    assert builds["go.golang.scratch"] == DockerfileBuild("Dockerfile.go.golang.scratch", "FROM golang\n\nFROM scratch")
    assert builds["c.bazel"] == CommandBuild(("bazel", "build"), "docker-archive:{out}/image.tar")
    assert builds["c.there"] == ReferenceBuild("busybox")


def test_the_rest(matrix: Lab) -> None:
    found = {variant.name: variant for variant in matrix.variants}
    assert (matrix.name, matrix.baseline, matrix.baselines) == ("hi", "c.gcc", {"c": "c.gcc.scratch"})
    assert [found[name].timeout for name in ("c.gcc.upx", "c.gcc", "c.tcc", "c.bazel")] == [5, 60, 60, 60]
    assert [probe.name for probe in found["c.gcc"].probes] == ["says"]
    assert found["go.gcc"].probes == ()
    assert found["c.gcc"].run.env == {"A": "1"}


def test_the_last_pattern_that_matches_says_what_to_expect(matrix: Lab) -> None:
    expected = {variant.name: variant.expected for variant in matrix.variants}
    assert expected["c.gcc"] == Expectation("ok")
    assert expected["c.gcc.scratch"] == Expectation("run-fails", "loader-missing")
    assert expected["c.gcc.busybox"] == Expectation("run-fails")


def test_a_runner_that_is_built_on_a_variant(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile.base.small").write_text("FROM scratch\n")
    parts = (("program", "c"), ("builder", "gcc"), ("runner", "small"), ("runner", "scratch"))
    text = "".join(f'[[{kind}]]\nname = "{name}"\ntext = "FROM x"\n' for kind, name in parts)
    found = lab(tmp_path, text.replace('name = "small"', 'name = "small"\nfrom = "base.small"'))
    assert [(variant.name, variant.base) for variant in found.variants] == [
        ("base.small", ""),
        ("c.gcc.scratch", ""),
        ("c.gcc.small", "base.small"),
    ]


def test_without_a_file_the_names_are_the_lab(tmp_path: Path) -> None:
    place = tmp_path / "Mini.Image"
    place.mkdir()
    (place / "Dockerfile.a.b").write_text("FROM scratch\n")
    found = load(place)
    assert found.name == "mini-image"
    assert [variant.name for variant in found.variants] == ["a.b"]


BAD = [
    ("nam = 'x'", "nam is no known key"),
    ("name = 'Hi'", "name 'Hi' cannot name images"),
    ("[[variant]]\nname = 'a b'\nreference = 'x'", "'a b' can be no tag"),
    ("[[variant]]\nname = 'a'", r"variant\[0\] has none: expected exactly one of"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\nreference = 'y'", "has text and reference"),
    ("[[variant]]\nname = 'a'\ndockerfile = '../x'", r"\.\./x is not in the lab's directory"),
    ("[[variant]]\nname = 'a'\ndockerfile = '/x'", "/x is not in the lab's directory"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\ncontext = '..'", "is not in the lab's directory"),
    ("[[variant]]\nname = 'a'\ndockerfile = 'none'", "none cannot be read"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\nfrom = 'b'", "a: from: 'b' is no variant"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\nfrom = 'a'", "a is built on a"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\ntimeout = -1", "timeout -1 is none"),
    ("[[variant]]\nname = 'a'\ntext = 'x'\n[[variant]]\nname = 'a'\ntext = 'x'", "two variants are named a"),
    ("[[program]]\nname = 'a'\n[[builder]]\nname = 'b'\nrunners = ['']", "b needs either text or template"),
    (
        "[[program]]\nname = 'a'\n[[builder]]\nname = 'b'\nrunners = ['']\ntext = '{{ x }}'",
        r"a\.b: \{\{ x \}\} has no value",
    ),
    ("[expect]\nx = 'ok'", "expect: 'x' is no variant"),
    ("[expect]\n'*' = 'fails'", "'fails' is nothing to expect"),
    ("[expect]\n'*' = 'ok:loader-missing'", "'ok:loader-missing' is nothing to expect"),
    ("[expect]\n'*' = 'run-fails:loader'", "'loader' is no cause"),
    ("exclude = ['x']", "exclude: 'x' is no variant"),
    ("baseline = 'x'", "baseline: 'x' is no variant"),
    ("links = ['fast']", "links is 'fast', which is no speed"),
    ("[[probe]]\nname = 'p'", "probe 'p' has none"),
]


@pytest.mark.parametrize(("text", "message"), BAD)
def test_mistakes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "Dockerfile.there.already").write_text("FROM scratch\n")
    with pytest.raises(UsageError, match=message):
        lab(tmp_path, text)


def test_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no variants"):
        load(tmp_path)
    with pytest.raises(UsageError, match="is no directory"):
        load(tmp_path / "none")
