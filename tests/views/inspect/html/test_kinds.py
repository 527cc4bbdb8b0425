import pytest

from shave.verbs.inspected import FileRow
from shave.views.inspect.html.kinds import kind


@pytest.mark.parametrize(
    ("path", "mode", "expected"),
    [
        ("usr/lib/libz.so.1.2", 0o644, "shared libraries"),
        ("usr/lib/libz.so", 0o755, "shared libraries"),
        ("usr/lib/libz.a", 0o644, "static libraries and objects"),
        ("app/__pycache__/a.cpython-311.pyc", 0o644, "byte-compiled Python"),
        ("usr/share/doc/x/changelog.gz", 0o644, "documentation"),
        ("var/lib/dpkg/info/x.list", 0o644, "package records"),
        ("srv/PHOTO.JPEG", 0o644, "pictures and fonts"),
        ("usr/bin/env", 0o755, "programs"),
        ("usr/bin/python3.11", 0o755, "programs"),
        ("srv.d/so", 0o644, "other"),
        (".so", 0o644, "shared libraries"),
        ("", 0o644, "other"),
    ],
)
def test_kind(path: str, mode: int, expected: str) -> None:
    assert kind(FileRow(path, "file", mode, 0, "", 1, 1)) == expected


def test_what_is_no_file() -> None:
    assert kind(FileRow("lib/x.so", "symlink", 0o777, 0, "", 0, 0)) == "links"
    assert kind(FileRow("lib/x.so", "hardlink", 0o777, 0, "", 0, 0)) == "links"
    assert kind(FileRow("dev/null", "character", 0o666, 0, "", 0, 0)) == "devices and pipes"
