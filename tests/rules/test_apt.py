"""Lists of apt: who needs what a RUN leaves; and where other linters are wrong about it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import recipe
from shave.dockerfile.edits import apply, compatible
from shave.recipe import Recipe
from shave.rules import apt_command, apt_lists, apt_many, apt_update_alone
from shave.rules.apt import Heirs, fetched, heirs
from shave.rules.known import NOTHING

RULES = (apt_lists.RULE, apt_update_alone.RULE, apt_command.RULE, apt_many.RULE)


def found(text: str) -> list[tuple[str, bool | None]]:
    """Of each finding about lists the rule, and whether its fix is safe, None for none."""
    read = recipe.read(text.encode())
    findings = (finding for rule in RULES for finding in rule.look(read, NOTHING))
    return [(finding.rule, finding.fix.is_safe if finding.fix else None) for finding in findings]


def test_hadolint_accepts_the_clean_up_of_something_else() -> None:
    assert found(
        "FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends x && rm -rf /tmp/x\n"
    ) == [("SHV101", True)]


@pytest.mark.parametrize(
    "command",
    [
        "rm -r /var/lib/apt/lists",
        "rm -rf /var/lib/apt/lists/* /var/cache/apt",
        "rm -rf /var/cache/apt /tmp/* /var/lib/apt",
        "apt-get dist-clean",
        "apt-get distclean -y",
        "find /var/lib/apt/lists -mindepth 1 -delete",
        "L=/var/lib/apt/lists; rm -fr $L/*",
        "if [ -d /x ]; then rm -rf /var/lib/apt/lists/*; fi",
        "(cd / && rm --recursive /var/lib/{apt,cache}/lists)",
    ],
)
def test_hadolint_rejects_clean_up_in_another_spelling(command: str) -> None:
    assert (
        found(f"FROM debian\nRUN apt-get update && apt-get install -y --no-install-recommends x && {command}\n") == []
    )


def test_clean_up_in_a_heredoc() -> None:
    lines = "apt-get update\napt-get install -y --no-install-recommends x\n"
    assert found(f"FROM debian\nRUN <<EOF\n{lines}rm -rf /var/lib/apt/lists/*\nEOF\nUSER x\n") == []
    assert found(f"FROM debian\nRUN <<EOF\n{lines}EOF\nUSER x\n") == [("SHV101", True)]


LATER = [
    # nobody needs them
    ("RUN apt-get update && apt-get install -y x\nCMD app\n", [("SHV101", True)]),
    ("RUN apt-get update && apt-get install -y x\nRUN gcc -o app app.c && pip install app\n", [("SHV101", True)]),
    # what nobody here knows might
    ("RUN apt-get update && apt-get install -y make\nCOPY . .\nRUN make install-deps\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y opam\nRUN opam install -y lwt\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nRUN npx playwright install-deps\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nRUN python setup_env.py\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y ansible\nRUN ansible-playbook x.yml\n", [("SHV101", False)]),
    ('RUN apt-get update && apt-get install -y x\nSHELL ["python", "-c"]\nRUN x\n', [("SHV101", False)]),
    ("RUN apt-get update\nRUN ./configure-world\n", [("SHV103", False)]),
    ("RUN apt-get update\nRUN make\nRUN apt-get install -y x\n", [("SHV103", False)]),
    ("RUN apt-get update\nLABEL a=b\nRUN apt-get install -y x\nRUN ./x\n", [("SHV103", False)]),
    ("RUN apt-get update && apt-get install -y x\nRUN ./setup.sh\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nRUN curl https://x | bash -\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nONBUILD RUN make\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nUSER x\nUSER root\nRUN ./x\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y x\nARG U\nUSER $U\nRUN ./x\n", [("SHV101", False)]),
    ("RUN apt-get update && apt-get install -y sudo\nUSER x\nRUN ./x\n", [("SHV101", False)]),
    # who is not root cannot
    ("RUN apt-get update && apt-get install -y x\nUSER steam\nRUN ./steamcmd.sh +quit\n", [("SHV101", True)]),
    # ONBUILD may say who is root
    ("RUN apt-get update && apt-get install -y x\nUSER x\nONBUILD USER root\nONBUILD RUN ./x\n", [("SHV101", False)]),
    (
        "RUN apt-get update && apt-get install -y x && chmod u+s /usr/bin/apt\nUSER x\nRUN ./x\n",
        [("SHV101", False)],
    ),
    ("RUN apt-get update && apt-get install -y x && chmod 4755 /bin/y\nUSER x\nRUN ./x\n", [("SHV101", False)]),
    # a list of what may be upgraded is read from them
    ("RUN apt-get update && apt-get install -y x\nRUN apt list --upgradable > /l\n", [("SHV107", True)]),
    ("RUN apt-get update && apt-get install -y x\nRUN apt list --installed > /l\n", [("SHV101", True)]),
    ("RUN apt-get update && apt-get install -y x\nUSER 1000:0\nWORKDIR /x\nRUN ./x\n", [("SHV101", True)]),
    # who runs behind a RUN that deletes them never had them
    ("RUN apt-get update\nRUN apt-get install -y x && rm -rf /var/lib/apt/lists/*\nRUN ./x\n", [("SHV103", True)]),
    (
        "RUN apt-get update\nLABEL a=b\nRUN apt-get install -y x && rm -rf /var/lib/apt/lists/*\nRUN ./x\n",
        [("SHV103", True)],
    ),
    ("RUN apt-get update\nRUN apt-get install -y x\nRUN ./x\n", [("SHV103", False)]),
    # these do not start apt
    ("RUN apt-get update && apt-get install -y php5\nRUN php5enmod x && lsb_release -cs\n", [("SHV101", True)]),
    # a script that runs behind who fetches them anew cannot
    (
        "RUN apt-get update && apt-get install -y x\nRUN apt-get update; rm -r /var/lib/apt; ./a.sh\n",
        [("SHV101", True)],
    ),
    ("RUN trap ./a.sh EXIT; apt-get update && apt-get install -y x\n", [("SHV101", False)]),
    ("RUN trap 'rm -f /x' EXIT; apt-get update && apt-get install -y x\n", [("SHV101", True)]),
    # someone does
    ("RUN apt-get update && apt-get install -y x\nCMD apt-get install -y y\n", [("SHV107", None)]),
    ("RUN apt-get update && apt-get install -y x\nCOPY . .\nRUN apt-get install -y y\n", [("SHV107", False)]),
    ("RUN apt-get update\nUSER app\nRUN sudo apt-get install -y y\n", [("SHV103", None)]),
    ("RUN apt-get update\nCOPY . .\nRUN apt-get install -y y\n", [("SHV103", False)]),
    ("RUN apt-get update\nLABEL a=b\nRUN apt-get install -y y\n", [("SHV103", True)]),
    ("RUN apt-get update\nRUN apt-get install -y y\nRUN apt-get install -y z\n", [("SHV103", True)]),
    ("RUN apt-get update || true\nLABEL a=b\nRUN apt-get install -y y\n", [("SHV103", None)]),
    ('RUN apt-get update\nRUN ["apt-get", "install", "-y", "y"]\n', [("SHV103", None)]),
    ("RUN apt-get update\nRUN --mount=type=cache,target=/var/lib/apt apt-get install -y y\n", [("SHV103", True)]),
]


@pytest.mark.parametrize(("text", "expected"), LATER)
def test_lists_that_someone_needs_stay(text: str, expected: list[tuple[str, bool | None]]) -> None:
    assert found(f"FROM debian\n{text}") == expected


def test_rosdep_needs_lists_to_install_only() -> None:
    """Note of a user: ``apt-get update`` came before ``rosdep init``."""
    text = "FROM ubuntu\nRUN apt-get update && apt-get install -y python3-rosdep\nENV A=1\nRUN rosdep {}\nCMD a\n"
    assert found(text.format("init && rosdep update")) == [("SHV101", True)]
    assert found(text.format("install -y --from-paths src")) == [("SHV107", False)]


def test_stages_that_start_from_another_have_its_lists() -> None:
    text = (
        "FROM debian AS base\nRUN apt-get update\nFROM base AS build\nRUN apt-get install -y gcc\nFROM base\nRUN app\n"
    )
    read = recipe.read(text.encode())
    reader = heirs(read)[1].reader
    assert reader
    assert reader[0].number == 3
    assert found(text) == [("SHV103", None)]


def test_lists_that_several_stages_have_are_not_taken_from_one() -> None:
    start = "FROM debian AS base\nRUN apt-get update && apt-get install -y x\n"
    assert found(f"{start}FROM base\nCOPY . .\nRUN apt-get install -y y\n") == [("SHV107", None)]
    assert found(f"{start}COPY . .\nRUN apt-get install -y y && apt-get update\n")[-1] == ("SHV107", None)


def test_a_stage_to_which_another_is_copied_whole_has_its_lists() -> None:
    start = "FROM debian\nRUN apt-get update && apt-get install -y x\nFROM scratch\nCOPY --from=0 / /\nRUN {}\n"
    before = heirs(recipe.read(start.format("apt-get install -y y").encode()))[1]
    assert before.reader
    assert before.reader[0].number == 4
    assert heirs(recipe.read(start.format("./x").encode()))[1].stranger
    assert heirs(recipe.read(start.format("ls").encode()))[1] == Heirs()


def test_each_list_has_one_finding_and_fixed_text_has_none() -> None:
    for text, _ in LATER:
        whole = f"FROM debian\n{text}".encode()
        read = recipe.read(whole)
        findings = [finding for rule in RULES for finding in rule.look(read, NOTHING)]
        assert len(findings) == len(fetched(read))
        if findings and findings[0].fix:
            fixed = apply(whole, findings[0].fix.edits)
            assert found(fixed.decode()) == []


COMMANDS = ("apt-get update", "apt-get install -y x", "rm -rf /var/lib/apt/lists/*", "true", "sudo apt-get update")
JOINTS = (" && ", " \\\n && ", "; ", " && \\\n    ")
RUNS = st.tuples(st.sampled_from(JOINTS), st.lists(st.sampled_from(COMMANDS), min_size=1, max_size=4)).map(
    lambda parts: "RUN " + parts[0].join(parts[1])
)
OTHERS = st.sampled_from(("COPY . .", "ENV A=b", "LABEL a=b", "# why", "FROM base", "FROM debian", "CMD app"))


def builds(recipe: Recipe) -> bool:
    """Whether each call that installs finds lists, if nothing but these commands changes them."""
    lists: dict[int, bool] = {}
    for step in recipe.steps:
        if step.keyword == "FROM":
            parent = recipe.file.stages[step.stage].parent
            lists[step.stage] = parent is not None and lists[parent]
        for call in step.calls:
            if call.verb == "install" and not lists[step.stage]:
                return False
            lists[step.stage] = (lists[step.stage] or call.verb == "update") and call.tool != "rm"
    return True


@given(st.lists(st.one_of(RUNS, RUNS, OTHERS), max_size=7))
def test_no_build_that_worked_fails_by_a_safe_fix(lines: list[str]) -> None:
    text = "\n".join(("FROM debian AS base", *lines, "")).encode()
    before = recipe.read(text)
    findings = [finding for rule in RULES for finding in rule.look(before, NOTHING)]
    fixes = [finding.fix.edits for finding in findings if finding.fix and finding.fix.is_safe]
    kept, _ = compatible(fixes)
    fixed = apply(text, [edit for edits in kept for edit in edits])
    after = recipe.read(fixed)
    if builds(before):
        assert builds(after), fixed.decode()
        assert len(fetched(after)) <= len(fetched(before)) - len(kept), fixed.decode()
