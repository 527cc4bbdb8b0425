"""What is left of a Dockerfile's findings when it is mended."""

from pathlib import Path

from shave.dockerfiles import Source
from shave.lint import LintSettings
from shave.verbs.lint import World
from shave.verbs.lint_fix import is_any, is_safe
from shave.verbs.lint_mend import mend

FAT = b"FROM base\r\nRUN apt-get update && apt-get install -y libpq5\r\n"


def test_the_safe_ones() -> None:
    sources = [Source("a/Dockerfile", FAT), Source("missing", unread="it cannot be read")]
    found = mend(sources, is_safe, settings=LintSettings(select=("SHV1",)))
    first, *others = found.texts
    assert (first.path, first.before) == ("a/Dockerfile", FAT)
    assert all(each.before == each.after for each in others)
    assert first.after == FAT.rstrip() + b" && rm -rf /var/lib/apt/lists/*\r\n"
    unread, file = found.linted.files
    assert [(each.rule, each.line, each.column) for each in file.fixed] == [("SHV101", 2, 5)]
    assert [each.rule for each in file.findings] == ["SHV102"]
    assert (unread.unread, unread.path) == ("it cannot be read", "missing")
    assert found.linted.failed


def test_all() -> None:
    found = mend([Source("Dockerfile", FAT)], is_any, settings=LintSettings(select=("SHV1",)))
    assert sorted(each.rule for each in found.linted.files[0].fixed) == ["SHV101", "SHV102"]
    assert not found.linted.findings and not found.linted.failed
    again = mend([Source("Dockerfile", found.texts[0].after)], is_any, settings=LintSettings(select=("SHV1",)))
    assert again.texts[0].after == found.texts[0].after


def test_what_the_next_run_fetches_instead_is_not_saved() -> None:
    run = "RUN apt-get update && apt-get install -y --no-install-recommends"
    text = f"FROM debian:13\n{run} curl && rm -f /x\n{run} nano\nCOPY i.sh /\nRUN /i.sh\nCMD nano\n".encode()
    (safe,) = mend([Source("Dockerfile", text)], is_safe, settings=LintSettings(select=("SHV101",))).linted.files
    assert (len(safe.fixed), len(safe.findings)) == (1, 1), "this is no such case any more"
    assert (safe.fixed_estimated_packed_bytes, safe.estimated_packed_bytes) == (0, 19_000_000)
    (every,) = mend([Source("Dockerfile", text)], is_any, settings=LintSettings(select=("SHV101",))).linted.files
    assert (every.fixed_estimated_packed_bytes, every.estimated_packed_bytes) == (19_000_000, 0)


def test_dockerfiles_of_one_context_have_one_ignore_file(tmp_path: Path) -> None:
    for name in (".git/pack", "node_modules/large"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x" * 3_000_000)
    texts = {"a": b"FROM base\nCOPY . /app\n", "b": b"FROM base\nCOPY package.json /\nCOPY . /app\nRUN npm ci\n"}
    sources = [Source(str(tmp_path / f"{name}.Dockerfile"), text) for name, text in texts.items()]
    found = mend(sources, is_any, settings=LintSettings(select=("SHV207",)), world=World(context=tmp_path))
    [ignore] = [each for each in found.texts if each.path.endswith(".dockerignore")]
    assert ignore.dockerfiles == tuple(each.path for each in sources)
    lines = ignore.after.splitlines()
    assert len(lines) == len(set(lines)) and b"**/.git" in lines
