"""Each target on some thousand inputs, the same every time. ``make fuzz`` goes on from there."""

from itertools import islice
from random import Random

import pytest

from fuzz.mutation import inputs
from fuzz.targets import TARGETS, Target
from shave.errors import ShaveError

RUNS = 4000


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: str(target.name))
def test_a_value_or_one_of_our_errors(target: Target) -> None:
    accepted = 0
    for data in islice(inputs(target.seeds, Random(target.name)), RUNS):
        try:
            target.read(data)
            accepted += 1
        except ShaveError as error:
            assert str(error)
    assert accepted
