"""What a RUN ships is told once, at the call that wrote most, and not of copies: by images known to the byte."""

from random import Random

import pytest

from shave import recipe
from shave.catalog.explained import explain
from shave.events import silent
from shave.lint import Amount
from shave.rules.known import BuiltImage, Known
from shave.testing import File, Member, image
from shave.verbs.lint import found
from shave.verbs.lint_price import priced

CHANCE = Random(129)
SITE = "usr/local/lib/python3.13/site-packages"
TESTS, BYTECODE, APP, MODULES = (CHANCE.randbytes(length) for length in (90_000, 80_000, 300_000, 200_000))
INSTALLED: dict[str, Member] = {
    f"{SITE}/pkg/tests/test_it.py": TESTS,
    f"{SITE}/pkg/__pycache__/it.pyc": BYTECODE,
    f"{SITE}/pip/__pycache__/run.pyc": CHANCE.randbytes(50_000),
    "usr/local/lib/python3.13/__pycache__/os.pyc": CHANCE.randbytes(70_000),
}


def told(text: str, *layers: dict[str, Member]) -> list[tuple[str, str, Amount | None]]:
    """Of each finding its rule, the text that it points to, and what it saves; a layer is that of an instruction."""
    read = recipe.read(text.encode())
    steps = {number: number for number in range(1, len(layers) + 1)}
    known = Known(BuiltImage(explain(image({"etc/base": b"1"}, *layers), silent), steps))
    each = priced(found(read, known), read, known)
    return [(one.rule, text[one.start : one.end], one.amount) for one in each]


@pytest.mark.parametrize(
    ("commands", "meant"),
    [
        ("pip install wheel && pip install -r list.txt", "pip install -r list.txt"),
        ("pip install one && pip install two", "pip install one"),
        ("pip install -r list.txt && pip install pandas sympy", "pip install pandas sympy"),
        ("apt-get update && apt-get install -y libc6-dev", "apt-get install -y libc6-dev"),
        ("apt-get install -y libc6-dev && pip install -r list.txt", "apt-get install -y libc6-dev"),
        ("./fetch && ./build", "./fetch"),
    ],
)
def test_what_a_run_ships_is_told_once_at_the_call_that_wrote_most(commands: str, meant: str) -> None:
    found = [each for each in told(f"FROM x\nRUN {commands}\n", INSTALLED) if each[0] == "SHV129"]
    assert [(at, amount and amount.unpacked_bytes) for _, at, amount in found] == [(meant, len(TESTS))]


def test_bytecode_of_a_run_is_told_once_and_that_of_python_itself_is_none() -> None:
    text = "FROM x\nRUN pip install wheel && pip install -r list.txt\n"
    found = [each for each in told(text, INSTALLED) if each[0] == "SHV128"]
    assert [(at, amount and amount.unpacked_bytes) for _, at, amount in found] == [
        ("pip install -r list.txt", len(BYTECODE))
    ]


def test_bytecode_is_where_pip_was_told_to_put_it() -> None:
    layer: dict[str, Member] = {"packages/pkg/__pycache__/it.pyc": BYTECODE, "srv/__pycache__/own.pyc": APP}
    (_, _, amount), *others = told("FROM x\nRUN pip install --target=/packages pkg && ./own\n", layer)
    assert amount and amount.unpacked_bytes == len(BYTECODE) and not others


def owned(layer: dict[str, Member]) -> dict[str, Member]:
    return {path: File(data, uid=1000) for path, data in layer.items() if isinstance(data, bytes)}


def test_copies_that_chown_makes_are_told_by_one_rule_for_each_step_that_wrote_them() -> None:
    copied: dict[str, Member] = {"srv/app": APP, "srv/pkg/tests/test_it.py": TESTS}
    text = "FROM x\nCOPY . /srv\nRUN make\nRUN useradd shop && chown -R shop /srv\n"
    written: dict[str, Member] = {"srv/modules": MODULES}
    found = told(text, copied, written, owned({**copied, **written}))
    again = {amount.unpacked_bytes for rule, _, amount in found if rule == "SHV202" and amount}
    assert again == {len(APP) + len(TESTS), len(MODULES)}
    assert "SHV129" not in {rule for rule, _, _ in found}
