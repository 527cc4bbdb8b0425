"""What first users of ``shave lint`` stumbled over."""

from pathlib import Path

from cli import Shave

FAT = "FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"


def test_rules_are_found_by_the_names_that_hadolint_has(shave: Shave) -> None:
    assert shave("lint", "--rule", "dl3042").out.startswith("SHV120: pip's cache stays in the layer.")
    several = shave("lint", "--rule", "DL3009").out
    assert all(f"{rule}: " in several for rule in ("SHV101", "SHV105"))
