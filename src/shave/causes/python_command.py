"""What a command line of ``python`` runs, and what the servers that are commands of Python's are told to import.

Sources: the Python documentation, "Command line and environment"; of the tools that import an application by its name:
gunicorn "Running Gunicorn", uvicorn "Settings", hypercorn, daphne, Flask "Application Discovery", Celery "Application".
"""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile
from posixpath import basename

from msgspec import Struct

_VALUED = frozenset("cmWX")
_ASKS = ("-", "-V", "-h", "-?", "--help", "--version", "--help-all", "--help-env", "--help-xoptions")
_NAMED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_][\w.]*(?:\(.*\))?")
_PLAIN = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SERVERS = frozenset({"gunicorn", "uvicorn", "hypercorn", "daphne", "granian", "waitress-serve"})
_BY_OPTION = {"flask": ("--app", "-A"), "celery": ("--app", "-A")}
_ELSEWHERE = ("--chdir", "--pythonpath", "--app-dir", "--working-dir", "--workdir", "-c", "--config")
"""With these a server looks in another directory, or reads a file that may say so."""


class PythonCommand(Struct, frozen=True):
    """One of ``script`` (a path as written), ``module`` (``-m``) and ``text`` (``-c``), and the words behind it.

    ``isolated`` if neither the script's directory nor the working directory is searched, ``environment`` unless
    PYTHONPATH is not.
    """

    script: str = ""
    module: str = ""
    text: str = ""
    arguments: tuple[str | None, ...] = ()
    isolated: bool = False
    environment: bool = True


def python_command(words: tuple[str | None, ...]) -> PythonCommand | None:
    """The words behind the interpreter; None where nothing is run, or a word that counts is not known."""
    flags: set[str] = set()
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word is None or word in _ASKS:
            return None
        if not word.startswith("-"):
            return _command(flags, rest, script=word)
        if word.startswith("--"):
            rest = rest[1:] if word == "--check-hash-based-pycs" else rest
            continue
        letters = "".join(takewhile(lambda letter: letter not in _VALUED, word[1:]))
        flags.update(letters)
        option = word[1 + len(letters) :]
        value = option[1:] or (rest.pop(0) if option and rest else None) or ""
        if option.startswith("c"):
            return _command(flags, rest, text=value)
        if option.startswith("m"):
            return _command(flags, rest, module=value)
    return None


def _command(flags: set[str], rest: list[str | None], **what: str) -> PythonCommand:
    isolated, environment = not flags.isdisjoint("IP"), flags.isdisjoint("IE")
    return PythonCommand(**what, arguments=tuple(rest), isolated=isolated, environment=environment)


def application(name: str, arguments: tuple[str | None, ...], variables: dict[str, str]) -> str:
    """The module that a command is told to import, "" if none is known: of ``gunicorn app:app`` it is "app"."""
    tool = basename(name).partition(".")[0]
    words = [word or "" for word in arguments]
    if any(word.partition("=")[0] in _ELSEWHERE for word in words) and tool in _SERVERS:
        return ""
    if tool in _SERVERS:
        return next(_of_server(words), "")
    said = variables.get("FLASK_APP", "") if tool == "flask" else ""
    for option, value in pairwise((*words, "")):
        for known in _BY_OPTION.get(tool, ()):
            said = value if option == known else option.partition("=")[2] if option.startswith(f"{known}=") else said
    module = said.partition(":")[0].removesuffix(".py")
    return module if _PLAIN.fullmatch(module) else ""


def _of_server(words: list[str]) -> Iterator[str]:
    """``module:attribute`` wherever it stands; a plain name only behind what is no option, and last."""
    yield from (word.partition(":")[0] for word in reversed(words) if _NAMED.fullmatch(word))
    if words and _PLAIN.fullmatch(words[-1]) and not (len(words) > 1 and words[-2].startswith("-")):
        yield words[-1]
