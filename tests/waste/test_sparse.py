from random import Random

from detected import detected, paths
from shave.waste.sparse import find


def test_zeros() -> None:
    noise = Random(0).randbytes(2 << 20)
    (found,) = detected(find, {"var/log/lastlog": bytes(20 << 20), "noise": noise, "small": bytes(1000)})
    assert (paths(found), found.unpacked_bytes) == ({"var/log/lastlog"}, 20 << 20)
    assert found.packed_bytes < 40_000


def test_text_is_not_empty() -> None:
    assert detected(find, {"words": b"".join(b"%d " % n for n in range(300_000))}) == []
