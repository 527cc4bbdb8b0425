"""Merged /usr: what stood in /bin, /lib and their like is below /usr, and symlinks lead there.

Since bookworm every Debian system is so, while packages of bookworm and some later ones still ship ``/lib/…``. Source:
Debian's usrmerge, convert-usrmerge; hier(7); Debian bug #978636 (the technical committee's decision).
"""

ALIASES = ("bin", "lib", "lib32", "lib64", "libo32", "libx32", "sbin")
"""Directories of the root that are symlinks to those of the same name below /usr."""


def merged(path: str) -> str:
    """Where a path, or a glob, without leading slash is found; a symlink itself (``bin``) stays where it is."""
    first, slash, _ = path.partition("/")
    return f"usr/{path}" if slash and first in ALIASES else path
