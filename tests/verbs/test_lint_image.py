"""Images as real builders make them: each step has its layer, and prices are what a mended build saves."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from secrets import token_hex

import pytest

import newer_builders
from builders.conftest import in_environment
from shave import api, recipe
from shave.builders import choose
from shave.builders.protocol import Order
from shave.compression import GZIP
from shave.errors import UsageError
from shave.events import Event, Remark, silent
from shave.image import Image
from shave.lint import About, LintFinding
from shave.rules.known import Known
from shave.testing import File, image
from shave.verbs.copy import Change
from shave.verbs.lint_image import built
from shave.verbs.lint_price import priced, saved

BUILDERS = ("docker-classic", "docker-buildx")
# removing an image takes away the steps that another build of them may be about to use
TOP = f"""FROM scratch
ENV PATH=/bin MADE_FOR={token_hex(6)}
COPY busybox /bin/busybox
SHELL ["/bin/busybox", "sh", "-c"]
"""
BEFORE = f"""{TOP}
COPY data /data
RUN /bin/busybox mkdir /work && /bin/busybox cp -r /data /work/copy && /bin/busybox touch /work/done
RUN /bin/busybox chown -R 1:1 /data
RUN /bin/busybox rm -r /work/copy
"""
AFTER = f"""{TOP}
COPY --chown=1:1 data /data
RUN /bin/busybox mkdir /work && /bin/busybox cp -r /data /work/copy && /bin/busybox touch /work/done \\
    && /bin/busybox rm -r /work/copy
"""
CHANGED, DELETED = 6, 7


@pytest.fixture
def context(tmp_path: Path) -> Path:
    busybox, chance = shutil.which("busybox"), Random(0)
    assert busybox
    shutil.copy(busybox, tmp_path / "busybox")
    for number in range(40):
        file = tmp_path / f"data/{number % 4}/{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chance.randbytes(3000) + b"text " * 2000)
    return tmp_path


@pytest.fixture
def tag() -> Iterator[str]:
    made = f"shave-test/{token_hex(4)}"
    yield made
    names = [f"{made}:before", f"{made}:after"]
    subprocess.run(["docker", "image", "rm", "--force", *names], capture_output=True, check=False)


def packed(context: Path, name: str, text: str, builder: str) -> str:
    """What a builder makes of a Dockerfile, compressed as registries want it."""
    with in_environment(newer_builders.BUILDX):
        outcome = choose(builder).build(
            Order(text, context, name, context.parent / f"{context.name}.log", network="host")
        )
    assert outcome.message == ""
    place = f"oci:{context}/{name.rpartition(':')[2]}"
    with api.open(f"docker-daemon:{name}") as made:
        api.copy(made, place, Change(packing=GZIP))
    return place


def packed_bytes(made: Image) -> int:
    return sum(layer.descriptor.size for layer in made.layers)


@pytest.mark.engine
@pytest.mark.parametrize("builder", BUILDERS)
def test_prices_are_what_a_mended_build_saves(context: Path, tag: str, builder: str, tmp_path: Path) -> None:
    before, after = (
        packed(context, f"{tag}:{name}", text, builder) for name, text in (("before", BEFORE), ("after", AFTER))
    )
    read = recipe.read(BEFORE.encode())
    with api.open(before) as made, api.open(after) as mended:
        known = Known(built(read, made, tmp_path, silent))
        assert known.image and not known.image.differing
        assert known.image.files.read("data/0/0")[3000:3004] == b"text"
        found = priced([about(CHANGED, "again"), about(DELETED, "deleted")], read, known)
        assert {each.step for each in found} == {DELETED, CHANGED}
        measured = packed_bytes(made) - packed_bytes(mended)
    assert saved(found, known).packed_bytes == pytest.approx(measured, rel=0.02)
    assert saved(found, known).unpacked_bytes == 2 * 40 * 13_000


def about(step: int, kind: str) -> LintFinding:
    return LintFinding("SHV999", "warning", "", step, step, step, about=About(kind, (step,)))  # type: ignore[arg-type]


def remarks(text: bytes, *history: dict[str, object]) -> list[str]:
    heard: list[Event] = []
    made = image(*[{"a": File(b"1")} for each in history if not each.get("empty_layer")], history=history)
    built(recipe.read(text), made, Path(), heard.append)
    return [event.text for event in heard if isinstance(event, Remark)]


def test_what_is_estimated_is_said() -> None:
    base, run = {"created_by": "ADD rootfs.tar / # buildkit"}, {"created_by": "RUN /bin/sh -c one # buildkit"}
    assert remarks(b"FROM x\nRUN one\n", base, run) == []
    assert remarks(b"FROM x\nRUN one\nRUN two\n", base, run) == [
        "testing:image was built from another text of line 3: what this costs is estimated"
    ]
    squashed = [{"created_by": f"/bin/sh -c {name}", "empty_layer": True} for name in ("one", "two")]
    cmd = {"created_by": '/bin/sh -c #(nop) CMD ["x"]'}
    text = b'FROM x\nRUN one\nRUN two\nCMD ["x"]\n'
    assert remarks(text, base, *squashed, cmd) == ["testing:image is squashed: 2 instructions share a layer"]
    assert remarks(text, *squashed, cmd) == ["testing:image is squashed with its base: what findings cost is estimated"]


def test_another_image_is_refused() -> None:
    with pytest.raises(UsageError, match="does not look built"):
        remarks(b"FROM x\nRUN two\n", {"created_by": "RUN /bin/sh -c one # buildkit"})
