"""What a finding says that its fix saves, and what the mended build saves: one build each for thirteen rules.

The image is given as its layers are transferred (gzip), as a registry has it; so is the one of the mended text.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import Struct

from linting_world import Place, built
from shave import api
from shave.compression import GZIP
from shave.dockerfiles import Source
from shave.lint import LintSettings
from shave.verbs.copy import Change
from shave.verbs.lint_building import Building
from shave.verbs.lint_chosen import Chosen
from shave.verbs.lint_fix import is_any

TOLERANCE = 0.02
_FETCH = "curl -fsSLo /opt/data.tar.gz http://localhost:{port}/data.tar.gz"
_APT = "apt-get update && apt-get install -y --no-install-recommends"
_GONE = "rm -rf /var/lib/apt/lists/*"


class Case(NamedTuple):
    """A rule and a Dockerfile that it is about, which its fix mends."""

    rule: str
    text: str


CASES = (
    Case("SHV101", f'FROM corpus/base\nRUN {_APT} curl\nCMD ["curl", "--version"]\n'),
    Case(
        "SHV102",
        f'FROM corpus/base\nRUN apt-get update && apt-get install -y git && {_GONE}\nCMD ["git", "--version"]\n',
    ),
    Case(
        "SHV103",
        "FROM corpus/base\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends jq\n"
        'CMD ["jq", "--version"]\n',
    ),
    Case(
        "SHV108",
        f"FROM shave-bench/trixie\nRUN {_APT} gcc libc6-dev && {_GONE}\n"
        "RUN echo 'int main(){return 0;}' > /x.c && gcc -o /usr/local/bin/x /x.c\n"
        'RUN apt-get purge -y gcc libc6-dev && apt-get autoremove -y\nCMD ["x"]\n',
    ),
    # the cache of files that are downloaded depends on what a proxy says of them; that of wheels made here does not
    Case(
        "SHV120",
        "FROM shave-bench/python\nARG PIP_TRUSTED_HOST\nRUN pip install --no-binary babel babel\n"
        'CMD ["pybabel", "--version"]\n',
    ),
    Case("SHV122", 'FROM shave-bench/node\nRUN npm install -g typescript webpack\nCMD ["tsc", "--version"]\n'),
    Case(
        "SHV127",
        f"FROM shave-bench/trixie\nRUN {_APT} golang-go && {_GONE}\nCOPY app/main.go app/go.mod /src/\n"
        'RUN cd /src && CGO_ENABLED=0 go build -o /usr/local/bin/hello .\nCMD ["hello"]\n',
    ),
    Case(
        "SHV201",
        f"FROM shave-bench/trixie\nRUN {_APT} curl && {_GONE}\nRUN {_FETCH} && tar xzf /opt/data.tar.gz -C /srv\n"
        "RUN rm /opt/data.tar.gz\n",
    ),
    Case("SHV202", "FROM shave-bench/trixie\nCOPY . /srv/app\nRUN chown -R 1000:1000 /srv/app\n"),
    Case("SHV207", "FROM shave-bench/trixie\nCOPY . /srv/app\n"),
    Case(
        "SHV211",
        f"FROM shave-bench/trixie\nRUN {_APT} curl && {_GONE}\nRUN {_FETCH} && tar xzf /opt/data.tar.gz -C /srv\n",
    ),
    Case(
        "SHV215",
        f"FROM shave-bench/trixie\nRUN {_APT} gcc libc6-dev && {_GONE}\nCOPY app/x.c /src/\n"
        'RUN gcc -static -o /usr/local/bin/x /src/x.c\nCMD ["/usr/local/bin/x"]\n',
    ),
    Case("SHV218", "FROM scratch\nCOPY app/busybox /true\nCMD /true\n"),
)
"""Those of which prices are estimates, and those that mend what does not run, are proven only."""


class Priced(Struct, frozen=True):
    """A case, measured. ``said`` are the packed bytes that the finding names, None for an estimate."""

    rule: str
    said: int | None
    saved: int
    verdict: str
    reason: str = ""


def measure(place: Place, cases: Sequence[Case] = CASES) -> list[Priced]:
    """All cases, in the engine that ``docker`` finds."""
    found = []
    for case in cases:
        found.append(measured(case, place))
        print(found[-1], file=sys.stderr, flush=True)
    return found


def measured(case: Case, place: Place) -> Priced:
    """One case: proven as the command line proves it, and priced by the image as a registry has it."""
    text = case.text.replace("{port}", str(place.port)).encode()
    building = Building("docker", "host", place.arguments)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as name:
        directory = Path(name)
        source, asked = Source("Dockerfile", text), Chosen((case.rule,))
        proved = api.prover(place.context, building)(source, is_any, asked).proved
        said = _said(case.rule, text, place, directory)
    saved = proved.before.packed_bytes - proved.after.packed_bytes if proved.before and proved.after else 0
    return Priced(case.rule, said, saved, proved.verdict, proved.reason)


def _said(rule: str, text: bytes, place: Place, directory: Path) -> int | None:
    """The packed bytes of the rule's findings, by the image with its layers packed."""
    (directory / "Dockerfile").write_bytes(text)
    with built(text, place) as name, api.open(f"docker-daemon:{name}") as image:
        api.copy(image, f"oci:{directory}/image:packed", Change(packing=GZIP))
    settings = LintSettings(select=(rule,))
    with api.open(f"oci:{directory}/image:packed") as image:
        linted = api.lint(directory / "Dockerfile", settings=settings, image=image, context=place.context)
    measured = [each.amount for each in linted.findings if each.amount and each.amount.measured]
    return linted.packed_bytes if measured else None


def report(priced: Sequence[Priced]) -> str:
    """The table."""
    lines = ["| rule | MB predicted, packed | MB saved | off by | proof |", "|---|---|---|---|---|"]
    for each in priced:
        said = "" if each.said is None else f"{each.said / 1e6:.3f}"
        off = f"{_off(each):.1%}" if each.said and each.saved else ""
        lines.append(f"| {each.rule} | {said} | {each.saved / 1e6:.3f} | {off} | {each.verdict} {each.reason} |")
    return "\n".join(lines)


def missed(priced: Sequence[Priced]) -> list[str]:
    """What was not proven, or predicted otherwise."""
    off = [f"prices, {each.rule}: off by {_off(each):.1%}" for each in priced if each.said and _off(each) > TOLERANCE]
    return off + [f"prices, {each.rule}: {each.verdict}: {each.reason}" for each in priced if each.verdict != "proven"]


def _off(priced: Priced) -> float:
    return abs((priced.said or 0) - priced.saved) / (priced.saved or 1)
