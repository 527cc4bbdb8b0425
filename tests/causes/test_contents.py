"""Words in files of any size."""

from pathlib import Path

import pytest

from patients import patient
from shave.causes import contents
from shave.causes.contents import holds
from shave.testing import Symlink


@pytest.mark.parametrize("at", [0, 1, 60, 61, 62, 63, 64, 65, 120, 194])
def test_wherever_a_word_stands(at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_CHUNK", 64)
    body = bytearray(200)
    body[at : at + 6] = b"needle"
    files = patient(tmp_path, {"/a": bytes(body), "/link": Symlink("a")}).files
    assert holds(files, "a", (b"none", b"needle")) and not holds(files, "a", (b"needles",))
    assert not holds(files, "link", (b"needle",)) and not holds(files, "none", (b"needle",))
