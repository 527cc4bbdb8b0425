"""Which requirements apply in an image."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.catalog.markers import required


@pytest.mark.parametrize(
    ("requirement", "python", "name"),
    [
        ("click>=8", "3.11", "click"),
        (" zope.interface [x] (>=1)", "", "zope.interface"),
        ("tomli; python_version < '3.11'", "3.11", ""),
        ("tomli; python_version < '3.11'", "3.10", "tomli"),
        ("tomli; python_full_version >= '3.11.0a1'", "3.11", "tomli"),
        ("tomli; python_version < '3.11'", "", "tomli"),
        ("dotenv; extra == 'dotenv'", "3.11", ""),
        ("dotenv; python_version > '3' and extra == 'dotenv'", "", ""),
        ("colorama; platform_system == 'Windows'", "3.11", ""),
        ("uvloop; sys_platform != 'win32' and implementation_name == 'cpython'", "", "uvloop"),
        ("greenlet; platform_machine == 'aarch64'", "3.11", "greenlet"),
        ("x; nonsense", "3.11", ""),
        ("x; " + "(" * 2000 + "os_name == 'posix'" + ")" * 2000, "3.11", ""),
        ("@ file:///x", "3.11", ""),
    ],
)
def test_what_is_required(requirement: str, python: str, name: str) -> None:
    assert required(requirement, python) == name


@given(st.text(max_size=40), st.sampled_from(["", "3.11"]))
def test_no_requirement_is_too_strange(text: str, python: str) -> None:
    assert required(f"x; {text}", python) in ("", "x")
    required(text, python)
