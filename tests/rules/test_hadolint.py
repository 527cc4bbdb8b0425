"""Every finding of hadolint about size is ours too, on the examples of all pages and on these; or it is listed as its
error, with the reason.
"""

import json
import re
import subprocess
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

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

NOT_MERGED = "two RUNs in a row cost nothing; they are told where one undoes what the other wrote"
EXCUSED: tuple[tuple[str, str, str], ...] = (
    ("DL3059", "", NOT_MERGED),
    ("DL3009", r"rm -r /var/lib/apt/lists|apt-get dist-clean|-delete|lists/\*_\*", "the lists are deleted"),
    ("DL3009", r"--mount=type=cache", "the lists are in no layer"),
    ("DL3015", r"APT::Install-Recommends=0|install -y -f", "nothing that is recommended is installed"),
    ("DL3015", r"--install-recommends", "they are asked for by name"),
    ("DL3015", r"Install-Recommends", "apt is configured so"),
    ("DL3015", r"FROM [^\n]* AS build", "the stage is not in the image"),
    (
        "DL3042",
        r"pip install [^\n]*--no-index",
        "nothing is fetched",
    ),
    ("DL3019", r"rm -f /var/cache/apk/\*", "the index is deleted"),
    ("DL3019", r"--no-network", "nothing is fetched"),
)


def dockerfiles() -> dict[str, bytes]:
    made = {f"{rule.id}-{at}": each.text for rule in RULES for at, each in enumerate(examples(rule))}
    for code, commands in COMMANDS.items():
        for number, command in enumerate(commands):
            for at, around in enumerate(AROUND):
                made[f"{code}-{number}-{at}"] = f"FROM debian:12\nRUN {around.format(command)}\n".encode()
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
    found_too = Counter(row["code"] for row in rows if _is_found(texts[row["file"]], row["code"], row["line"]))
    missed = [row for row in rows if not _is_found(texts[row["file"]], row["code"], row["line"])]
    wrong = [row for row in missed if not _is_excused(row["code"], texts[row["file"]].decode())]
    assert not wrong, "\n".join(f"{row['code']} {row['file']}:{row['line']} {row['message']}" for row in wrong)
    assert all(found_too[code] >= 1 for code in codes)


def _is_found(text: bytes, code: str, line: int) -> bool:
    recipe = read(text)
    ours = {rule.id for rule in RULES if code in rule.peers}
    steps = (recipe.steps[each.step].instruction for each in found(recipe) if each.rule in ours)
    return any(step.line <= line <= step.last_line for step in steps)


def _is_excused(code: str, text: str) -> bool:
    return any(of == code and re.search(pattern, text) for of, pattern, _ in EXCUSED)
