"""``shave build`` as it is typed, for images that no archive is asked for."""

import json
from pathlib import Path

import pytest

from cli import BUSYBOX, Shave, layout
from shave import api

SPEC = """
architecture = "amd64"
[[user]]
name = "app"
uid = 1000
[[directory]]
path = "/data"
user = "app"
[[symlink]]
path = "/bin/sh"
target = "busybox"
[[copy]]
source = "busybox"
path = "/bin/"
[image]
entrypoint = ["/bin/sh", "-c"]
cmd = ["echo hello"]
user = "app"
workdir = "/data"
[[probe]]
name = "hello"
command = ["echo hello > /data/x"]
"""


@pytest.fixture
def spec(shave: Shave) -> Path:
    """A spec in the working directory, with what it copies beside it."""
    Path("busybox").write_bytes(BUSYBOX.read_bytes())
    Path("busybox").chmod(0o755)
    Path("spec.toml").write_text(SPEC)
    return Path("spec.toml")


def test_the_answer(shave: Shave, spec: Path) -> None:
    done = shave("build", str(spec), "-o", "oci:out:x")
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("spec.toml: ") and "packed in 2 layers (no base, " in lines[0]
    assert "probes  1 of 1 answered as they should" in lines
    assert lines[-1] == "next: shave build spec.toml --lock -o oci:out:x"
    with api.open("oci:out:x") as image:
        assert f"digest  {image.manifest_digest}" in lines
        assert image.config.run.user == "app"


def test_without_an_output_nothing_is_written(shave: Shave, spec: Path) -> None:
    before = sorted(Path().iterdir())
    said = json.loads(shave("build", str(spec), "--format", "json").out)
    assert (said["schema"], said["outcome"], said["output"]) == ("shave.build/v1", "planned", "")
    assert said["result"]["files"] == sum(layer["files"] for layer in said["layers"])
    assert sorted(Path().iterdir()) == before


def test_locked_it_is_the_same_in_another_place(shave: Shave, spec: Path, tmp_path: Path) -> None:
    first = json.loads(shave("build", str(spec), "-o", "oci:out:x", "--lock", "--format", "json").out)
    assert (first["lock"], first["next"]) == ("spec.toml.lock", "shave inspect oci:out:x")
    assert json.loads(Path("spec.toml.lock").read_bytes())["schema"] == "shave.lock/v1"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("spec.toml", "spec.toml.lock", "busybox"):
        (elsewhere / name).write_bytes(Path(name).read_bytes())
    (elsewhere / "busybox").chmod(0o711)
    second = json.loads(shave("build", f"{elsewhere}/spec.toml", "-o", "oci:out:y", "--locked", "--format", "json").out)
    assert second["digest"] == first["digest"]


def test_what_options_say(shave: Shave, spec: Path) -> None:
    options = ("--flatten", "--manifest", "--compression", "zstd:3", "--no-probe", "--report", "report")
    done = shave("build", str(spec), "-o", "oci:out:x", *options, SOURCE_DATE_EPOCH="86400")
    assert done.code == 0, done.err
    assert "probes  not asked: --no-probe" in done.out
    with api.open("oci:out:x") as image:
        assert [layer.descriptor.media_type[-9:] for layer in image.layers] == [".tar+zstd"]
        assert image.config.created == "1970-01-02T00:00:00Z"
    manifest = json.loads(shave("cat", "oci:out:x", "/usr/share/shave/manifest.json").out)
    assert manifest["origins"]
    assert sorted(path.name for path in Path("report").iterdir()) == ["image.cdx.json", "report.md"]


def test_a_platform_that_does_not_run_here(shave: Shave, spec: Path) -> None:
    spec.write_text('[[file]]\npath = "/a"\n[[probe]]\nname = "a"\ncommand = ["/a"]\n')
    said = json.loads(shave("build", str(spec), "-o", "oci:out:x", "--platform", "linux/s390x", "--format", "json").out)
    assert (said["architecture"], said["unasked"]) == ("s390x", "not asked: this machine does not run linux/s390x")
    with api.open("oci:out:x") as image:
        assert str(image.config.platform) == "linux/s390x"


def test_a_failed_probe_is_refused(shave: Shave, spec: Path) -> None:
    spec.write_text(SPEC.replace("> /data/x", "> /x"))
    done = shave("build", str(spec), "-o", "oci:out:x", "--lock")
    assert done.code == 1
    assert done.out.startswith("spec.toml: NOT WRITTEN, a probe failed")
    assert "  hello: it exits with 1" in done.out
    assert not Path("out").exists() and not Path("spec.toml.lock").exists()


def test_what_cannot_start_is_refused(shave: Shave, spec: Path) -> None:
    spec.write_text(SPEC.replace('"/bin/sh", "-c"', '"/bin/bash"'))
    done = shave("build", str(spec), "-o", "oci:out:x")
    assert (done.code, Path("out").exists()) == (1, False)
    assert done.out.startswith("spec.toml: NOT WRITTEN, it cannot start") and "/bin/bash" in done.out


def test_options_of_a_run(shave: Shave, spec: Path) -> None:
    spec.write_text(SPEC.replace("echo hello > /data/x", 'test \\"$A\\" = b'))
    assert shave("build", str(spec), "--env", "A=b").code == 0
    assert shave("build", str(spec)).code == 1
    assert shave("build", str(spec), "--probe", "nonesuch").code == 2


MISTAKES = [
    ((), "there is no spec to build", "--from-image"),
    (("absent.toml",), "absent.toml cannot be read", "docs/build.md"),
    (("spec.toml", "--lock", "--locked"), "--lock resolves anew", "leave one of them out"),
    (("spec.toml", "--config", "shave.toml"), "--config: the spec itself says", "leave it out"),
    (("spec.toml", "--platform", "arm64"), "'arm64' is not a platform", "linux/arm64"),
    (("spec.toml", "--platform", "windows/amd64"), "Debian has no architecture for windows/amd64", "linux/s390x"),
    (("spec.toml", "--compression", "xz"), "'xz' is not a compression", "zstd"),
    (("spec.toml", "-o", "nonesuch:x"), "nonesuch", ""),
    (("spec.toml", "--from-image", "oci:x"), "--from-image builds nothing, and spec.toml is for that", ""),
    (("--from-image", "oci:x", "--lock"), "--from-image builds nothing, and --lock is for that", ""),
]


@pytest.mark.parametrize(("arguments", "message", "hint"), MISTAKES, ids=[" ".join(found[0]) for found in MISTAKES])
def test_what_cannot_be_meant(shave: Shave, spec: Path, arguments: tuple[str, ...], message: str, hint: str) -> None:
    done = shave("build", *arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err and hint in done.err


def test_a_time_that_is_none(shave: Shave, spec: Path) -> None:
    done = shave("build", str(spec), SOURCE_DATE_EPOCH="yesterday")
    assert (done.code, "SOURCE_DATE_EPOCH is 'yesterday'" in done.err) == (2, True)


def test_without_a_lock_nothing_is_locked(shave: Shave, spec: Path) -> None:
    done = shave("build", str(spec), "--locked", "-o", "oci:out:x")
    assert (done.code, done.out, Path("out").exists()) == (3, "", False)
    assert "spec.toml.lock cannot be read" in done.err and "shave build --lock" in done.err


def test_only_debians_images_have_a_spec(shave: Shave, tmp_path: Path) -> None:
    busybox = {"/bin/busybox": BUSYBOX.read_bytes()}
    reference = layout(tmp_path / "in", busybox, entrypoint=["/bin/busybox", "echo", "x"])
    done = shave("build", "--from-image", reference)
    assert (done.code, done.out) == (3, "")


def test_help_names_the_bases(shave: Shave) -> None:
    said = " ".join(shave("build", "--help").out.split())
    assert "scratch, static, cc, busybox, python, node, java, dotnet" in said
