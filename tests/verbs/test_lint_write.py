"""Mended files are written each on its own: what cannot be is told."""

from pathlib import Path

from shave.dockerfiles import Source
from shave.verbs.lint_fix import is_safe
from shave.verbs.lint_mend import Mended, Text, mend
from shave.verbs.lint_write import write

FAT = b"FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"


def mended(*paths: Path) -> Mended:
    return mend([Source(str(path), FAT) for path in paths], is_safe)


def test_what_was_changed_meanwhile_is_told_and_the_others_are_written(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"FROM somebody\n")
    other.write_bytes(FAT)
    first, second = write(mended(one, other)).files
    assert (first.fixed, first.unwritten) == ((), f"{one} was changed meanwhile")
    assert [each.rule for each in second.fixed] == ["SHV101"]
    assert one.read_bytes() == b"FROM somebody\n"
    assert other.read_bytes().endswith(b" && rm -rf /var/lib/apt/lists/*\n")


def test_an_ignore_file_that_cannot_be_written_is_told_of_all_that_asked(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one", "other", "third")]
    for path in paths:
        path.write_bytes(FAT)
    found = mended(*paths)
    ignore = Text(str(tmp_path / "none/.dockerignore"), None, b".git\n", (str(paths[0]), str(paths[2])))
    told = write(Mended(found.linted, (*found.texts, ignore))).files
    assert [bool(each.unwritten) for each in told] == [True, False, True]
