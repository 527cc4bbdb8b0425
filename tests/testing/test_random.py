"""Random images are the same for the same seed and readable for any."""

import pytest

from shave.events import silent
from shave.store import tree_of
from shave.testing import random_image


@pytest.mark.parametrize("seed", range(20))
def test_any_seed(seed: int, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    made = random_image(seed, layers=4, entries=20)
    assert made.manifest == random_image(seed, layers=4, entries=20).manifest
    assert len(tree_of(made, silent)) > 10
