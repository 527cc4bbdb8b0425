"""A containerd that has nothing to do with the machine's."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

SETTINGS = """
version = 2
root = "{place}/root"
state = "{place}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "{place}/socket"
"""


@contextmanager
def containerd_running() -> Iterator[Path]:
    """Its socket; the path of one must be short (unix(7))."""
    with TemporaryDirectory(prefix="c-", dir="/tmp") as name:
        place = Path(name)
        (place / "config.toml").write_text(SETTINGS.format(place=place))
        with (
            (place / "log").open("wb") as log,
            subprocess.Popen(["containerd", "--config", place / "config.toml"], stderr=log) as process,
        ):
            for _ in range(300):
                if (place / "socket").exists():
                    break
                time.sleep(0.1)
            yield place / "socket"
            process.terminate()
