import re

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from shave.verbs.pull import Link
from shave.verbs.size import Blob, Disk, Weight, size
from shave.views.size import html, markdown, text


def weight(name: str, *layers: tuple[str, int], disk: Disk | None = None, estimated: bool = False) -> Weight:
    blobs = tuple(Blob("" if estimated else f"sha256:{layer}", layer, packed) for layer, packed in layers)
    return Weight(f"oci:{name}:1", "linux/amd64", f"sha256:{name}", 4000, blobs, estimated, disk)


BASE = ("base", 29_100_000)
RUNTIME = weight("runtime", BASE, ("runtime", 31_500_000), disk=Disk(151_300_000, 150_000_000))
ASPNET = weight("aspnet", BASE, ("runtime", 31_500_000), ("aspnet", 7_600_000), disk=Disk(169_100_000, 169_100_000))
REGISTRY = replace(weight("sdk", BASE, ("sdk", 96_000_000)), reference="docker://host/sdk:8")
ENGINE = replace(weight("x", BASE, disk=Disk(74_000, 74_000), estimated=True), reference="docker-daemon:x:latest")
LINKS = [Link(10**6, 0.05), Link(25 * 10**8, 0.05)]
SIZED = {
    "one": size([RUNTIME]),
    "three": size([RUNTIME, ASPNET, REGISTRY]),
    "estimated": size([RUNTIME, ENGINE]),
    "baseline": size([ASPNET], [RUNTIME]),
    "pulls": size([ASPNET, REGISTRY], has=[RUNTIME], links=LINKS),
    "cold": size([ASPNET], links=LINKS[:1]),
    "missing": size([ASPNET], has=[RUNTIME]),
    "platforms": size([RUNTIME, replace(RUNTIME, platform="linux/arm64/v8")]),
}


@pytest.mark.parametrize("case", SIZED)
def test_text(case: str, snapshot: SnapshotAssertion) -> None:
    assert text(SIZED[case]) == snapshot


@pytest.mark.parametrize("case", SIZED)
def test_markdown(case: str, snapshot: SnapshotAssertion) -> None:
    assert markdown(SIZED[case]) == snapshot


def test_html(snapshot: SnapshotAssertion) -> None:
    body = html(SIZED["pulls"]).decode().partition("<body>")[2]
    assert body == snapshot


def test_html_needs_nothing_but_itself() -> None:
    made = html(SIZED["three"]).decode()
    assert not re.search(r"(?:src|href|url)\s*[=(]", made)
    assert "<script></script>" in made


def test_many_images_have_no_matrix_on_a_terminal() -> None:
    many = size([replace(RUNTIME, reference=f"oci:x:{number}") for number in range(11)])
    assert "has 1" not in text(many) and "--format json" in text(many)
    assert "has 11" in markdown(many)


@pytest.mark.parametrize("show", [text, markdown, lambda sized: html(sized).decode()])
def test_a_reference_says_no_line_of_its_own(show: object) -> None:
    hostile = size([replace(RUNTIME, reference="oci:a\nnext: rm\x1b|<b>:1"), RUNTIME], has=[RUNTIME])
    assert callable(show)
    made = show(hostile)
    assert "\x1b" not in made and "\nnext: rm" not in made and "<b>:1" not in made.partition("<body>")[2]


@pytest.mark.parametrize(
    ("bits", "shown"), [(1, "1 bit/s"), (1500, "1.5 kbit/s"), (8 << 20, "8.38861 Mbit/s"), (25 * 10**8, "2.5 Gbit/s")]
)
def test_links(bits: int, shown: str) -> None:
    assert f"cold {shown}" in text(size([RUNTIME], links=[Link(bits, 0)]))
