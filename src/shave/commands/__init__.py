"""The command line: one file per verb, imported only when it is called."""

import os
import signal
import sys
import tempfile
from importlib import import_module
from typing import Any

import click

from shave import __version__
from shave.commands import streams
from shave.commands.failure import guarded

VERBS = {
    "slim": "Make an image smaller and prove that it behaves the same.",
    "trace": "Run the probes under trace; keep what they use as evidence.",
    "verify": "Run the same probes on two images; same, different or unknown.",
    "size": "What images cost, how long they take to pull, what they share.",
    "inspect": "Where an image's bytes come from, and what of them is waste.",
    "diff": "What changed from one image to another, and what that costs to pull.",
    "check": "Hold an image to budgets of bytes; name what breaks them.",
    "lint": "What of a Dockerfile makes images fat, in bytes, and how to mend it.",
    "doctor": "Why an image will not start, and what it will miss when it does.",
    "why": "Why a path is there, was kept or dropped.",
    "cat": "Print one file of an image.",
    "build": "Make a minimal image from Debian packages and files of yours.",
    "copy": "Copy an image between registries, engines, layouts and archives.",
    "lab": "Build every variant of a program, run them, compare what they cost.",
    "cache": "What is cached, its bound, clearing it.",
}


class _Verbs(click.Group):
    """The group that knows its verbs without importing them, so that help is quick."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = getattr(import_module(f"shave.commands.{name}"), name)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="shave %(version)s")
def shave() -> None:
    """Make container images small and prove that they still work."""


def main() -> None:
    """The program: run the command line, and end with the exit code that belongs to what happened."""
    streams.complete()
    _hear_signals()
    # gettempdir would write a file to find out whether it can, and a kill at that moment would leave it
    tempfile.tempdir = next(filter(_writable, (os.environ.get("TMPDIR", ""), "/tmp", "/var/tmp")), None)
    code = guarded(_run)
    streams.settle()
    sys.exit(code)


def _hear_signals() -> None:
    """Whoever ends us with one of these gets an orderly end; nohup(1) has the hang-up ignored, and so it stays."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _writable(directory: str) -> bool:
    return os.access(directory, os.W_OK | os.X_OK)


def _run() -> Any:
    return shave.main(standalone_mode=False)
