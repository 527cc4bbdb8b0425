"""The summary of a job of GitHub Actions, which stands beside its log."""

import os
from pathlib import Path

from shave.errors import CannotError


def add(markdown: str) -> None:
    """Add to the summary, if GitHub has told where that is. Raises CannotError if it cannot be written."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(markdown)
    except OSError as error:
        raise CannotError(f"GITHUB_STEP_SUMMARY: {path} cannot be written: {error.strerror}") from error
