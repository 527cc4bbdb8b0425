"""What slim says before anything runs; the whole of it is in tests/commands/test_slim.py."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shave.config import Settings
from shave.errors import NotRunningError
from shave.events import silent
from shave.oci import RootFS
from shave.probe import Observation, Session
from shave.runners import AUTOMATIC
from shave.testing import image
from shave.verbs.slim import Tools, Wanted, slim
from shave.verbs.validate import MismatchError
from shave.verbs.verify import require_scripts


def test_a_script_that_fails_on_the_original_ends_it() -> None:
    seen = Observation("tests", "script", (("status", "3"),), "1 failed", "the script's exit status is 3")
    with pytest.raises(NotRunningError, match=r"the probe tests fails on the original: .* 3\n1 failed"):
        require_scripts(Session((seen,)))
    require_scripts(Session((replace(seen, failure=""),)))


def test_all_that_an_image_lies_about_is_told(tmp_path: Path) -> None:
    honest = image({"/a": b"a"}, {"/b": b"b"})
    lying = replace(honest, layers=tuple(replace(layer, diff_id=f"sha256:{'0' * 64}") for layer in honest.layers))
    rootfs = RootFS("layers", (f"sha256:{'0' * 64}",) * 2)
    lying = replace(lying, config=replace(lying.config, rootfs=rootfs))
    with pytest.raises(MismatchError) as caught:
        slim(lying, Settings(), Tools(AUTOMATIC[0], None), Wanted(), tmp_path, silent)
    assert {mismatch.part for mismatch in caught.value.mismatches} >= {"layer 0", "layer 1"}
