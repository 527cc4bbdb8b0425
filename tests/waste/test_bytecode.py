import pytest

from detected import detected, paths
from shave.waste.bytecode import find, source


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/__pycache__/m.cpython-311.pyc", "a/m.py"),
        ("a/__pycache__/m.cpython-311.opt-2.pyc", "a/m.py"),
        ("a/__pycache__/m.n.cpython-311.pyc", "a/m.n.py"),
        ("__pycache__/m.pypy39.pyc", "m.py"),
        ("a/m.pyc", "a/m.py"),
        ("a/m.pyo", "a/m.py"),
    ],
)
def test_where_the_source_is(path: str, expected: str) -> None:
    assert source(path) == expected


def test_without_its_source_it_is_the_program() -> None:
    (found,) = detected(
        find,
        {"a/m.py": b"", "a/__pycache__/m.cpython-311.pyc": b"1", "b.pyc": b"2", "__pycache__/c.cpython-311.pyc": b"3"},
    )
    assert paths(found) == {"a/__pycache__/m.cpython-311.pyc"}
