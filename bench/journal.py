"""What was measured is written down, so that a measurement can be resumed and nothing is measured twice."""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

import shave

T = TypeVar("T")


class Journal:
    """What is known already, by what identifies it: a file of lines that is only ever added to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        text = path.read_bytes() if path.exists() else b""
        whole = text[: text.rfind(b"\n") + 1]  # a run that was killed may have left half a line
        path.write_bytes(whole)
        lines = (msgspec.json.decode(line, type=tuple[tuple[str | int, ...], Any]) for line in whole.splitlines())
        self.records: dict[tuple[str | int, ...], Any] = dict(lines)

    def recall(self, kind: type[T], key: tuple[str | int, ...], measure: Callable[[], T]) -> T:
        """The record of this key; measured and written down if there is none."""
        if key not in self.records:
            self.records[key] = msgspec.to_builtins(measure())
            with self.path.open("ab") as file:
                file.write(msgspec.json.encode((key, self.records[key])) + b"\n")
            print(self.records[key], file=sys.stderr, flush=True)
        return msgspec.convert(self.records[key], kind)


def version() -> str:
    """What shave is now: what another shave measured counts for nothing."""
    root = Path(shave.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
