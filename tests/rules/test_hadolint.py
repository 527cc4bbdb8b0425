"""Every finding of hadolint about size is ours too, on the examples of all pages, on these and on files made by lot; or
it is listed as its error, with the reason.
"""

import json
import re
import subprocess
import sysconfig
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from generated_dockerfiles import generated
from shave.recipe import read
from shave.rules import RULES
from shave.rules.pages import examples
from shave.verbs.lint import found

HADOLINT = Path(sysconfig.get_path("scripts"), "hadolint")
COMMANDS = {
    "DL3009": (
        "apt-get update && apt-get install -y --no-install-recommends git",
        "apt-get update -qq; apt-get -qq -y install --no-install-recommends git",
        "apt-get update && apt-get install -y --no-install-recommends git && apt-get clean",
        "apt update && apt install -y --no-install-recommends git",
    ),
    "DL3015": (
        "apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*",
        "apt-get update && apt-get -y install git curl make && rm -rf /var/lib/apt/lists/*",
        "apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -qy git && rm -rf /var/lib/apt/lists/*",
    ),
    "DL3019": ("apk add git", "apk add -U git make", "apk add --virtual .build gcc && apk del .build"),
    "DL3032": ("yum install -y git", "yum -y install git make && make", "yum update -y && yum install -y git"),
    "DL3036": ("zypper install -y git", "zypper -n in git", "zypper --non-interactive install git"),
    "DL3040": ("dnf install -y git", "microdnf install -y git", "dnf -y install git && dnf install -y make"),
    "DL3042": (
        "pip install flask",
        "pip3 install -r requirements.txt",
        "python3 -m pip install flask",
        "pip install --upgrade pip && pip install flask",
    ),
    "DL3060": ("yarn install", "yarn install --frozen-lockfile", "yarn install && yarn build"),
}
AROUND = ("{}", "set -eux; {}", "cd /srv && {}", "{} \\\n    && echo done", "{} && \\\n    # why\n    echo done")
ARCHIVE = "FROM debian:12\nCOPY app.tar.gz /tmp/\nRUN tar -xzf /tmp/app.tar.gz -C /opt\n"

# What a RUN above may hold that a search of the text would take for a setting of all that is behind it
ABOVE = (
    "RUN apt-get update && apt-get install -y --no-install-recommends less && rm -rf /var/lib/apt/lists/*",
    "RUN pip install --no-cache-dir click && yum install -y less && yum clean all",
    "RUN dnf install -y --setopt=install_weak_deps=False less && dnf clean all && apk add --no-cache less",
    "RUN zypper -n install --no-recommends less && zypper clean --all && yarn install && yarn cache clean",
    "# apt-get clean, rm -rf /var/lib/apt/lists/*, --no-install-recommends, --no-cache-dir, yarn cache clean",
    "ENV NOTE='--no-cache-dir --no-install-recommends'",
    "RUN echo 'apt-get dist-clean && pip install --no-cache-dir && yum clean all' && npm ci --omit=dev",
)
GENERATED = 150

NOT_MERGED = "two RUNs in a row cost nothing; they are told where one undoes what the other wrote"
EXCUSED: tuple[tuple[str, str, str], ...] = (
    ("DL3059", "", NOT_MERGED),
    ("DL3009", r"rm -r /var/lib/apt/lists|apt-get dist-clean|-delete|lists/\*_\*", "the lists are deleted"),
    ("DL3009", r"--mount=type=cache", "the lists are in no layer"),
    ("DL3015", r"APT::Install-Recommends=0|install -y -f", "nothing that is recommended is installed"),
    ("DL3015", r"install -y sed", "it is essential: nothing is installed"),
    ("DL3015", r"--install-recommends", "they are asked for by name"),
    ("DL3042", r"pip install [^\n]*--no-index", "nothing is fetched"),
    ("DL3019", r"rm -f /var/cache/apk/\*", "the index is deleted"),
    ("DL3019", r"--no-network", "nothing is fetched"),
)
"""By the text of the instruction."""
EXCUSED_BEHIND = (("DL3015", r"(?m)^RUN echo 'APT::Install-Recommends \"false\";' >/etc/apt", "apt is configured so"),)
"""By the text before it."""


def dockerfiles() -> dict[str, bytes]:
    made = {f"{rule.id}-{at}": each.text for rule in RULES for at, each in enumerate(examples(rule))}
    for code, commands in COMMANDS.items():
        for number, command in enumerate(commands):
            for at, around in enumerate(AROUND):
                made[f"{code}-{number}-{at}"] = f"FROM debian:12\nRUN {around.format(command)}\n".encode()
            for at, above in enumerate(ABOVE):
                made[f"{code}-{number}-above-{at}"] = f"FROM debian:12\n{above}\nRUN {command}\n".encode()
    made |= {f"generated-{seed}": generated(seed) for seed in range(GENERATED)}
    return made | {"DL3010": ARCHIVE.encode()}


@pytest.mark.oracle
def test_what_hadolint_finds_is_found(tmp_path: Path) -> None:
    texts = dockerfiles()
    for name, text in texts.items():
        (tmp_path / name).write_bytes(text)
    done = subprocess.run(
        [HADOLINT, "-c", "/dev/null", "-f", "json", "--no-fail", *texts],
        capture_output=True,
        cwd=tmp_path,
        check=True,
        timeout=120,
    )
    codes = {*COMMANDS, "DL3010", "DL3059"}
    rows = [row for row in json.loads(done.stdout) if row["code"] in codes]
    assert {row["code"] for row in rows} == codes
    are_found = [_is_found(texts[row["file"]], row["code"], row["line"]) for row in rows]
    found_too = Counter(row["code"] for row, is_found in zip(rows, are_found, strict=True) if is_found)
    missed = [row for row, is_found in zip(rows, are_found, strict=True) if not is_found]
    wrong = [row for row in missed if not _is_excused(row["code"], texts[row["file"]], row["line"])]
    assert not wrong, "\n".join(f"{row['code']} {row['file']}:{row['line']} {row['message']}" for row in wrong)
    assert all(found_too[code] >= 1 for code in codes)


def _is_found(text: bytes, code: str, line: int) -> bool:
    ours = {rule.id for rule in RULES if code in rule.peers}
    return any(first <= line <= last for rule, first, last in _lines(text) if rule in ours)


@cache
def _lines(text: bytes) -> list[tuple[str, int, int]]:
    """Each finding with the lines of its instruction."""
    recipe = read(text)
    steps = ((each.rule, recipe.steps[each.step].instruction) for each in found(recipe))
    return [(rule, step.line, step.last_line) for rule, step in steps]


def _is_excused(code: str, text: bytes, line: int) -> bool:
    recipe = read(text)
    step = next(each for each in recipe.steps if each.instruction.line <= line <= each.instruction.last_line)
    if step.stage not in recipe.shipped:
        return True
    before, here = (part.decode() for part in (text[: step.start], text[step.start : step.instruction.end]))
    behind = ((of, pattern) for of, pattern, _ in EXCUSED_BEHIND if re.search(pattern, before))
    return any(of == code and re.search(pattern, here) for of, pattern, _ in EXCUSED) or code in dict(behind)
