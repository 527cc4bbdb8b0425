"""generate.py [--check]: the pages that are made from the code: docs/cli.md, docs/waste.md and docs/schema/*.json.

With ``--check`` nothing is written; exit 1 where a page is not what the code says.
"""

import inspect
import json
import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from shave.commands import VERBS, shave
from shave.evidence import Evidence
from shave.plan import Plan
from shave.probe import Verdict
from shave.verbs.cache import Cached
from shave.verbs.check import Checked
from shave.verbs.copy import Copied
from shave.verbs.diff import Diffed
from shave.verbs.inspected import Inspected, Listing
from shave.verbs.size import Sized
from shave.verbs.summary import Summary
from shave.verbs.trace import TraceSummary
from shave.verbs.why import Answer
from shave.waste import DETECTORS, WasteFact, facts

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
    "copy": Copied,
    "cache": Cached,
    "plan": Plan,
    "evidence": Evidence,
}
"""The JSON documents by the name in their ``"schema": "shave.NAME/v1"``."""

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
    return {HERE / "cli.md": cli(), HERE / "waste.md": waste()} | schemas


def waste() -> str:
    """What ``shave inspect`` looks for: the docstring of each detector, and the facts that it lives on."""
    parts = ["# What inspect finds", "Made by `make docs` from the detectors and the facts in `src/shave/facts`."]
    for detector in DETECTORS:
        module = inspect.getmodule(detector)
        name = module.__name__.rpartition(".")[2] if module else ""
        known = [fact for fact in facts() if fact.kind == name]
        parts += [f"## {name}", inspect.cleandoc(module.__doc__ or "") if module else ""]
        parts += ["\n".join(map(row, known))] if known else []
    return "\n\n".join(parts) + "\n"


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
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"shave.{name}/v1"}
    return json.dumps(head | made, indent=2) + "\n"


def main() -> int:
    """Write the pages, or say which are stale."""
    made = pages()
    stale = [path for path, text in made.items() if not path.exists() or path.read_text() != text]
    if "--check" in sys.argv[1:]:
        for path in stale:
            print(f"{path.relative_to(HERE.parent)} is stale: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    (HERE / "schema").mkdir(exist_ok=True)
    for path in stale:
        path.write_text(made[path])
    return 0


if __name__ == "__main__":
    sys.exit(main())
