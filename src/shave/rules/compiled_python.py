"""Python's bytecode is made for packages whose source is there.

What: a RUN of the image installs Python packages, and compiles each of their modules.

Why: a `.pyc` is about as large as its `.py`. Python makes those it needs when a module is imported, in memory where it
may not write them.

The fix is not safe: each start of the program compiles what it imports, which took three times as long in our
measurements. Worth it where bytes count and starts do not.

Bad:

    FROM python:3.11
    RUN pip install --no-cache-dir sympy

Good:

    FROM python:3.11
    RUN pip install --no-compile --no-cache-dir sympy

Good, as uv compiles only when it is asked to:

    FROM python:3.11
    RUN uv pip --no-cache install --system sympy

Source: pip install, --no-compile; PEP 3147; one Python's standard library: 31 MB of .py, 147 MB of .pyc in all versions
"""

from collections.abc import Iterator

from shave.lint import About, Fix, LintFinding
from shave.recipe import Recipe
from shave.recipe_edits import inserted
from shave.rules.known import Known
from shave.rules.protocol import Rule


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """Each call of pip in the image that compiles."""
    for step in recipe.runs:
        for call in step.calls:
            if call.tool == "pip" and call.verb == "install" and not call.has("--no-compile", "--dry-run"):
                edit = inserted(call, call.plain[0], "--no-compile")
                yield LintFinding(
                    "SHV128",
                    "info",
                    "bytecode is stored beside the source of each module",
                    step.number,
                    call.start,
                    call.end,
                    advice="give --no-compile if starts may take longer",
                    fix=Fix("give --no-compile", (edit,), is_safe=False) if edit else None,
                    about=About("written", (step.number,), ("**/__pycache__/*.pyc",)),
                )


RULE = Rule("SHV128", "Python's bytecode is made for packages whose source is there", "info", (), look)
