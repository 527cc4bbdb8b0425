"""What this machine is, in the words of image configs."""

import platform

from shave.oci import Platform

# Go's names (GOARCH, GOARM) of what uname(2) calls the machine
_NAMES = {
    "x86_64": ("amd64", ""),
    "i386": ("386", ""),
    "i686": ("386", ""),
    "aarch64": ("arm64", ""),
    "arm64": ("arm64", ""),
    "armv7l": ("arm", "v7"),
    "armv6l": ("arm", "v6"),
}


def host() -> Platform:
    """The platform whose images run here; always Linux, as containers elsewhere run in a Linux machine too."""
    name = platform.machine().lower()
    architecture, variant = _NAMES.get(name, (name, ""))
    return Platform(architecture, "linux", variant)
