"""What builders write into history, as the line of a Dockerfile."""

import pytest

from shave.history import base_layers, instruction, layer_instructions
from shave.oci import Config, HistoryEntry, RootFS

DIGEST = "0123456789ab" + "c" * 52


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        ("/bin/sh -c apt-get install x", "RUN apt-get install x"),
        ("/bin/sh -c #(nop) COPY dir:1 in /app ", "COPY dir:1 in /app"),
        (f"/bin/sh -c #(nop) ADD file:{DIGEST} in / ", "ADD file:0123456789ab in /"),
        ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
        ("/bin/bash -o pipefail -c #(nop)  USER 1", "USER 1"),
        ("/bin/busybox sh -c #(nop) COPY dir:1 in /app ", "COPY dir:1 in /app"),
        ("/bin/sh -c echo '#(nop) x'", "RUN echo '#(nop) x'"),
        ("|1 VERSION=1 2 /bin/sh -c make # not buildkit", "RUN make # not buildkit"),
        ("RUN /bin/sh -c pip install x # buildkit", "RUN pip install x"),
        ("RUN |2 A=b C=/bin/false /bin/sh -c make # buildkit", "RUN make"),
        ("RUN /bin/bash -o pipefail -c curl x | sh # buildkit", "RUN curl x | sh"),
        ("COPY . /app # buildkit", "COPY . /app"),
        ("RUN apt-get update", "RUN apt-get update"),
        ("RUN python -c 1 # buildkit", "RUN python -c 1"),
        ("COPY --from=build /x /x", "COPY --from=build /x /x"),
        ("bazel build ...", "bazel build ..."),
        ("", ""),
    ],
)
def test_instruction(created_by: str, expected: str) -> None:
    assert instruction(created_by) == expected


def config(*history: tuple[str, bool], layers: int) -> Config:
    entries = tuple(HistoryEntry(created_by=text, empty_layer=empty) for text, empty in history)
    return Config(rootfs=RootFS("layers", tuple(f"sha256:{n:064}" for n in range(layers))), history=entries)


def test_layers_are_mapped_through_empty_ones() -> None:
    made = config(("/bin/sh -c a", False), ("ENV A=b", True), ("COPY . / # buildkit", False), layers=2)
    assert layer_instructions(made) == ("RUN a", "COPY . /")
    assert layer_instructions(config(("/bin/sh -c a", False), layers=2)) == ("", "")
    assert layer_instructions(Config(rootfs=RootFS("layers", ("sha256:0",)))) == ("",)


def test_the_base_ends_with_the_last_command_that_has_a_layer_above() -> None:
    cmd = ('/bin/sh -c #(nop)  CMD ["bash"]', True)
    python = ('CMD ["python3"]', True)
    run = ("RUN /bin/sh -c x # buildkit", False)
    assert base_layers(config(run, cmd, run, run, python, run, cmd, layers=4)) == 3
    assert base_layers(config(run, cmd, layers=1)) == 0
    assert base_layers(config(run, run, cmd, layers=2)) == 0
    assert base_layers(config(run, cmd, run, layers=7)) == 0
    assert base_layers(Config()) == 0
