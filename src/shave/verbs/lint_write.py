"""``shave lint --fix``: what was mended takes the place of what was there."""

from pathlib import Path

from msgspec.structs import replace

from shave.errors import CannotError
from shave.rewriting import rewrite
from shave.verbs.lint_mend import Mended
from shave.verbs.linted import Linted, LintedFile


def write(mended: Mended) -> Linted:
    """Change the files, each whole or not at all, and say which could not be: the others are.

    Of a Dockerfile whose ignore file could not be written nothing is told to be fixed.
    """
    refused: dict[str, str] = {}
    for text in mended.texts:
        try:
            if text.after != text.before:
                rewrite(Path(text.path), text.before or b"", text.after)
        except CannotError as error:
            refused |= dict.fromkeys(text.dockerfiles, str(error))
    return replace(mended.linted, files=tuple(_told(each, refused) for each in mended.linted.files))


def _told(file: LintedFile, refused: dict[str, str]) -> LintedFile:
    return LintedFile(file.path, unwritten=refused[file.path]) if file.path in refused else file
