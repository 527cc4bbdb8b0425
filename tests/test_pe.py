"""How an assembly was compiled, by files made up after ECMA-335; real ones are read in catalog/test_dotnet.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assemblies import assembly
from shave.pe import Assembly, parse


def of(data: bytes) -> Assembly | None:
    return parse(lambda offset, length: data[offset : offset + length])


@pytest.mark.parametrize("plus", [True, False])
def test_how_it_was_compiled(plus: bool) -> None:
    assert of(assembly(plus=plus)) == Assembly(ready_to_run=False, component=False)
    assert of(assembly(plus=plus, ready_to_run=True)) == Assembly(ready_to_run=True, component=False)
    assert of(assembly(plus=plus, ready_to_run=True, component=True)) == Assembly(ready_to_run=True, component=True)


@pytest.mark.parametrize("data", [b"", b"MZ", b"MZ" + bytes(200), assembly()[:300], assembly(cli=False)])
def test_what_is_no_assembly(data: bytes) -> None:
    assert of(data) is None


@given(st.binary(max_size=60), st.integers(0, 600))
def test_no_assembly_is_too_strange(garbage: bytes, at: int) -> None:
    data = assembly(ready_to_run=True)
    of(data[:at] + garbage + data[at + len(garbage) :])
