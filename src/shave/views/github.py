"""Notices as workflow commands of GitHub Actions: each complaint is an annotation.

Source: docs.github.com, "Workflow commands"; the escapes are those of actions/toolkit, command.ts.
"""

from collections.abc import Iterable, Iterator

from shave.views.notice import Notice
from shave.views.visible import visible

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def annotations(notices: Iterable[Notice]) -> str:
    """A line for each notice that complains."""
    return "".join(_lines(notices))


def _lines(notices: Iterable[Notice]) -> Iterator[str]:
    for notice in notices:
        if notice.level != "pass":
            properties = ",".join(
                f"{key}={_property(value)}" for key, value in (_place(notice) | {"title": notice.title}).items()
            )
            yield f"::{_COMMANDS[notice.level]} {properties}::{_data(notice.message)}\n"


def _place(notice: Notice) -> dict[str, str]:
    """Where it is; columns only within one line, as GitHub shows no others."""
    if not notice.line:
        return {}
    found = {"file": notice.target, "line": str(notice.line)}
    place = notice.place
    if place is None:
        return found
    if place.end_line > place.line:
        return found | {"endLine": str(place.end_line)}
    return found | {"col": str(place.column), "endColumn": str(max(place.column + 1, place.end_column))}


def _data(text: str) -> str:
    """Text that ends no command and begins none."""
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
