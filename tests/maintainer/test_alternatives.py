"""Names with several programs, beside update-alternatives."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shave.maintainer.alternatives import Alternatives
from shave.maintainer.protocol import Call
from shave.testing.builder import Directory, File, Member, Symlink
from stages import called, on_disk, staged

PROGRAMS = ("/usr/bin/vi.one", "/usr/bin/vi.two", "/opt/vi")
PAGES = ("/usr/share/one.1.gz", "/usr/share/two.1.gz", "/usr/share/missing.1.gz")
CHOICES = st.lists(
    st.tuples(
        st.sampled_from(PROGRAMS),
        st.integers(-3, 3),
        st.lists(st.tuples(st.sampled_from(["vi.1.gz", "vi.da.1.gz"]), st.sampled_from(PAGES)), max_size=2),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda choice: choice[0],
)
IMAGE: dict[str, Member] = {path: File(b"", 0o755) for path in (*PROGRAMS, *PAGES[:2], "/usr/bin/dpkg")}


def words(path: str, priority: int, slaves: list[tuple[str, str]]) -> list[str]:
    found = ["update-alternatives", "--install", "/usr/bin/vi", "vi", path, str(priority)]
    for name, page in dict(slaves).items():
        found += ["--slave", f"/usr/man/{name}", name, page]
    return found


@pytest.mark.oracle
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHOICES)
def test_links_and_records_are_the_tools(
    tmp_path_factory: pytest.TempPathFactory, choices: list[tuple[str, int, list[tuple[str, str]]]]
) -> None:
    directory = tmp_path_factory.mktemp("alternatives")
    root = directory / "root"
    for path in IMAGE:
        (root / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (root / path[1:]).touch(0o755)
    for place in ("usr/man", "etc/alternatives", "var/lib/dpkg/alternatives", "var/log"):
        (root / place).mkdir(parents=True, exist_ok=True)
    before = on_disk(root)
    calls = [words(*choice) for choice in choices]
    for call in calls:
        subprocess.run([call[0], "--root", root, "--log", "/log", *call[1:]], capture_output=True, check=True)
    theirs = {path: member for path, member in on_disk(root).items() if path not in (*before, "log")}
    ours = called(Alternatives(), staged(directory, {"one": IMAGE}), *calls)
    assert {path: what(member) for path, member in ours.items() if not isinstance(member, Directory)} == {
        path: what(member) for path, member in theirs.items()
    }


def what(member: Member) -> bytes | str:
    return member.data if isinstance(member, File) else member.target if isinstance(member, Symlink) else ""


def test_what_is_not_in_the_image_is_no_choice(tmp_path: Path) -> None:
    calls = [words("/usr/bin/gone", 100, []), words(PROGRAMS[0], 1, [("vi.1.gz", PAGES[2])])]
    made = called(Alternatives(), staged(tmp_path, {"one": {PROGRAMS[0]: b""}}), *calls)
    assert {path: member.target for path, member in made.items() if isinstance(member, Symlink)} == {
        "etc/alternatives/vi": PROGRAMS[0],
        "usr/bin/vi": "/etc/alternatives/vi",
    }


def test_a_program_in_the_place_of_the_link_stays(tmp_path: Path) -> None:
    image: dict[str, Member] = {"/usr/bin/vi": b"real", PROGRAMS[0]: b""}
    made = called(Alternatives(), staged(tmp_path, {"one": image}), words(PROGRAMS[0], 1, []))
    assert "usr/bin/vi" not in made


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["--install", "/usr/bin/vi", "vi", None, "1"], "with words that only a run knows"),
        (["--install", None, "vi.1.gz", None, "1"], ""),
        (["--install", "/usr/bin/vi", "../vi", PROGRAMS[0], "1"], "which it would refuse"),
        (["--install", "/usr/bin/vi", "vi", PROGRAMS[0], "high"], "which it would refuse"),
        (["--set", "vi", PROGRAMS[0]], "--set, which shave does not emulate"),
        (["--quiet", "--remove", "vi", PROGRAMS[0]], ""),
        (["--display", "vi"], ""),
    ],
)
def test_what_cannot_be_done_is_said(call: list[str | None], said: str, tmp_path: Path) -> None:
    made = Call("dpkg:one", "postinst", ("update-alternatives", *call))
    effects = Alternatives().effects(staged(tmp_path, {"one": IMAGE}), [made])
    assert not effects.made
    assert [remark.text.endswith(said) for remark in effects.remarks] == ([True] if said else [])
