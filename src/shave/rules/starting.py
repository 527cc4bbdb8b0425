"""What the words of a start say of it: an array that is none, a word that is several, a program that nobody copied."""

import json
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from posixpath import basename, dirname, join

from shave.directories import absolute, workdir
from shave.dockerfile.abilities import sources
from shave.dockerfile.edits import Edit
from shave.lint import Fix
from shave.oci import DEFAULT_PATH
from shave.recipe import Recipe, Step
from shave.shell import SHELLS
from shave.staging.protocol import STARTS
from shave.written import Write, writes

# "[ -f x ]" is the test of a shell: its name is a word of its own
_BRACKETS = re.compile(r"""\[[^\s\[].*\]|\[\s*(?:'[^']*'|(["'])[^"']*\1(?:\s*,\s*["'][^"']*["'])+,?)\s*\]""", re.DOTALL)
_COMMA = re.compile(r"\s*,\s*")
_QUOTED = re.compile(r"""(["'])([^"']+)\1""")
_PLAIN = re.compile(r"""[\w./:=@%+-]+|(["'])[^"'$`\\]+\1""")
_SEVERAL = re.compile(r"[\w./@+-]+(?:\s+[\w./:=@%+,-]+)+")
_DATA = re.compile(r"\.(?:jar|war|py|js|mjs|rb|php|dll|json|ya?ml|toml|xml|properties|conf|html|pem|crt|txt|env)$")


def start(steps: Sequence[Step]) -> Step | None:
    """The last ENTRYPOINT, or else CMD; an empty one only takes away what the base says."""
    last = {step.keyword: step for step in steps if step.keyword in STARTS}
    found = (last[keyword] for keyword in STARTS if keyword in last)
    return next((step for step in found if step.instruction.arguments), None)


def bracketed(step: Step) -> tuple[str, Fix | None] | None:
    """An array that is parsed as none, as it is no JSON, and the edit that makes it one.

    Source: Dockerfile reference, Shell and exec form.
    """
    if step.instruction.form != "shell" or step.shell is None or step.shell.unread:
        return None
    text = step.shell.text.text.decode("utf-8", "surrogateescape")
    stripped = text.strip()
    if not _BRACKETS.fullmatch(stripped):
        return None
    words = _COMMA.split(stripped[1:-1].strip().removesuffix(","))
    array = json.dumps([_QUOTED.sub(r"\2", word) for word in words])
    edit = Edit(*step.shell.text.span(0, len(step.shell.text.text)), array.encode())
    fix = Fix("write it as a JSON array", (edit,), is_safe=True) if all(map(_PLAIN.fullmatch, words)) else None
    return "it is no JSON array: a shell takes it as it stands, with its brackets", fix


def joined(step: Step) -> tuple[str, Fix | None] | None:
    """A first word of an array that is several, and the edit that makes it these."""
    words = step.instruction.arguments
    shell = step.scope.shell(step.instruction.start)
    if step.instruction.form != "json" or not _SEVERAL.fullmatch(words[0].value):
        return None
    # Windows has no words: a program gets one text
    if basename(shell[0] if shell else "") not in SHELLS:
        return None
    # the same name elsewhere may be what makes such a file
    if step.file.text.count(words[0].value.encode("utf-8", "surrogateescape")) > 1:
        return None
    edit = Edit(words[0].start, words[0].end, json.dumps(words[0].value.split())[1:-1].encode())
    text = f"no program is called {json.dumps(words[0].value)}: the words of an array are not split"
    return text, Fix("write each word as a string of its own", (edit,), is_safe=True)


def uncopied(recipe: Recipe, steps: Sequence[Step]) -> str:
    """The program that a stage on nothing starts with a file that is copied, and nothing brings; "" if not known.

    Who copies data alone, and starts what is not there, ships no program: such images are there to be read.
    """
    found = start(steps)
    copies = [step for step in steps if step.keyword in ("COPY", "ADD")]
    written = [write for step in copies for write in writes(recipe, step)]
    is_known = len(written) == sum(len(sources(step.instruction)) for step in copies) and not any(
        step.instruction.heredocs or step.keyword == "RUN" for step in steps
    )
    if found is None or found.instruction.form != "json" or not is_known:
        return ""
    word, *rest = (each.value for each in found.instruction.arguments)
    if not {basename(each) for each in rest} & {basename(write.path) for write in written}:
        return ""
    places = _places(recipe, found, word)
    return word if places and not any(_brings(write, place) for write in written for place in places) else ""


def _places(recipe: Recipe, step: Step, word: str) -> list[str]:
    """Where a program is looked for; nowhere if that is not known. Source: exec(3), PATH."""
    if "/" in word:
        here = absolute(word, workdir(recipe, step))
        return [here] if here else []
    return [join(each, word) for each in step.variables.get("PATH", DEFAULT_PATH).split(":")]


def _brings(write: Write, place: str) -> bool:
    """Whether a file may come to a place: what has not the name of data may be a directory."""
    if fnmatchcase(place, write.path):
        return True
    above = write.path if write.is_tree else dirname(write.path)
    return not _DATA.search(write.source) and place.startswith(f"{above.rstrip('/')}/")
