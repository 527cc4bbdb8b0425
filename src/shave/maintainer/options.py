"""Words of a command, sorted into options with their values and operands, as getopt_long(3) does."""

from collections.abc import Mapping, Set

from msgspec import Struct

from shave.maintainer.words import Words


class Given(Struct, frozen=True):
    """Options by their names with dashes ("" where they have no value), and the operands."""

    options: Mapping[str, str]
    operands: tuple[str, ...]

    def __contains__(self, name: str) -> bool:
        return name in self.options

    def first(self, *names: str) -> str | None:
        """The value of the first of these options that is given."""
        return next((self.options[name] for name in names if name in self.options), None)


def given(words: Words, valued: Set[str]) -> Given | None:
    """What stands behind the name of a command whose options ``valued`` take a value: in the next word, behind "=" or,
    of one letter, at once ("-m755"). None if one of the words is known only to a run.
    """
    known = [word for word in words[1:] if word is not None]
    if len(known) != len(words) - 1:
        return None
    options: dict[str, str] = {}
    operands: list[str] = []
    todo = known[::-1]
    while todo:
        word = todo.pop()
        if word == "--":
            operands.extend(reversed(todo))
            break
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            options[name] = value if equals else todo.pop() if name in valued and todo else ""
        elif word.startswith("-") and len(word) > 1:
            _letters(word, valued, options, todo)
        else:
            operands.append(word)
    return Given(options, tuple(operands))


def _letters(word: str, valued: Set[str], options: dict[str, str], todo: list[str]) -> None:
    for at in range(1, len(word)):
        name = f"-{word[at]}"
        if name in valued:
            options[name] = word[at + 1 :] or (todo.pop() if todo else "")
            return
        options[name] = ""
