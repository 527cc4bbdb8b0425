"""Images nobody thought of."""

from random import Random

from shave.image import Image
from shave.testing.builder import Directory, File, Hardlink, Member, Symlink, Whiteout, image

FOLDERS = ("bin", "etc", "etc/conf.d", "usr", "usr/lib", "usr/lib/é", "var")
MODES = (0o644, 0o755, 0o4755, 0o600, 0o1777)


def random_image(seed: int, layers: int = 3, entries: int = 30) -> Image:
    """An image that every reader must understand in one way: each layer lists its directories, and no path changes from
    a directory to something else. Files, modes, owners, times, links, extended attributes and deletions are random.

    >>> random_image(1).config_digest == random_image(1).config_digest != random_image(2).config_digest
    True
    """
    chance = Random(seed)
    return image(*(_layer(chance, number, entries) for number in range(layers)), config={"Cmd": ["/bin/0"]})


def _layer(chance: Random, number: int, entries: int) -> dict[str, Member]:
    made: dict[str, Member] = {}
    for folder in FOLDERS:
        made[folder] = Directory(chance.choice((0o755, 0o700, 0o1777)), chance.randrange(3), 0, _time(chance))
    files: list[str] = []
    for _ in range(entries):
        path = f"{chance.choice(FOLDERS)}/{chance.randrange(entries)}"
        if path not in made:
            made[path] = _member(chance, files)
            if isinstance(made[path], File):
                files.append(path)
    for _ in range(number * 2):
        gone = f"{chance.choice(FOLDERS)}/{chance.randrange(entries)}"
        made.setdefault(gone, Whiteout())
    if number and chance.random() < 0.3:
        made["etc/conf.d/.wh..wh..opq"] = b""
    return made


def _member(chance: Random, files: list[str]) -> Member:
    kind = chance.random()
    if kind < 0.15 and files:
        return Hardlink(chance.choice(files))
    if kind < 0.3:
        return Symlink(chance.choice(("../etc/1", "/usr/lib/2", "nowhere")), mtime=_time(chance))
    xattrs = {"user.note": chance.randbytes(4)} if kind > 0.9 else {}
    data = chance.randbytes(chance.randrange(3)) * chance.randrange(3000)
    return File(data, chance.choice(MODES), chance.randrange(1000), chance.randrange(1000), _time(chance), xattrs)


def _time(chance: Random) -> int:
    return chance.randrange(1_700_000_000) * 10**9 + chance.choice((0, 123_456_789))
