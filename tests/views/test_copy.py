from syrupy.assertion import SnapshotAssertion

from shave.verbs.copy import Copied, Tally
from shave.views.copy import text

DIGEST = "sha256:" + "0" * 64


def test_an_index_in_a_registry(snapshot: SnapshotAssertion) -> None:
    tallies = Tally(2, 12_345_678), Tally(1, 1_000_000), Tally(11, 900_000_000)
    platforms = ("linux/amd64", "linux/arm64/v8")
    copied = Copied("oci:in:1", "docker://host/app:1", DIGEST, (DIGEST, DIGEST), platforms, *tallies, 1.25, "shave x")
    assert text(copied) == snapshot


def test_an_engine(snapshot: SnapshotAssertion) -> None:
    none = Tally(0, 0)
    copied = Copied(
        "oci:in:1", "docker-daemon:app:1", "", (DIGEST,), ("linux/amd64",), none, none, none, 0.04, "shave x"
    )
    assert text(copied) == snapshot
