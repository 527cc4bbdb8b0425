"""``shave lint [DOCKERFILE...]``."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
from msgspec.structs import replace

from shave import __version__, api, toml_reader
from shave.commands.options import Params, Verb, parse_platform, platform, registry, running, settings, trust, viewing
from shave.commands.options import view as view_of
from shave.commands.progress import progress
from shave.commands.streams import say
from shave.config import Settings
from shave.dockerfiles import STDIN
from shave.documents import document
from shave.errors import CannotError, UsageError
from shave.events import Sink
from shave.lint import LintSettings
from shave.rewriting import rewrite
from shave.rules import RULES
from shave.rules.pages import markdown as page_as_markdown
from shave.rules.pages import page
from shave.verbs.lint_building import Building
from shave.verbs.lint_fix import patch
from shave.verbs.lint_mend import Mended, Proving
from shave.verbs.linted import Linted, LintedFile
from shave.verbs.proved import holds
from shave.views import lint as views
from shave.views import lint_proof
from shave.views.github import annotations
from shave.views.notice import Help
from shave.views.sarif import sarif
from shave.views.visible import one_line

_VIEWS: dict[str, Callable[[Linted], str]] = {
    "text": views.text,
    "json": lambda linted: document("lint", linted, indent=1).decode(),
    "markdown": views.markdown,
    "github": lambda linted: annotations(views.notices(linted)) + f"shave lint: {views.headline(linted)}\n",
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
    asked = settings(params)
    lint_settings = _over(asked.lint, params)
    writes, proves = any(params[each] for each in ("fix", "fix_unsafe", "diff")), params["prove"]
    if writes and STDIN in paths and len(paths) > 1:
        raise UsageError("standard input is mended alone", "give the other files to a second shave lint")
    if proves and params["image"]:
        raise UsageError("--prove builds the image itself", "leave --image away")
    with progress(view_of(params)) as sink, ExitStack() as opened:
        chosen = parse_platform(params["platform_"])
        image = (
            opened.enter_context(api.open(params["image"], chosen, sink, trust(params))) if params["image"] else None
        )
        world = {
            "settings": lint_settings,
            "image": image,
            "context": params["context"],
            "bases": trust(params) if params["bases"] else None,
            "name": params["stdin_filename"],
            "sink": sink,
        }
        proving = _prover(asked, params, sink) if proves else None
        mended = api.mend(*paths, unsafe=params["fix_unsafe"], proving=proving, **world) if writes or proves else None
        linted = mended.linted if mended and writes else api.lint(*paths, **world)
    if mended and not writes:
        linted = replace(linted, files=tuple(map(_with_proof, linted.files, mended.linted.files)))
    if mended is None or not writes or not _wrote(mended, paths, params):
        click.echo(_VIEWS[params["format_"]](linted), nl=False)
    else:
        _proofs(linted)
    if params["verbose"]:
        _notes(linted)
    would_change = params["diff"] and any(file.fixed for file in linted.files)
    refuted = any(file.proved and not holds(file.proved) for file in linted.files)
    return _code(linted, linted.failed or would_change or refuted)


def _proofs(linted: Linted) -> None:
    for file in linted.files:
        if file.proved:
            say(
                "\n".join(
                    (f"{one_line(file.path)}: {lint_proof.headline(file.proved)}", *lint_proof.lines(file.proved))
                )
            )


def _prover(asked: Settings, params: Params, sink: Sink) -> Proving:
    arguments = tuple(_argument(each) for each in params["build_arg"])
    building = Building(params["builder"], params["build_network"] or "", arguments)
    return api.prover(params["context"], building, asked, runner=params["runner"], sink=sink)


def _argument(text: str) -> tuple[str, str]:
    """``NAME=VALUE``; of a NAME alone the value is that of the environment, as builders have it."""
    name, equals, value = text.partition("=")
    if not equals and name not in os.environ:
        raise UsageError(f"--build-arg: {name!r} has no value", "write --build-arg NAME=VALUE")
    return name, value if equals else os.environ[name]


def _with_proof(file: LintedFile, mended: LintedFile) -> LintedFile:
    return replace(file, proved=mended.proved)


def _wrote(mended: Mended, paths: Sequence[str], params: Params) -> bool:
    """Change the files; or write a patch, or what became of standard input, to stdout, which then has nothing else."""
    changed = [each for each in mended.texts if each.after != each.before]
    if params["diff"]:
        click.echo(b"".join(patch(each.path, each.before, each.after) for each in changed), nl=False)
    elif STDIN in paths:
        click.echo(b"".join(each.after for each in mended.texts[:1]), nl=False)
    else:
        for each in changed:
            rewrite(Path(each.path), each.before, each.after)
    return params["diff"] or STDIN in paths


def _over(asked: LintSettings, params: Params) -> LintSettings:
    """The settings with the options of the command line over them: rules that are ignored add up."""
    select, ignore = _words(params["select"]), _words(params["ignore"])
    fail_over = params["fail_over"]
    if fail_over is not None and not (params["image"] or params["context"]):
        raise UsageError(
            "--fail-over: nothing is measured", "give --image REF or --context DIR: estimates do not count"
        )
    return replace(
        asked,
        select=select or asked.select,
        ignore=(*asked.ignore, *ignore),
        fail_over=asked.fail_over if fail_over is None else fail_over,
    )


def _words(given: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for each in given for word in each.split(",") if word.strip())


def _notes(linted: Linted) -> None:
    for file in linted.files:
        for note in file.notes:
            say(f"{one_line(file.path)}: {one_line(note)}")


def _code(linted: Linted, failed: bool) -> int:
    """Findings fail before what could not be read does."""
    unread = [file for file in linted.files if file.unread]
    if unread and not failed:
        names = one_line(unread[0].path) if len(unread) == 1 else f"{len(unread)} files"
        others = "the others were; " if len(unread) < len(linted.files) else ""
        raise CannotError(f"{names} could not be read", f"{others}what is wrong stands above")
    return 1 if failed else 0


def _page(word: str, form: str) -> str:
    shown = page_as_markdown if form == "markdown" else lambda rule: f"{rule.id}: {page(rule)}"
    if word == "all":
        return "".join(f"{rule.id}  {rule.name}\n" for rule in RULES)
    ids = [rule.id for rule in RULES]
    for rule in RULES:
        if rule.id == word.upper():
            return shown(rule)
    raise UsageError(
        f"--rule: there is no rule {word!r}", toml_reader.nearest(word.upper(), ids, "all are listed by --rule all")
    )


def _helps() -> dict[str, Help]:
    return {rule.id: Help(rule.name, page_as_markdown(rule)) for rule in RULES}
