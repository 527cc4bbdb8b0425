"""Debian's names of architectures, and those of image configs. Source: dpkg-architecture(1), ``cputable`` and
``tupletable`` of dpkg; Go's GOARCH as in the OCI image specification, image-index.md; what docker-library builds.
"""

from shave.errors import UsageError
from shave.oci import Platform

PLATFORMS = {
    "amd64": Platform("amd64", "linux"),
    "arm64": Platform("arm64", "linux"),
    "armhf": Platform("arm", "linux", "v7"),
    "armel": Platform("arm", "linux", "v5"),
    "i386": Platform("386", "linux"),
    "mips64el": Platform("mips64le", "linux"),
    "ppc64el": Platform("ppc64le", "linux"),
    "riscv64": Platform("riscv64", "linux"),
    "s390x": Platform("s390x", "linux"),
}
"""The platform of an image for each architecture that Debian has or had in a release since bookworm. Of those that two
have, what is meant without a variant comes first.
"""
TRIPLETS = {
    "amd64": "x86_64-linux-gnu",
    "arm64": "aarch64-linux-gnu",
    "armhf": "arm-linux-gnueabihf",
    "armel": "arm-linux-gnueabi",
    "i386": "i386-linux-gnu",
    "mips64el": "mips64el-linux-gnuabi64",
    "ppc64el": "powerpc64le-linux-gnu",
    "riscv64": "riscv64-linux-gnu",
    "s390x": "s390x-linux-gnu",
}
"""What ``dpkg-architecture -qDEB_HOST_MULTIARCH`` prints: the directories of libraries are called so."""
_SAME = {("arm64", "v8"): "", ("amd64", "v1"): ""}
"""What containerd's platforms.Normalize leaves out."""


def of_platform(platform: Platform) -> str:
    """Debian's architecture for a platform. Raises UsageError if it has none."""
    variant = _SAME.get((platform.architecture, platform.variant), platform.variant)
    for name, known in PLATFORMS.items():
        same = (known.os, known.architecture) == (platform.os, platform.architecture)
        if same and variant in ("", known.variant):
            return name
    known_as = ", ".join(map(str, PLATFORMS.values()))
    raise UsageError(f"Debian has no architecture for {platform}", f"expected one of {known_as}")
