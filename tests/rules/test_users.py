"""Who runs the commands of a step."""

import pytest

from shave.recipe import read
from shave.rules.users import home, is_root, user


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FROM a\nRUN x\n", ""),
        ("FROM a\nUSER app:app\nRUN x\n", "app"),
        ("FROM a\nUSER app\nUSER 0\nRUN x\n", "0"),
        ("FROM a AS b\nUSER app\nFROM b\nRUN x\n", "app"),
        ("FROM a AS b\nUSER app\nFROM a\nRUN x\n", ""),
    ],
)
def test_user(text: str, name: str) -> None:
    recipe = read(text.encode())
    assert user(recipe, recipe.steps[-1]) == name
    assert is_root(recipe, recipe.steps[-1]) == (name in ("", "0"))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("RUN useradd -m app\nUSER app\nRUN x", "/home/app"),
        ("RUN useradd -m -d /srv/app -s /bin/sh app\nUSER app\nRUN x", "/srv/app"),
        ("RUN adduser --disabled-password --gecos '' app\nUSER app\nRUN x", "/home/app"),
        ("RUN adduser -D -G www app\nUSER app\nRUN x", "/home/app"),
        ("RUN useradd app\nUSER app\nRUN x", None),
        ("RUN adduser app www\nUSER app\nRUN x", None),
        ("RUN useradd -m -d $WHERE app\nUSER app\nRUN x", None),
        ("RUN useradd -m app\nUSER 1000\nRUN x", None),
        ("RUN useradd -m app\nUSER root\nRUN x", None),
        ("RUN useradd -m app\nUSER app\nRUN sudo x", None),
        ("RUN useradd -m app\nENV HOME=/root\nUSER app\nRUN x", None),
    ],
)
def test_home(text: str, path: str | None) -> None:
    recipe = read(f"FROM acme/base\n{text}\n".encode())
    assert home(recipe, recipe.steps[-1]) == path
