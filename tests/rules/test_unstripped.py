"""Programs with symbols in images: of which steps they are said, and what they cost."""

import subprocess

import pytest

from shave import recipe
from shave.catalog.explained import explain
from shave.events import silent
from shave.rules.known import NOTHING, BuiltImage, Known
from shave.rules.unstripped import look
from shave.testing import File, Member, image
from shave.verbs.lint_price import priced

pytestmark = pytest.mark.oracle
RECIPE = recipe.read(
    b"FROM rust AS build\nRUN cargo build --release\n"
    b"FROM debian\nRUN apt-get install -y x\nCOPY --from=build /app /app\nENV A=1\nCOPY app.conf /etc/\n"
)
INSTALL, COPY, CONF = 3, 4, 6


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A program with a good many symbols, as it was linked and stripped."""
    place = tmp_path_factory.mktemp("programs")
    lines = "".join(f"int function_{n}(int x) {{ return x * {n}; }}\n" for n in range(2000))
    (place / "x.c").write_text(f"{lines}int main(void) {{ return 0; }}\n")
    subprocess.run(["gcc", "-g", "-o", place / "x", place / "x.c"], check=True)
    subprocess.run(["strip", "-o", place / "y", place / "x"], check=True)
    return (place / "x").read_bytes(), (place / "y").read_bytes()


def known(*layers: dict[str, Member]) -> Known:
    explained = explain(image({"etc/x": b"1"}, *layers), silent)
    return Known(BuiltImage(explained, dict(zip((INSTALL, COPY, CONF), (1, 2, 3), strict=True))))


def test_what_no_call_gives_away_is_measured(programs: tuple[bytes, bytes]) -> None:
    whole, stripped = programs
    about = known({"usr/bin/y": File(stripped, 0o755)}, {"app": File(whole, 0o755)}, {"etc/app.conf": b"1"})
    (found,) = priced(look(RECIPE, about), RECIPE, about)
    assert (found.step, found.fix) == (COPY, None)
    assert found.amount and found.amount.measured
    assert found.amount.unpacked_bytes == pytest.approx(len(whole) - len(stripped), rel=0.02)
    assert list(look(RECIPE, NOTHING)) == []


def test_what_a_package_brings_is_left_alone(programs: tuple[bytes, bytes]) -> None:
    package: dict[str, Member] = {
        "usr/bin/x": File(programs[0], 0o755),
        "var/lib/dpkg/status": b"Package: x\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n",
        "var/lib/dpkg/info/x.list": b"/.\n/usr/bin/x\n",
    }
    about = known(package, {"app": File(programs[1], 0o755)}, {"etc/app.conf": b"1"})
    assert list(look(RECIPE, about)) == []


def test_go_says_it_of_the_call_that_builds_and_of_no_step_again(programs: tuple[bytes, bytes]) -> None:
    text = RECIPE.file.text.replace(b"cargo build --release", b"go build -o /app .")
    go = recipe.read(text)
    about = known({"usr/bin/y": File(programs[1], 0o755)}, {"app": File(programs[0], 0o755)}, {"etc/app.conf": b"1"})
    (found,) = priced(look(go, about), go, about)
    assert found.step == 1
    assert found.amount and found.amount.measured
    assert found.fix
