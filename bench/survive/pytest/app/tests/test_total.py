import logging
import os
import subprocess
import sys

import pytest
from prices import total


@pytest.mark.parametrize(("counts", "expected"), [([], 0), ([1, 2], 6)], ids=["none", "two"])
def test_total(counts, expected):
    assert total(counts, 2) == expected


def test_places(tmp_path, monkeypatch, capfd, caplog):
    monkeypatch.chdir(tmp_path)
    subprocess.run([sys.executable, "-c", "print('child')"], check=True)
    logging.getLogger("till").warning("open")
    assert capfd.readouterr().out == "child\n"
    assert caplog.messages == ["open"]
    assert not os.listdir()


def test_near():
    assert total([0.1] * 3, 1) == pytest.approx(0.3)
    with pytest.raises(TypeError, match="unsupported operand"):
        total(["a"], 1)


@pytest.mark.xfail(strict=True)
def test_words():
    assert total([1], "ab") == "abab"
