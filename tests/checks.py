"""Answers of check and diff as they are shown, and images that say hostile things."""

from collections.abc import Mapping

from shave.catalog.explained import explain
from shave.events import silent
from shave.image import Image
from shave.testing import File, Member, image
from shave.verbs.blame import Blamed
from shave.verbs.check import Checked, Judged
from shave.verbs.diff import Diffed, diff

DIGEST = "sha256:" + "0" * 64
LAYER = Blamed("layer", DIGEST, 150_000_000, "RUN apt-get update && apt-get install -y build-essential", 2)
UNIT = Blamed("unit", "dpkg:gcc-12", 40_000_000, "12.1 → 12.2")
PATH = Blamed("path", "var/cache/x", 3_000, "deleted by layer 4")
CHECKED = Checked(
    "oci:app:1",
    DIGEST,
    "linux/amd64",
    "oci:app:0",
    4,
    (
        Judged("packed", "--max", "bytes", 200e6, 213.4e6, False, True, True, (LAYER,)),
        Judged("growth.content", "--max-growth", "ratio", 0.01, 0.032, False, True, False, (UNIT,) * 7),
        Judged("efficiency", "shave.toml: check", "ratio", 0.95, 0.94999, True, True, False, (PATH,)),
        Judged("path:/a|b.unpacked", "--max", "bytes", 1_000_000, 1_000_001, False, True, False, (PATH,)),
        Judged("layers", "--max", "count", 12, 7, False, False, False),
    ),
    "shave diff oci:app:0 oci:app:1",
)

NASTY = "a\n::error::b##[error]\r|`c`<img>\x1b[2J\0\x85\u202e\ufffe\udcff%0A,:"
"""What an image may call its files, layers and packages."""


def hostile() -> tuple[Checked, Diffed]:
    """Answers in which every name is the hostile one."""
    blamed = tuple(Blamed(what, NASTY, 1, NASTY, 0) for what in ("layer", "unit", "path"))
    checked = Checked(
        NASTY, DIGEST, NASTY, "", 1, (Judged(NASTY, NASTY, "bytes", 1, 2, False, True, False, blamed),), NASTY
    )
    return checked, diff(explain(_said({NASTY.replace("\0", ""): b"1"}), silent), explain(_said({}), silent))


def _said(members: Mapping[str, Member]) -> Image:
    status = f"Package: x\nStatus: install ok installed\nVersion: 1{chr(27)}|\n\n".encode()
    history = [{"created_by": NASTY.replace("\udcff", "")}]
    return image({"var/lib/dpkg/status": File(status), **members} if members else {}, history=history)
