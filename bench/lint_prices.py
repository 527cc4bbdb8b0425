"""What a finding says that its fix saves, and what the mended build saves: a build each for twenty-three rules.

The image is given as its layers are transferred (gzip), as a registry has it, and as the engine has it, where packed
bytes are estimated; the one of the mended text is packed, too.
"""

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from lint_price_cases import CASES, Case
from linting_world import Place, built, wheels
from shave import api
from shave.compression import GZIP
from shave.dockerfiles import Source
from shave.image import Image
from shave.lint import LintSettings
from shave.rules.known import NOTHING
from shave.verbs.copy import Change
from shave.verbs.lint_building import Building
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import fix, is_any

TOLERANCE = 0.02
_WHEELS = ("pandas",)


class Priced(Struct, frozen=True):
    """A case, measured. ``said`` are the packed bytes that the finding names, None for an estimate of its rule;
    ``guessed`` those of the engine's image.
    """

    rule: str
    said: int | None
    guessed: int | None
    saved: int
    verdict: str
    reason: str = ""


def measure(place: Place, cases: Sequence[Case] = CASES) -> list[Priced]:
    """All cases, in the engine that ``docker`` finds."""
    found = []
    with wheels(_WHEELS) as port:
        for case in cases:
            text = case.text.replace("{wheels}", str(port)).replace("{port}", str(place.port))
            mended = case.mended.replace("{wheels}", str(port))
            found.append(_measured(case._replace(text=text, mended=mended), place))
            print(found[-1], file=sys.stderr, flush=True)
    return found


def _measured(case: Case, place: Place) -> Priced:
    text = case.text.encode()
    said, guessed = _said(case.rule, text, place)
    if case.released:
        mended = fix(text, NOTHING, is_any, Chosen((case.rule,))).text
        return Priced(case.rule, said, guessed, _again(text, place) - _again(mended, place), "built twice")
    if case.mended:
        before, after = (sum(_layers(each, place).values()) for each in (text, case.mended.encode()))
        return Priced(case.rule, said, guessed, before - after, "by hand")
    building = Building("docker", "host", place.arguments)
    prover = api.prover(place.context, building)
    proved = prover(Source("Dockerfile", text), is_any, Chosen((case.rule,))).proved
    saved = proved.before.packed_bytes - proved.after.packed_bytes if proved.before and proved.after else 0
    return Priced(case.rule, said, guessed, saved, proved.verdict, proved.reason)


def _said(rule: str, text: bytes, place: Place) -> tuple[int | None, int | None]:
    """The packed bytes of the rule's findings, by the image with its layers packed, and by the engine's."""
    with _packed(text, place) as image, built(text, place) as name, api.open(f"docker-daemon:{name}") as other:
        return _price(rule, text, place, image), _price(rule, text, place, other)


def _price(rule: str, text: bytes, place: Place, image: Image) -> int | None:
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        path = Path(directory, "Dockerfile")
        path.write_bytes(text)
        linted = api.lint(path, settings=LintSettings(select=(rule,)), image=image, context=place.context)
    measured = [each.amount.packed_bytes for each in linted.findings if each.amount and each.amount.measured]
    return linted.packed_bytes or sum(measured) if measured else None


def _again(text: bytes, place: Place) -> int:
    """The packed bytes that whoever has a release pulls for the next one, in which a source is another."""
    source = place.context / "app/main.py"
    first, was = _layers(text, place), source.read_bytes()
    source.write_bytes(was + b"# the next release\n")
    try:
        return sum(size for diff_id, size in _layers(text, place).items() if diff_id not in first)
    finally:
        source.write_bytes(was)


def _layers(text: bytes, place: Place) -> Mapping[str, int]:
    """The packed bytes of each layer of what a text builds, by its diff ID."""
    with _packed(text, place) as image:
        return {each.diff_id: each.descriptor.size for each in image.layers}


@contextmanager
def _packed(text: bytes, place: Place) -> Iterator[Image]:
    """What a text builds, as a registry has it."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        with built(text, place) as name, api.open(f"docker-daemon:{name}") as image:
            api.copy(image, f"oci:{directory}/image:packed", Change(packing=GZIP))
        with api.open(f"oci:{directory}/image:packed") as image:
            yield image


def report(priced: Sequence[Priced]) -> str:
    """The table."""
    lines = [
        "| rule | MB predicted, packed | MB saved | off by | from the engine | proof |",
        "|---|---|---|---|---|---|",
    ]
    for each in priced:
        said = "" if each.said is None else f"{each.said / 1e6:.3f}"
        proof = f"{each.verdict} {each.reason}"
        off, guess = (_told(each, amount) for amount in (each.said, each.guessed))
        lines.append(f"| {each.rule} | {said} | {each.saved / 1e6:.3f} | {off} | {guess} | {proof} |")
    return "\n".join(lines)


def _told(priced: Priced, amount: int | None) -> str:
    return f"{amount / priced.saved - 1:+.1%}" if amount and priced.saved else ""


def missed(priced: Sequence[Priced]) -> list[str]:
    """What was not proven, or predicted otherwise."""
    off = [f"prices, {each.rule}: off by {_off(each):.1%}" for each in priced if each.said and _off(each) > TOLERANCE]
    bad = (each for each in priced if each.verdict in ("refuted", "unknown"))
    return off + [f"prices, {each.rule}: {each.verdict}: {each.reason}" for each in bad]


def _off(priced: Priced) -> float:
    return abs((priced.said or 0) - priced.saved) / (priced.saved or 1)
