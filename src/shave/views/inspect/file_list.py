"""The answer of ``shave inspect --path`` for the terminal."""

import stat
from collections.abc import Iterable, Sequence

from shave.verbs.inspected import FileRow
from shave.views.columns import columns
from shave.views.units import megabytes
from shave.views.visible import one_line

_TYPES = {
    "directory": stat.S_IFDIR,
    "symlink": stat.S_IFLNK,
    "character": stat.S_IFCHR,
    "block": stat.S_IFBLK,
    "fifo": stat.S_IFIFO,
}


def file_list(found: Iterable[FileRow]) -> str:
    """Files as ``ls -l`` shows them, with the bytes, layer, unit and reason of each; how many there are on top."""
    listed = list(found)
    if not listed:
        return "no visible path matches\n"
    packed, unpacked = (sum(getattr(row, name) for row in listed) for name in ("packed_bytes", "unpacked_bytes"))
    count = "1 path" if len(listed) == 1 else f"{len(listed)} paths"
    head = f"{count}, {megabytes(packed)} packed, {megabytes(unpacked)} unpacked"
    header = ("mode", "packed", "unpacked", "layer", "unit", "path")
    return "\n".join([head, "", *columns([header, *map(_file, listed)], right=(1, 2, 3))]) + "\n"


def _file(row: FileRow) -> Sequence[str]:
    arrow = {"symlink": f" -> {row.link}", "hardlink": f" = /{row.link}"}.get(row.kind, "")
    reason = f"  ({row.reason})" if row.reason else ""
    return (
        stat.filemode(_TYPES.get(row.kind, stat.S_IFREG) | row.mode),
        megabytes(row.packed_bytes),
        megabytes(row.unpacked_bytes),
        str(row.layer + 1),
        one_line(row.unit) or "–",
        one_line(f"/{row.path}{arrow}{reason}"),
    )
