"""Programs that came with the distribution, such as mount, passwd or apt: they stay only if something calls them.

What an image's author installed may be called by a hand or a health check; nobody chose what the base brought. Scripts
that call a program keep it by name.
"""

from shave.scene import Scene

_DIRECTORIES = ("bin", "sbin", "usr/bin", "usr/sbin")
_LIBEXEC = ("usr/lib/apt/", "usr/lib/dpkg/", "usr/libexec/dpkg/", "usr/lib/systemd/", "usr/lib/init/", "usr/lib/udev/")


class BasePrograms:
    """Leaves out executables on PATH of the base layers, and what only they call."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def spares(self, path: str) -> str:
        """Words for a program of the base."""
        if not self.scene.in_base(path):
            return ""
        if path.rpartition("/")[0] in _DIRECTORIES or path.startswith(_LIBEXEC):
            return "a program of the base that nothing calls"
        return ""
