"""Removing a tree however deep it is: shutil.rmtree takes a frame and a descriptor for each of up to 2047 levels."""

import os

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(top: str) -> None:
    """Remove a directory and all in it; nothing else may move directories there meanwhile. Raises OSError."""
    here = os.open(top, _FLAGS)
    try:
        way: list[str] = []
        while True:
            below = _empty(here)
            if below:
                here = _go(here, below)
                way.append(below)
            elif way:
                here = _go(here, "..")
                os.rmdir(way.pop(), dir_fd=here)
            else:
                break
    finally:
        os.close(here)
    os.rmdir(top)


def _empty(directory: int) -> str:
    """Remove what is no directory up to the first directory, whose name is the value."""
    with os.scandir(directory) as found:
        for entry in found:
            if entry.is_dir(follow_symlinks=False):
                return entry.name
            os.unlink(entry.name, dir_fd=directory)
    return ""


def _go(here: int, name: str) -> int:
    there = os.open(name, _FLAGS, dir_fd=here)
    os.close(here)
    return there
