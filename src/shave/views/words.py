"""Words that all views for people share."""

_BECAUSE = {
    "trace": "used",
    "need": "needed",
    "unit": "with their unit",
    "application": "the application's",
    "habit": "by habit",
    "always": "always",
    "glob": "asked for",
    "directory": "above others",
    "symlink": "by symlink",
    "grain": "by the grain",
    "repair": "by repair",
    "previous": "with a layer of before",
}


def because(counts: tuple[tuple[str, int], ...]) -> str:
    """Why the files of a group are kept: the three most frequent kinds of reason."""
    return ", ".join(f"{count} {_BECAUSE.get(name, name)}" for name, count in counts[:3])
