from syrupy.assertion import SnapshotAssertion

from inspections import files, hostile_files
from shave.verbs.inspected import FileRow
from shave.views.inspect import file_list


def test_file_list(snapshot: SnapshotAssertion) -> None:
    others = [
        FileRow("etc/alias", "hardlink", 0o4755, 0, "dpkg:passwd", 0, 0, "bin/su"),
        FileRow("dev/null", "character", 0o666, 0, "", 0, 0),
        FileRow("run/pipe", "fifo", 0o600, 2, "", 0, 0),
    ]
    assert file_list([*files(5), *others, *hostile_files()]) == snapshot


def test_nothing_found_is_said() -> None:
    assert file_list(iter(())) == "no visible path matches\n"
