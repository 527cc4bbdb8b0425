"""Values and directories as numbers: of a hundred thousand files each is written once."""

from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value", bound=Hashable)


class Numbered(Generic[Value]):
    """Values numbered in the order in which they first come."""

    def __init__(self, *first: Value) -> None:
        self._numbers = {value: number for number, value in enumerate(first)}

    def number(self, value: Value) -> int:
        """The number of a value."""
        return self._numbers.setdefault(value, len(self._numbers))

    def values(self) -> list[Value]:
        """The values by number."""
        return list(self._numbers)


class Directories:
    """Directories as (the number of the one above, name); 0 is the root, whose own name is empty."""

    def __init__(self) -> None:
        self._numbers = {"": 0}
        self.above, self.names = [0], [""]

    def number(self, path: str) -> int:
        """The number of a directory; one above another has the lower number."""
        known = self._numbers.get(path)
        if known is not None:
            return known
        missing = [path]
        while (above := missing[-1].rpartition("/")[0]) not in self._numbers:
            missing.append(above)
        for each in reversed(missing):
            parent, _, name = each.rpartition("/")
            self._numbers[each] = len(self.names)
            self.above.append(self._numbers[parent])
            self.names.append(name)
        return self._numbers[path]
