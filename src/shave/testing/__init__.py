"""Images made up in memory, for tests of shave and of what plugs into it.

>>> from shave.testing import Directory, File, Symlink, image
>>> made = image({"/bin/x": File(b"#!x", mode=0o755), "/tmp/": Directory(0o1777), "/bin/y": Symlink("x")})
>>> from shave.events import silent
>>> from shave.store import index
>>> [(entry.path, entry.kind) for entry in index(made, silent)[0].entries]
[('bin/x', 'file'), ('tmp', 'directory'), ('bin/y', 'symlink')]
"""

from shave.testing.builder import (
    Device,
    Directory,
    Fifo,
    File,
    Hardlink,
    Member,
    Opaque,
    Symlink,
    Whiteout,
    image,
    layer_tar,
)
from shave.testing.random import random_image

__all__ = [
    "Device",
    "Directory",
    "Fifo",
    "File",
    "Hardlink",
    "Member",
    "Opaque",
    "Symlink",
    "Whiteout",
    "image",
    "layer_tar",
    "random_image",
]
