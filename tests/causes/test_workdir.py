"""Working directories."""

import pytest

from patients import causes, diagnosed, tools


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("/none", [("workdir-missing", False)]),
        ("/app/none", [("workdir-missing", False)]),
        ("/etc/passwd", [("workdir-not-directory", True)]),
        ("/etc/passwd/x", [("workdir-not-directory", True)]),
        ("/app", []),
        ("/", []),
        ("", []),
        ("/bin", []),
    ],
)
def test_working_directories(place: str, expected: list[tuple[str, bool]]) -> None:
    assert causes(diagnosed(tools(), "sh", WorkingDir=place)) == expected
