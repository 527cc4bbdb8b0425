"""What the classic builder does about its engine's own fault."""

import os
import shutil
from pathlib import Path

import pytest

from builders.conftest import Bench

# What engine 20.10 said while other images were removed; the second time it is asked the real one
DOCKER = r"""#!/bin/sh
case "$1" in
build)
    echo >>{count}
    if [ $(wc -l <{count}) -le {times} ]; then
        echo 'Step 2/4 : ENV A=0'
        echo 'unable to find image "sha256:42fc785eae4220d06870ebb433b78d361fdc43e80a9131d3d9a442d75ee6f0d9"' >&2
        exit 1
    fi
esac
exec {docker} "$@"
"""


@pytest.mark.engine
@pytest.mark.parametrize("bench", ["docker-classic"], indirect=True)
@pytest.mark.parametrize(("times", "tries", "is_built"), [(0, 1, True), (2, 3, True), (100, 10, False)])
def test_images_of_others_that_go_during_a_build(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int, tries: int, is_built: bool
) -> None:
    count, place = tmp_path / "count", tmp_path / "bin"
    count.touch()
    place.mkdir()
    (place / "docker").write_text(DOCKER.format(count=count, times=times, docker=shutil.which("docker")))
    (place / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    outcome = bench.builder.build(bench.order("FROM BASE\nCOPY a /b\n"))
    assert (bool(outcome.reference), len(count.read_text())) == (is_built, tries)
    assert outcome.message.startswith("unable to find image") != is_built
