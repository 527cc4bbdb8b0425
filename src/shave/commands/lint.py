"""``shave lint [DOCKERFILE...]``."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import click

from shave import __version__, api
from shave.commands import job_summary
from shave.commands.lint_options import Asked, asked
from shave.commands.options import Params, Verb, parse_platform, platform, registry, running, trust, viewing
from shave.commands.options import view as view_of
from shave.commands.progress import progress
from shave.commands.streams import say
from shave.dockerfiles import STDIN
from shave.documents import document
from shave.errors import CannotError
from shave.events import Sink
from shave.rules import RULES
from shave.rules.pages import markdown as page_as_markdown
from shave.rules.pages import named, page, what
from shave.verbs.lint_fix import patch
from shave.verbs.lint_mend import Mended, with_proofs
from shave.verbs.lint_write import write
from shave.verbs.linted import Linted, LintedFile
from shave.verbs.proved import holds
from shave.views import lint as views
from shave.views.github import annotations
from shave.views.lint_headline import headline
from shave.views.notice import Help
from shave.views.sarif import sarif
from shave.views.visible import one_line

_VIEWS: dict[str, Callable[[Linted], str]] = {
    "text": views.text,
    "json": lambda linted: document("lint", linted, indent=1).decode(),
    "markdown": views.markdown,
    "github": lambda linted: annotations(views.notices(linted)) + f"shave lint: {headline(linted)}\n",
    "sarif": lambda linted: sarif(tuple(views.notices(linted)), __version__, _helps()),
}


@click.command(cls=Verb)
@click.argument("paths", metavar="[DOCKERFILE...]", nargs=-1)
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules: SHV1,SHV201 (repeatable).")
@click.option("--ignore", multiple=True, metavar="RULES", help="None of these: SHV204,DL3015 (repeatable).")
@click.option("--image", metavar="REF", help="The image built from it: findings cost what its layers say.")
@click.option(
    "--context",
    type=click.Path(file_okay=False, path_type=Path),
    help="What images are built from: what COPY takes of it for nothing.",
)
@click.option("--bases", is_flag=True, help="Ask the engine and registries what bases cost, and smaller ones.")
@click.option("--fix", is_flag=True, help="Apply the safe fixes, in place; of - to standard output.")
@click.option("--fix-unsafe", is_flag=True, help="Apply these and the others.")
@click.option("--diff", is_flag=True, help="Print what --fix, or --fix-unsafe, would change; write nothing.")
@click.option("--prove", is_flag=True, help="Build before and after the fixes; only what holds is kept.")
@click.option("--builder", default="auto", show_default=True, help="What builds for --prove: auto, or one by name.")
@click.option("--build-arg", multiple=True, metavar="NAME=VALUE", help="Of these builds (repeatable).")
@click.option("--build-network", metavar="NAME", help="Network of these builds, such as host [the builder's default].")
@click.option("--fail-over", metavar="BYTES", help="Fail only if what was measured is more, such as 10MB.")
@click.option("--statistics", is_flag=True, help="What each rule found, instead of the findings.")
@click.option("--stdin-filename", default=STDIN, metavar="NAME", help="What standard input (-) is called.")
@click.option("--rule", metavar="RULE", help="Print the page of a rule, or of all, and do nothing else.")
@running()
@platform()
@registry()
@viewing(*_VIEWS)
def lint(paths: tuple[str, ...], **params: Any) -> int:
    """Say what of Dockerfiles makes images fat, or stops the build, and how to mend it.

    A DOCKERFILE is a file, - or a directory, of which all below are read; by default ./Dockerfile. The dearest findings
    come first: in bytes of the layers with --image, else as estimates. Exit code 1 from severity warning on. In a file,
    "# shave ignore=SHV101" above an instruction silences a rule there; the ids of hadolint are understood.
    """
    if params["rule"]:
        click.echo(_page(params["rule"], params["format_"]), nl=False)
        return 0
    wanted = asked(paths, params)
    with progress(view_of(params)) as sink:
        mended = _answered(wanted, params, sink)
    linted = write(mended) if wanted.output == "files" else mended.linted
    is_unread = len(linted.files) == 1 and bool(linted.files[0].unread)
    if is_unread and params["format_"] == "text":
        raise _undone(linted.files, has_others=False)
    if wanted.output in ("findings", "files"):
        _show(linted, params["format_"], params["statistics"])
    else:
        click.echo(b"".join(_texts(wanted, mended)), nl=False)
        _tell(views.undone(linted))
        _tell("" if params["quiet"] else f"{views.proofs(linted)}{headline(linted)}")
    _tell(views.notes(linted) if params["verbose"] else "")
    would_change = wanted.output == "patch" and any(file.fixed for file in linted.files)
    return _code(linted, would_change)


def _show(linted: Linted, form: str, is_by_rules: bool) -> None:
    if form == "github":
        job_summary.add(views.markdown(linted))
    click.echo(views.statistics(linted) if is_by_rules else _VIEWS[form](linted), nl=False)


def _answered(wanted: Asked, params: Params, sink: Sink) -> Mended:
    """What is found and, if that is wanted, what becomes of the files."""
    place, trusted = params["image"], trust(params)
    with api.open(place, parse_platform(params["platform_"]), sink, trusted) if place else nullcontext() as image:
        world = {
            "settings": wanted.settings.lint,
            "image": image,
            "context": params["context"],
            "bases": trusted if params["bases"] else None,
            "name": params["stdin_filename"],
            "words": wanted.words,
            "sink": sink,
        }
        if wanted.mends:
            return _mended(wanted, params, world)
        linted = api.lint(*wanted.paths, **world)
        if wanted.building:
            proofs = _mended(wanted, params, world).linted
            linted = with_proofs(linted, proofs, (*wanted.words, *wanted.paths))
        return Mended(linted, ())


def _mended(wanted: Asked, params: Params, world: dict[str, Any]) -> Mended:
    given, building = wanted.settings, wanted.building
    proving = (
        api.prover(params["context"], building, given, runner=params["runner"], sink=world["sink"])
        if building
        else None
    )
    return api.mend(*wanted.paths, unsafe=params["fix_unsafe"], proving=proving, **world)


def _texts(wanted: Asked, mended: Mended) -> Iterator[bytes]:
    """What stdout gets instead of findings: a patch, or what became of standard input."""
    if wanted.output == "text":
        yield from (each.after for each in mended.texts[:1])
    else:
        yield from (patch(_from_here(each.path), each.before, each.after) for each in mended.texts)


def _from_here(path: str) -> str:
    """As a patch names it: ``patch`` and git refuse what is above."""
    near = os.path.relpath(path)
    return str(Path(path).absolute()) if near.startswith("../") else near


def _tell(text: str) -> None:
    if text:
        say(text.rstrip("\n"))


def _code(linted: Linted, would_change: bool) -> int:
    """Findings fail before what could not be read or written does."""
    if linted.failed or would_change or any(file.proved and not holds(file.proved) for file in linted.files):
        return 1
    unread = [file for file in linted.files if file.unread]
    undone = unread or [file for file in linted.files if file.unwritten]
    if undone:
        raise _undone(undone, len(undone) < len(linted.files))
    return 0


def _undone(files: Sequence[LintedFile], has_others: bool) -> CannotError:
    """What to say of files that could not be read or written."""
    first = files[0]
    if not has_others and len(files) == 1:
        hint = "give a Dockerfile, a directory of them, or - for standard input" if first.unread else ""
        return CannotError(f"{one_line(first.path)}: {one_line(first.unread or first.unwritten)}", hint)
    names = one_line(first.path) if len(files) == 1 else f"{len(files)} files"
    others = "the others were; " if has_others else ""
    return CannotError(f"{names} could not be {'read' if first.unread else 'written'}", f"{others}why stands above")


def _page(word: str, form: str) -> str:
    if word == "all":
        return "".join(f"{rule.id}  {rule.name}\n" for rule in RULES)
    return "\n".join(
        page_as_markdown(rule) if form == "markdown" else f"{rule.id}: {page(rule)}" for rule in named(word, RULES)
    )


def _helps() -> dict[str, Help]:
    return {rule.id: Help(rule.name, what(rule), page_as_markdown(rule)) for rule in RULES}
