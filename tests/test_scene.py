"""What rules may ask of a scene: which layers are the base, what the image starts, who depends on whom."""

import pytest

import scenes
from shave.oci import Config, HistoryEntry, RunConfig
from shave.package import Package
from shave.scene import Scene

SYSTEM = {"var/lib/dpkg/status": b"x", "usr/bin/env": b"x"}
APPLICATION = {"app/run": b"\x7fELF" + bytes(60)}


@pytest.mark.parametrize(
    ("layers", "made_by", "expected"),
    [
        ((SYSTEM, APPLICATION), ("ADD rootfs.tar in /", "COPY dir:1 in /app"), 1),
        ((SYSTEM, APPLICATION), (), 1),
        ((SYSTEM,), ("ADD rootfs.tar in /",), 0),  # flattened
        ((SYSTEM, APPLICATION), ("COPY dir:1 in /", "RUN make"), 0),  # a whole system copied
        ((APPLICATION, SYSTEM), ("COPY dir:1 in /app", "RUN make"), 0),  # no system below
    ],
)
def test_how_many_layers_are_the_base(
    layers: tuple[dict[str, bytes], ...], made_by: tuple[str, ...], expected: int
) -> None:
    assert scenes.scene(*layers, made_by=made_by).base_layers == expected


def test_history_tells_where_the_base_ends() -> None:
    known = scenes.scene(SYSTEM, {"usr/lib/x": b"x"}, APPLICATION)
    made = ("ADD file:1 in / ", 'CMD ["bash"]', "COPY dir:2 in / ", "COPY dir:3 in / ")
    history = tuple(
        HistoryEntry(created_by=f"/bin/sh -c #(nop) {text}", empty_layer=text.startswith("CMD")) for text in made
    )
    config = Config(config=known.config.config, rootfs=known.config.rootfs, history=history)
    assert Scene(known.files, config, known.evidence, known.catalog).base_layers == 1


@pytest.mark.parametrize(
    ("run", "program", "compiled"),
    [
        (RunConfig(cmd=("./run",), working_dir="/app"), "app/run", True),
        (RunConfig(entrypoint=("/app/run",), cmd=("x",)), "app/run", True),
        (RunConfig(cmd=("env",), env=("PATH=/usr/bin",)), None, False),  # came with the distribution
        (RunConfig(cmd=("nowhere",)), None, False),
        (RunConfig(), None, False),
    ],
)
def test_what_the_image_starts(run: RunConfig, program: str | None, compiled: bool) -> None:
    known = scenes.scene(SYSTEM, APPLICATION, run=run, ended=True)
    assert (known.program, known.is_compiled_job, known.tool) == (program, compiled, None)
    assert not scenes.scene(SYSTEM, APPLICATION, run=run).is_compiled_job  # it did not end


def test_a_tool_is_a_program_that_was_installed_and_got_nothing_to_work_on() -> None:
    package = Package("dpkg", "gs", "10", ("usr/bin/gs",))

    def tool(*words: str) -> Package | None:
        run = RunConfig(cmd=words, env=("PATH=/usr/bin",))
        return scenes.scene(SYSTEM, {"usr/bin/gs": b"x"}, APPLICATION, packages=(package,), run=run, ended=True).tool

    assert tool("gs", "--version") == package
    assert tool("gs", "/app/run") is None
    assert tool("gs", "/") == package  # the root is no file to work on


def test_dependencies_are_followed_without_architectures_and_round_circles() -> None:
    a, b, c = (
        Package("dpkg", name, "1", (f"usr/bin/{name[0]}",), requires)
        for name, requires in (("a", ("dpkg:b",)), ("b:amd64", ("dpkg:a", "dpkg:none")), ("c", ()))
    )
    known = scenes.scene(SYSTEM, packages=(a, b, c))
    assert set(known.depends(a)) == {a, b}
    assert known.depends_on(b) == (a,)
