"""What trust costs: each corpus image slimmed by its default start alone, at each grain; does its full probe pass?

Nothing tells shave what the image must do: the probe is asked afterwards. The limit of grain ``unit`` is what the
prototype came to; the aim is 1.25 times what the incumbent reaches tuned by hand with the full probe.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import corpus_images
from corpus_images import Weight

SHAVE = str(Path(sys.executable).parent / "shave")
GRAINS = ("file", "unit", "waste")
LIMIT, AIM = Weight(463, 158), Weight(355, 130)
Row = dict[str, str]


def main() -> int:
    """Print the table; 1 if a full probe fails at grain unit or the sums are over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", choices=corpus_images.NAMES, help="only this image (repeatable)")
    parser.add_argument("--grain", action="append", choices=GRAINS, help="only this grain (repeatable)")
    asked = parser.parse_args()
    text, missed = measure(asked.only or corpus_images.NAMES, asked.grain or GRAINS)
    print(text)
    print("\n".join(f"MISSED: {line}" for line in missed))
    return 1 if missed else 0


def measure(names: Sequence[str], grains: Sequence[str]) -> tuple[str, list[str]]:
    """The table in Markdown, and what is missed."""
    missed: list[str] = []
    sums = {grain: Weight(0, 0) for grain in grains}
    lines = [f"| image | {' | '.join(grains)} | incumbent, by hand |", "|---" * (len(grains) + 2) + "|"]
    for name in names:
        cells = []
        for grain in grains:
            weight, failure = one(name, grain)
            sums[grain] = Weight(sums[grain].unpacked + weight.unpacked, sums[grain].gzip + weight.gzip)
            cells.append(f"{weight.unpacked:.1f} / {weight.gzip:.1f} {'passes' if not failure else f'**{failure}**'}")
            missed += [f"{name}: {failure}"] if failure and grain == "unit" else []
            print(name, grain, cells[-1], file=sys.stderr, flush=True)
        limit = corpus_images.limit(name)
        lines.append(f"| {name} | {' | '.join(cells)} | {limit.unpacked} / {limit.gzip} |")
    lines.append(
        f"| sum, MB unpacked / gzip -6 | {' | '.join(f'{w.unpacked:.0f} / {w.gzip:.0f}' for w in sums.values())} | |"
    )
    unit = sums.get("unit", Weight(0, 0))
    if unit.unpacked > LIMIT.unpacked or unit.gzip > LIMIT.gzip:
        missed.append(
            f"grain unit: {unit.unpacked:.0f} / {unit.gzip:.0f} MB, more than {LIMIT.unpacked} / {LIMIT.gzip}"
        )
    return "\n".join(lines), missed


def one(name: str, grain: str) -> tuple[Weight, str]:
    """The weight of an image slimmed with no probe, and what its full probe says of it, "" if it passes."""
    with tempfile.TemporaryDirectory(prefix="shave-grains-", dir="/var/tmp") as directory:
        command = [SHAVE, "slim", f"oci:{corpus_images.layout(name)}:latest", "-o", f"oci:{directory}/out:latest"]
        done = subprocess.run(
            [*command, "--grain", grain, "--no-probe", "--format", "json", "-q"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=directory,
        )
        if done.returncode:
            answer = json.loads(done.stdout or "{}")
            return Weight(0, 0), f"exit {done.returncode}: {answer.get('verdict') or done.stderr.strip()[-200:]}"
        with corpus_images.loaded(Path(directory) / "out", name) as image:
            return corpus_images.weigh(image), corpus_images.probe(name, image)


if __name__ == "__main__":
    sys.exit(main())
