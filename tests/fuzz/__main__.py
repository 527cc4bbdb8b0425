"""``python -m fuzz TARGET [OPTION...]`` in tests/: libFuzzer, steered by the coverage of shave, until it is stopped.

The options are libFuzzer's own (``-max_total_time=60``). What is worth keeping, and what fails, lies in
``$XDG_CACHE_HOME/shave-house/fuzz/TARGET``.
"""

import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["shave"]):
    from fuzz.mutation import variation
    from fuzz.targets import TARGETS, Target
    from shave.errors import ShaveError


def main(name: str, *options: str) -> None:
    target = next(target for target in TARGETS if target.name == name)
    place = _place(name)
    for number, seed in enumerate(target.seeds):
        (place / f"seed-{number}").write_bytes(seed)
    words = [sys.argv[0], "-max_len=65536", f"-artifact_prefix={place}/failure-", *options, str(place)]
    atheris.Setup(words, _once(target), custom_mutator=_mutator(target))
    atheris.Fuzz()


def _place(name: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = cache / "shave-house" / "fuzz" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def _once(target: Target) -> Callable[[bytes], None]:
    def once(data: bytes) -> None:
        with contextlib.suppress(ShaveError):
            target.read(data)

    return once


def _mutator(target: Target) -> Callable[[bytes, int, int], bytes]:
    """Half of the time ours, which knows fields and words, else libFuzzer's own."""

    def mutated(data: bytes, most: int, seed: int) -> bytes:
        if seed % 2:
            return bytes(atheris.Mutate(data, most))
        return variation(data, target.seeds, Random(seed))[:most]

    return mutated


main(*sys.argv[1:])
