"""Mounts of the host as the helper sees them."""

from shave.helper.mounts import renamed


def test_sources_become_copies_and_targets_stay() -> None:
    assert renamed(("/here:/there:ro", "/a:/b")) == ("/shave/mounts/0:/there:ro", "/shave/mounts/1:/b")
    assert renamed(()) == ()
