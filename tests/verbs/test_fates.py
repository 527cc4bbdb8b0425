"""What became of each unit, and which listed directories lost entries."""

import scenes
from shave.evidence import Access, Evidence
from shave.package import Package
from shave.plan import Listing
from shave.scene import Scene
from shave.verbs.fates import fates, listings

TOOL = Package("dpkg", "tool", "1", ("usr/bin/tool", "usr/lib/tool/data", "usr/share/man/man1/tool.1"))
META = Package("dpkg", "meta", "1", (), ("dpkg:tool",))
LAYER = dict.fromkeys(TOOL.paths, b"four")


def fate(*kept: str) -> tuple[str, ...]:
    known = scenes.scene({}, LAYER, packages=(TOOL, META))
    return tuple(each.fate for each in fates(known, kept))


def test_documentation_is_no_loss_and_what_is_there_for_others_goes_with_them() -> None:
    assert fate(*TOOL.paths) == ("whole", "whole")
    assert fate("usr/bin/tool", "usr/lib/tool/data") == ("whole", "whole")
    assert fate("usr/bin/tool") == ("split", "whole")
    assert fate("usr/share/man/man1/tool.1") == ("gone", "gone")
    assert fate() == ("gone", "gone")


def test_what_was_lost_is_counted_without_documentation() -> None:
    (found, _) = fates(scenes.scene({}, LAYER, packages=(TOOL, META)), {"usr/bin/tool"})
    assert (found.kept_bytes, found.dropped_bytes, found.lost_bytes) == (4, 8, 4)
    assert (found.kept_files, found.dropped_files, found.lost_files) == (1, 2, 1)


def test_a_listed_directory_that_lost_entries_is_told() -> None:
    known = scenes.scene({}, LAYER)
    listed = Evidence(
        "sha256:c", "seccomp", (Access("/usr/bin", ("listed",), ("start",)), Access("/usr", ("stat",), ()))
    )
    seen = Scene(known.files, known.config, listed, known.catalog)
    assert listings(seen, {"usr"}) == (Listing("usr/bin", 1, 1),)
    assert listings(seen, {"usr/bin/tool"}) == ()
