"""What others make of a hostile image."""

import subprocess
from pathlib import Path

from hostile import shown

_SECONDS = 20


def umoci(reference: str, into: Path) -> tuple[str, dict[str, shown.Value] | None]:
    """Its answer, and the tree that it unpacks from a layout."""
    name = reference.removeprefix("oci:")
    answer = _answer("umoci", "raw", "unpack", "--image", name, str(into))
    if answer == "reads" and not into.is_dir():
        return "removes its own root", None
    return answer, shown.of_directory(str(into)) if answer == "reads" else None


def skopeo(reference: str, into: Path) -> str:
    """Its answer to a copy that unpacks the layers."""
    return _answer("skopeo", "--tmpdir", str(into.parent), "copy", "--quiet", reference, f"docker-archive:{into}")


def _answer(*command: str) -> str:
    try:
        ended = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "does not end"
    return "refuses" if ended.returncode else "reads"
