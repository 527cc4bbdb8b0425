"""Where the mounts of a RUN are."""

import pytest

from shave.cleaning import may_be_mounted, mounted
from shave.mounts import Mount, mounts
from shave.recipe import Step, read

ABOVE = "FROM a\nARG CACHE=/root/.npm\nARG GIVEN\nENV HOME=/home/app\n"


def step(flag: str) -> Step:
    return read(f"{ABOVE}RUN --mount={flag} x\n".encode()).steps[-1]


@pytest.mark.parametrize(
    ("flag", "expected"),
    [
        ("type=cache,target=/root/.npm/", (Mount("cache", "/root/.npm"),)),
        ("type=cache,target=$CACHE,sharing=locked", (Mount("cache", "/root/.npm"),)),
        ("type=tmpfs,dst=${HOME}/tmp", (Mount("tmpfs", "/home/app/tmp"),)),
        ("source=x,destination=/x", (Mount("bind", "/x"),)),
        ("type=cache,target=$GIVEN", (Mount("cache", None),)),
        ("type=cache,target=${OTHER:-/x}", (Mount("cache", None),)),
        ("type=cache,target=.npm", (Mount("cache", None),)),
        ("type=secret,id=x", ()),
        ("type=what,target=/x", ()),
    ],
)
def test_mounts(flag: str, expected: tuple[Mount, ...]) -> None:
    assert mounts(step(flag)) == expected


def test_what_only_a_build_knows_may_be_anywhere() -> None:
    unknown, known = step("type=cache,target=$GIVEN"), step("type=cache,target=$CACHE")
    assert not mounted(unknown, "/root/.npm/_cacache")
    assert may_be_mounted(unknown, "/root/.npm/_cacache")
    assert mounted(known, "/root/.npm/_cacache")
    assert not may_be_mounted(known, "/root/.cache/pip")
