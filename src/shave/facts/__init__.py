"""What shave knows of the world, as TOML files with sources, and the one way to read them."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """The facts of ``name``.toml as tomllib gives them. Not to be changed by the caller."""
    return tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))
