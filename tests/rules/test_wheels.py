"""What pip fetches, where it stands in the line."""

import pytest

from shave.facts import load
from shave.recipe import Call, read
from shave.rules.wheels import are_named, wheels_amount


def calls(command: str) -> tuple[Call, ...]:
    return read(f"FROM acme/base\nRUN {command}\n".encode()).steps[1].calls


@pytest.mark.parametrize(
    ("command", "is_all"),
    [
        ("pip install flask 'uvicorn[standard]>=0.30' && pip3 install -U pip", True),
        ("pip install -c constraints.txt Django~=5.0 'six ; python_version<\"3\"'", True),
        ("pip install flask -r requirements.txt", False),
        ("pip install -e . && pip install flask", False),
        ("pip install .", False),
        ("pip install ./flask flask.whl", False),
        ("pip install flask.tar.gz", False),
        ("pip install git+https://example.org/x.git", False),
        ("pip install flask@https://example.org/flask.whl", False),
        ("pip install $PACKAGES", False),
    ],
)
def test_are_named(command: str, is_all: bool) -> None:
    assert are_named(calls(command)) == is_all


@pytest.mark.parametrize(
    ("command", "wheels"),
    [
        ("pip install --upgrade pip", {"pip"}),
        ("pip install numpy==1.20.3 'PyYAML>=6'", {"numpy", "pyyaml"}),
        ("pip install pip wheel && pip install jinja2", {"pip", "wheel", "packaging", "jinja2", "markupsafe"}),
    ],
)
def test_each_wheel_is_counted_once(command: str, wheels: set[str]) -> None:
    amount = wheels_amount(calls(command))
    assert amount
    assert amount.packed_bytes == sum(load("wheel_sizes")["packed_bytes"][name] for name in wheels)


@pytest.mark.parametrize("command", ["pip install pip torch", "pip install uvicorn[standard]", "pip install altair"])
def test_what_is_not_in_the_table_has_no_price(command: str) -> None:
    assert wheels_amount(calls(command)) is None
