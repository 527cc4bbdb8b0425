"""Numbers as people read them. MB is 10^6 bytes."""


def megabytes(count: int, estimated: bool = False) -> str:
    """``12.3 MB``; below 1 MB in kB; ``0`` for nothing; ``~`` marks an estimate."""
    if not count:
        return "0"
    mark = "~" if estimated else ""
    if count < 1_000_000:
        return f"{mark}{count / 1000:.1f} kB"
    return f"{mark}{count / 1_000_000:.1f} MB"


def share(part: int, whole: int) -> str:
    """``4.9 %`` of the whole; ``–`` of nothing."""
    return f"{100 * part / whole:.1f} %" if whole else "–"


def signed(count: int, estimated: bool = False) -> str:
    """``+12.3 MB``, ``-1.0 kB``; below 1 kB in bytes, for differences are small; ``0`` for none."""
    if 0 < abs(count) < 1000:
        return f"{count:+d} B"
    mark = "~" if estimated else ""
    return f"{mark}{'+' if count > 0 else '-' if count < 0 else ''}{megabytes(abs(count))}"
