"""generate.py [--check]: the pages made from the code: docs/{cli,waste,rules,causes}.md, docs/rules/, docs/schema/.

With ``--check`` nothing is written; exit 1 where a page is not what the code says.
"""

import inspect
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from shave.causes import LOOKS
from shave.commands import VERBS, shave
from shave.diagnosis import CAUSES
from shave.evidence import Evidence
from shave.lock import Lock
from shave.needs import LANGUAGE_NEEDS, NEEDS
from shave.plan import Plan
from shave.probe import Verdict
from shave.rules import RULES as LINT_RULES
from shave.rules.pages import markdown, mends
from shave.spec import Spec
from shave.symptoms import Symptom, symptoms
from shave.tightening import TIGHTENINGS
from shave.verbs.built import BuildSummary
from shave.verbs.cache import Cached
from shave.verbs.check import Checked
from shave.verbs.copy import Copied
from shave.verbs.diff import Diffed
from shave.verbs.doctor import Doctored
from shave.verbs.inspected import Inspected, Listing
from shave.verbs.lab_reported import Report
from shave.verbs.linted import Linted
from shave.verbs.size import Sized
from shave.verbs.summary import Summary
from shave.verbs.trace import TraceSummary
from shave.verbs.why import Answer
from shave.waste import DETECTORS, WasteFact, facts
from shave.widening import WIDENINGS
from shave.widening.habits import Habit, habits

HERE = Path(__file__).parent
DOCUMENTS = {
    "slim": Summary,
    "trace": TraceSummary,
    "verify": Verdict,
    "why": Answer,
    "size": Sized,
    "inspect": Inspected,
    "files": Listing,
    "diff": Diffed,
    "check": Checked,
    "lint": Linted,
    "doctor": Doctored,
    "copy": Copied,
    "cache": Cached,
    "build": BuildSummary,
    "lab": Report,
    "lock": Lock,
    "plan": Plan,
    "evidence": Evidence,
}
"""The JSON documents by the name in their ``"schema": "shave.NAME/v1"``."""

RULES = """Made by `make docs` from the rules in `src/shave/needs`, `src/shave/widening` and
`src/shave/tightening`, and the habits in `src/shave/facts/habits.toml`. How they work together: [slim.md](slim.md)."""

SYMPTOMS = """What programs write when they fail, and what that means: `src/shave/facts/symptoms.toml`."""

LOOKED_FOR = """Made by `make docs` from the looks in `src/shave/causes`, in the order in which a start meets what they
look for. How `shave doctor` uses them: [doctor.md](doctor.md)."""

LINTED = """Made by `make docs` from the rules in `src/shave/rules`. How they are used: [lint.md](../lint.md). A fix is
safe if no build that worked can fail by it and no program can miss what goes. The last column has the ids of other
linters for the same; comments that silence those silence ours."""

FAMILIES: tuple[tuple[str, str, tuple[type[Any], ...]], ...] = (
    ("Needs of every grain", "What a kept file cannot run without.", NEEDS),
    ("Needs of languages", "What programs load by names that stand in their files (grain `unit`).", LANGUAGE_NEEDS),
    ("What widens evidence", "What stays although no run used it (grain `unit`).", WIDENINGS),
    (
        "What tightens it",
        "What of a used unit does not stay only because its unit does. Used, needed or asked for, it "
        "stays nevertheless.",
        TIGHTENINGS,
    ),
)

HABITS = (
    "What programs of a kind use on ways that no run took: of which files, what stays with them, why, and the source."
)

EXIT_CODES = """## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | a gate failed, or the verdict is not `same` |
| 2 | usage or configuration |
| 3 | could not be done: one sentence and a hint on stderr |
| 4 | a bug in shave: the trace is saved to a file whose path is printed |
| 130 | interrupted |
"""


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    schemas = {HERE / f"schema/{name}.json": schema(name, kind) for name, kind in DOCUMENTS.items()}
    schemas[HERE / "schema/spec.json"] = written(msgspec.json.schema(Spec), "A spec of shave build")
    texts = {"cli": cli(), "waste": waste(), "rules": rules(), "causes": causes()}
    return {HERE / f"{name}.md": text for name, text in texts.items()} | lint_pages() | schemas


def lint_pages() -> dict[Path, str]:
    """A page for each rule of ``shave lint``, and their list."""
    rows = (
        f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity} | {mends(rule)} | {', '.join(rule.peers)} |"
        for rule in LINT_RULES
    )
    table = "\n".join(("| rule | what | severity | fix | elsewhere |", "|---|---|---|---|---|", *rows))
    found = {HERE / f"rules/{rule.id}.md": markdown(rule) for rule in LINT_RULES}
    return {HERE / "rules/README.md": f"# What shave lint finds\n\n{LINTED}\n\n{table}\n"} | found


def waste() -> str:
    """What ``shave inspect`` looks for: the docstring of each detector, and the facts that it lives on."""
    parts = ["# What inspect finds", "Made by `make docs` from the detectors and the facts in `src/shave/facts`."]
    for detector in DETECTORS:
        name, words = told(detector)
        known = [fact for fact in facts() if fact.kind == name]
        parts += [f"## {name}", words]
        parts += ["\n".join(map(row, known))] if known else []
    return "\n\n".join(parts) + "\n"


def causes() -> str:
    """What ``shave doctor`` looks for: the docstring of each look, which has a heading for each cause."""
    parts = ["# Why images do not start, and what they miss", LOOKED_FOR]
    for words in dict.fromkeys(told(look)[1] for look in LOOKS):
        title, _, said = words.partition("\n")
        parts += [f"## {title.rstrip('.')}", said.strip()]
    parts += ["## What only a run shows", SYMPTOMS]
    for cause in CAUSES:
        rows = [symptom_row(symptom) for symptom, _ in symptoms() if symptom.causes[0] == cause]
        if rows and f"### {cause}\n" not in "\n".join(parts):
            parts += [f"### {cause}", "\n".join(rows)]
    return "\n\n".join(parts) + "\n"


def symptom_row(symptom: Symptom) -> str:
    """A symptom as a line of a list."""
    return f"- {symptom.text}: {symptom.fix} ({symptom.source})".replace("{name}", "NAME")


def told(member: object) -> tuple[str, str]:
    """The name and the docstring of the module that a member of a family is in."""
    module = inspect.getmodule(member)
    assert module is not None
    return module.__name__.rpartition(".")[2], inspect.cleandoc(module.__doc__ or "")


def rules() -> str:
    """What ``shave slim`` keeps around what was used, and what goes: the docstring of each rule, and the habits."""
    parts = ["# What slim keeps and drops", RULES]
    for title, words, family in FAMILIES:
        parts += [f"## {title}", words]
        for member in family:
            name, said = told(member)
            parts += [f"### {name}", said]
    parts += ["## Habits", HABITS, "\n".join(map(habit_row, habits()))]
    return "\n\n".join(parts) + "\n"


def habit_row(habit: Habit) -> str:
    """A habit as a line of a list."""
    asked = (("of", habit.paths), ("whose code names", habit.symbols), ("whose code holds", habit.words))
    given = " or ".join(f"{lead} {quoted(words)}" for lead, words in asked if words)
    given += f", but not of {quoted(habit.but)}" if habit.but else ""
    kept = quoted((*habit.keep, *habit.commands))
    return f"- **{habit.name}** ({given or 'always'}): keeps {kept}: {habit.why} ({habit.source})"


def quoted(words: Iterable[str]) -> str:
    """Words as they are written in the facts."""
    return ", ".join(f"`{word}`" for word in words)


def row(fact: WasteFact) -> str:
    """A fact as a line of a list."""
    where = ", ".join(f"`{glob}`" for glob in fact.globs)
    return f"- **{fact.name}**: {where}: {fact.why} ({fact.source})"


def cli() -> str:
    """The command line reference: the help of the program and of each verb."""
    context = click.Context(shave, info_name="shave", terminal_width=100)
    parts = ["# Command line", "Made by `make docs` from `shave --help`.", block(shave.get_help(context))]
    for name in VERBS:
        command = shave.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context, terminal_width=100)
        parts += [f"## shave {name}", block(command.get_help(below))]
    return "\n\n".join([*parts, EXIT_CODES])


def block(text: str) -> str:
    """Text as it is."""
    return f"```text\n{text.rstrip()}\n```"


def schema(name: str, kind: type[Any]) -> str:
    """The JSON schema of a document, its ``schema`` member included."""
    made = msgspec.json.schema(kind)
    body = made["$defs"][kind.__name__]
    body["properties"] = {"schema": {"const": f"shave.{name}/v1"}} | body["properties"]
    body["required"] = ["schema", *body.get("required", [])]
    return written(made, f"shave.{name}/v1")


def written(made: dict[str, Any], title: str) -> str:
    """A schema as the text of its file."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return json.dumps(head | made, indent=2) + "\n"


def main() -> int:
    """Write the pages, or say which are stale."""
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(HERE.parent)} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for name in ("schema", "rules"):
        (HERE / name).mkdir(exist_ok=True)
    for path in stale:
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
