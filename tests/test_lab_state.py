"""Records of a lab on disk: whole, one a variant, and none that is damaged costs another."""

from pathlib import Path

import pytest

from shave.errors import CannotError
from shave.events import Event, Remark
from shave.lab import BuildRecord, RunRecord
from shave.lab_state import open_state

BUILD = BuildRecord("c.gcc", "sha256:a", "built", 1.5, "docker-daemon:lab:c.gcc", "sha256:b", "/log", "")
RUN = RunRecord("c.gcc", "sha256:b", "works", 0.25, 1 << 20)


def test_records_come_back(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path / "state")
    assert (state.builds(), state.runs()) == ({}, {})
    state.save(BUILD)
    state.save(RUN)
    other = BuildRecord("c.gcc", "sha256:c", "failed", 2.0, message="no \udcff such file")
    state.save(other)
    again = open_state(tmp_path, tmp_path / "state")
    assert (again.builds(), again.runs()) == ({"c.gcc": other}, {"c.gcc": RUN})
    assert [path.name for path in (tmp_path / "state/builds").iterdir()] == ["c.gcc.json"]


@pytest.mark.parametrize(
    "damaged",
    [b"", b"{", b"[]", b'{"schema": "shave.lab-state-builds/v1"}', b"\xff" * 100, b"[" * 100_000, b" " * (2 << 20)],
)
def test_a_damaged_record_costs_itself(tmp_path: Path, damaged: bytes) -> None:
    heard: list[Event] = []
    state = open_state(tmp_path, tmp_path / "state", heard.append)
    state.save(BUILD)
    (tmp_path / "state/builds/other.json").write_bytes(damaged)
    (tmp_path / "state/builds/.half.json.1").write_bytes(b"{")
    assert state.builds() == {"c.gcc": BUILD}
    (said,) = [event.text for event in heard if isinstance(event, Remark)]
    assert said.startswith(f"{tmp_path}/state/builds/other.json is left out, as it cannot be read: ")


def test_a_record_under_another_name_is_none(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path)
    state.save(BUILD)
    (tmp_path / "builds/c.gcc.json").rename(tmp_path / "builds/d.json")
    assert state.builds() == {}


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    one, other = tmp_path / "one/lab", tmp_path / "other/lab"
    places = [open_state(lab, None).directory for lab in (one, other, one / "../lab")]
    assert places[0] == places[2] != places[1]
    assert places[0].parent == tmp_path / "xdg/shave/labs"
    assert places[0].name.startswith("lab-")
    assert places[0].stat().st_mode & 0o777 == 0o700


def test_one_at_a_time(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path)
    with state.alone():
        with pytest.raises(CannotError, match="another shave works on this lab") as caught, state.alone():
            pass
        assert "--state" in caught.value.hint
    with state.alone():
        pass


def test_a_directory_for_what_a_build_writes_is_empty(tmp_path: Path) -> None:
    state = open_state(tmp_path, tmp_path)
    (state.out("c.gcc") / "left").touch()
    assert list(state.out("c.gcc").iterdir()) == []


@pytest.mark.parametrize("name", ["", "..", "a/b", "/etc/passwd", ".hidden", "a\0b"])
def test_no_name_leads_out(tmp_path: Path, name: str) -> None:
    state = open_state(tmp_path, tmp_path / "state")
    for place in (state.log, state.out):
        with pytest.raises(CannotError, match="cannot name a file"):
            place(name)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotError, match="file/state cannot be written: Not a directory"):
        open_state(tmp_path, tmp_path / "file/state")
    state = open_state(tmp_path, tmp_path / "state")
    (tmp_path / "state/builds").touch()
    with pytest.raises(CannotError, match="state cannot be written"):
        state.save(BUILD)
