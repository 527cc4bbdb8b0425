"""The image builder: its examples, and every kind of member."""

import doctest
import io
import tarfile
from types import ModuleType

import pytest

import shave.testing
from shave.testing import Device, Directory, Fifo, File, Hardlink, Opaque, Symlink, Whiteout, builder, image, layer_tar
from shave.testing import random as images


@pytest.mark.parametrize("module", [shave.testing, builder, images])
def test_examples(module: ModuleType) -> None:
    done = doctest.testmod(module)
    assert done.attempted and not done.failed


def test_every_member() -> None:
    data = layer_tar(
        {
            "/d/": Directory(0o1777, uid=1, xattrs={"user.a": b"1"}),
            "/d": Opaque(),
            "/d/f": File(b"xy", 0o4755, 1, 2, 3 * 10**9),
            "/d/b": b"bytes",
            "/d/l": Symlink("f"),
            "/d/h": Hardlink("/d/f"),
            "/d/c": Device(1, 3),
            "/d/k": Device(8, 1, "block"),
            "/d/p": Fifo(),
            "/d/w": Whiteout(),
            "/w": Whiteout(),
        }
    )
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = archive.getnames()
        types = b"".join(info.type for info in archive)
    assert names == ["d", "d/.wh..wh..opq", "d/f", "d/b", "d/l", "d/h", "d/c", "d/k", "d/p", "d/.wh.w", ".wh.w"]
    assert types == b"50002134600"


def test_config_and_history() -> None:
    made = image({}, {}, config={"Cmd": ["/x"]}, architecture="arm64")
    assert (made.config.run.cmd, made.config.architecture) == (("/x",), "arm64")
    assert made.config.history is not None and len(made.config.history) == len(made.layers) == 2
