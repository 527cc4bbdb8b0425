"""What RUNs delete again."""

import pytest

from shave import recipe
from shave.cleaning import deletes, mounted, removes

LISTS = "/var/lib/apt/lists"

CLEAN = [
    "rm -rf /var/lib/apt/lists/*",
    "rm -r /var/lib/apt/lists",
    "rm -fr /var/lib/apt",
    "rm --recursive --force /var/lib/apt/lists/",
    "rm -rf /tmp/* /var/{cache,lib}/apt/lists/*",
    "rm -rf /var/lib/apt/*",
    "sudo rm -rf /var/lib/apt/lists",
    "find /var/lib/apt/lists -type f -delete",
    "find /var/lib/apt/lists -mindepth 1 -exec rm -rf {} +",
    "L=/var/lib/apt/lists && rm -rf $L/*",
    "cd /var/lib/apt/lists && rm -rf *",
    "cd /var/lib/apt && rm -rf ./lists",
    "cd /var/lib/apt/lists && find . -mindepth 1 -delete",
    "find /var/lib/apt/lists -mindepth 1 -print0 | xargs -0 rm -rf",
    "sudo find /var/lib/apt/lists -type f | sudo xargs -r rm -f",
    "find /var/lib/apt/lists -mindepth 1 -maxdepth 1 -exec rm -rf {} \\;",
    'sh -c "rm -rf /var/lib/apt/lists/*"',
]
NOT = [
    "rm -rf /tmp/x",
    "rm -f /var/lib/apt/lists",
    "rm -rf /var/lib/apt/lists/partial",
    "rm -rf var/lib/apt/lists",
    "rm -rf $SOMEWHERE",
    "rm -rf /*/lists",
    "find /var/lib/apt/lists -name '*.gz' -delete",
    "find /var/lib/apt/lists -maxdepth 1 -exec rm -f {} +",
    "find /var/lib/apt/lists -maxdepth 0 -exec rm -rf {} +",
    "find /var/lib/apt/lists -mindepth 2 -delete",
    "find /var/lib/apt/lists -type d -exec rm -rf {} +",
    "find /var/lib/apt/lists -type f | xargs cat; rm -rf /tmp/x",
    "cd /var/lib/apt/lists && cd - && rm -rf *",
    "(cd /var/lib/apt/lists) && rm -rf *",
    "cd $X/lists && rm -rf *",
    "echo rm -rf /var/lib/apt/lists/*",
]


@pytest.mark.parametrize("command", CLEAN)
def test_clean(command: str) -> None:
    assert deletes(recipe.read(f"FROM debian\nRUN apt-get update && {command}\n".encode()).steps[1], LISTS)


@pytest.mark.parametrize("command", NOT)
def test_not_clean(command: str) -> None:
    assert not deletes(recipe.read(f"FROM debian\nRUN apt-get update && {command}\n".encode()).steps[1], LISTS)


@pytest.mark.parametrize(
    ("mount", "expected"),
    [
        ("type=cache,target=/var/lib/apt/lists", True),
        ("type=cache,sharing=locked,dst=/var/lib/apt/", True),
        ("type=tmpfs,target=/var", True),
        ("type=cache,target=/var/cache/apt", False),
        ("type=cache,target=/var/lib/apt/listsx", False),
    ],
)
def test_mounted(mount: str, expected: bool) -> None:
    step = recipe.read(f"FROM debian\nRUN --mount={mount} apt-get update\n".encode()).steps[1]
    assert mounted(step, LISTS) is expected


REMOVED = [
    ("apt-get update; rm -f /l/a_b /l/*_*", True),
    ("apt-get update; rm /l/*", True),
    ("apt-get update; rm -rf /l", True),
    ("rm -rf /l/*; apt-get update", False),
    ("apt-get update; rm -f /l", False),
    ("apt-get update; rm -f /*/*/c_d", False),
    ("apt-get update; rm -f /l/*.deb", False),
    ("clean() { rm -rf /l; }; apt-get update; clean", True),
    ("trap 'rm -rf /l/*' EXIT; apt-get update", True),
]


@pytest.mark.parametrize(("text", "expected"), REMOVED)
def test_removes_a_file_behind_a_call(text: str, expected: bool) -> None:
    step = recipe.read(f"FROM debian\nRUN {text}\n".encode()).steps[1]
    update = next(call for call in step.calls if call.tool == "apt-get")
    assert removes(step, "/l/c_d", update) is expected
