"""Dockerfiles made of a program, a builder and a runner: ``{{ name }}`` stands for a value of one of them."""

import re
from collections.abc import Mapping

from shave.errors import UsageError

_PLACE = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def filled(text: str, values: Mapping[str, str], where: str) -> str:
    """The text with its values. ``where`` names it in the UsageError of a name that has none.

    >>> filled("FROM {{ image }}", {"image": "scratch"}, "a template")
    'FROM scratch'
    """

    def value(found: re.Match[str]) -> str:
        name = found[1].strip()
        if name not in values:
            known = ", ".join(sorted(values))
            raise UsageError(f"{where}: {{{{ {name} }}}} has no value", f"there are: {known}; add it under values")
        return values[name]

    return _PLACE.sub(value, text)
