"""One spec and one lock are one image wherever, whenever and by whomever it is built; users: ``bench/building.py``."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from sites import Site
from wheels import saved, wheel

pytestmark = pytest.mark.oracle

MORE = """
[[user]]
name = "app"
uid = 1000
[[directory]]
path = "/data"
user = "app"
[[symlink]]
path = "/tool"
target = "srv/tool"
[[copy]]
source = "srv"
path = "/srv"
[python]
packages = ["./dist/foo-1.0-py3-none-any.whl"]
[image]
cmd = ["/srv/tool"]
env = { B = "2", A = "1" }
labels = { b = "2", a = "1" }
"""
ELSEWHERE = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C.UTF-8", "LANGUAGE": "de", "PYTHONHASHSEED": "7", "USER": "other"}


@pytest.fixture
def locked(site: Site) -> Site:
    """A site with a context and its lock."""
    for path, text in {"tool": "#!/bin/sh\n", "data/b": "b", "data/a": "a", ".hidden": ""}.items():
        place = site.here / "srv" / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (site.here / "srv/tool").chmod(0o755)
    (site.here / "srv/link").symlink_to("data/a")
    (site.here / "dist").mkdir()
    saved(site.here / "dist", wheel("foo", {"foo.py": b"1", "a/b.py": b""}, scripts={"foo": "foo:main"}), "foo", "1.0")
    site.python()
    site.spec("app", "shell", "python3", more=MORE)
    site.locked()
    return site


def built(spec: Path, *prefix: str, options: Sequence[str] = (), **environment: str) -> str:
    """The digest of a build of what is locked, by a command of its own."""
    out = spec.parent.parent / f"out-{len(list(spec.parent.parent.iterdir()))}"
    words = ("build", "-q", str(spec), "--locked", "-o", f"oci:{out}:x", "--format", "json", *options)
    command = (*prefix, sys.executable, "-m", "shave", *words)
    done = subprocess.run(
        command, cwd="/", env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["digest"])


def checkout(site: Site, place: Path) -> Path:
    """The same files made under umask 077, in another order, at other times."""
    place.mkdir(mode=0o700)
    paths = sorted(site.here.rglob("*"))
    order = Random(1)
    for path in sorted(paths, key=lambda path: (len(path.parts), order.random())):
        copy = place / path.relative_to(site.here)
        if path.is_dir():
            copy.mkdir(mode=0o700)
        else:
            shutil.copyfile(path, copy, follow_symlinks=False)
        if not path.is_symlink():
            copy.chmod(0o700 if path.is_dir() or path.stat().st_mode & 0o100 else 0o600)
        os.utime(copy, (order.randrange(1 << 30),) * 2, follow_symlinks=False)
    return place / "spec.toml"


def test_wherever_and_whenever(locked: Site, tmp_path: Path) -> None:
    first = built(locked.here / "spec.toml")
    homes = {name: str(tmp_path / "other" / name) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME")}
    for place in homes.values():
        Path(place).mkdir(parents=True)
    there = checkout(locked, tmp_path / "a checkout with ünusual names")
    worlds = {
        "other places, nothing cached": built(there, **homes, **ELSEWHERE),
        "the same again, all cached": built(there, **homes),
        "umask 077": built(locked.here / "spec.toml", "sh", "-c", 'umask 077; exec "$@"', "sh"),
        "one processor": built(locked.here / "spec.toml", "taskset", "--cpu-list", "0"),
        "five years later": built(there, "faketime", "--exclude-monotonic", "+5 years", **homes),
        "in 1999": built(there, "faketime", "--exclude-monotonic", "1999-12-31 23:59:59"),
    }
    assert worlds == dict.fromkeys(worlds, first)


def test_a_time_that_is_given(locked: Site, tmp_path: Path) -> None:
    there = checkout(locked, tmp_path / "checkout")
    early, late = (built(there, SOURCE_DATE_EPOCH=time) for time in ("1000000000", "2000000000"))
    assert early != late
    assert (
        built(locked.here / "spec.toml", "faketime", "--exclude-monotonic", "+5 years", SOURCE_DATE_EPOCH="1000000000")
        == early
    )


@pytest.mark.parametrize("options", [("--flatten",), ("--manifest",), ("--compression", "zstd:3")], ids=" ".join)
def test_with_options(locked: Site, tmp_path: Path, options: tuple[str, ...]) -> None:
    there = checkout(locked, tmp_path / "checkout")
    first = built(locked.here / "spec.toml", options=options)
    assert built(there, "taskset", "--cpu-list", "0", options=options, **ELSEWHERE) == first
