"""The options of ``shave slim`` that keep what a plan drops, as they are typed in a shell."""

from shlex import quote

from shave.globs import escaped


def keep_path(path: str) -> str:
    """``--keep`` for one path."""
    return f"--keep {quote('/' + escaped(path))}"


def keep_below(path: str) -> str:
    """``--keep`` for all that is in a directory."""
    return f"--keep {quote('/' + escaped(path).rstrip('/') + '/**' if path else '/**')}"


def keep_unit(unit: str) -> str:
    """``--keep-unit`` for one unit."""
    return f"--keep-unit {quote(unit)}"
