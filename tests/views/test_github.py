import re

from hypothesis import given
from hypothesis import strategies as st

from checks import NASTY
from shave.views.github import annotations
from shave.views.notice import Notice


def test_commands() -> None:
    notices = (
        Notice("packed", "error", "too much: 1, 2", "100 %\nlayer 1", "app"),
        Notice("DL3008", "warning", "pin", "pin it", "a,b:c/Dockerfile", 7),
        Notice("x", "note", "hm", "hm", "app"),
        Notice("y", "pass", "good", "good", "app"),
    )
    assert annotations(notices).splitlines() == [
        "::error title=too much%3A 1%2C 2::100 %25%0Alayer 1",
        "::warning file=a%2Cb%3Ac/Dockerfile,line=7,title=pin::pin it",
        "::notice title=hm::hm",
    ]


def read(line: str) -> tuple[dict[str, str], str]:
    """A command as the runner reads it: ActionCommand.cs, TryParseV2."""
    found = re.fullmatch(r"::(?P<name>\S+)(?: (?P<properties>.*?))?::(?P<data>.*)", line)
    assert found and found["name"] == "error"
    properties = dict(each.split("=", 1) for each in found["properties"].split(","))
    for escape, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        properties = {key: value.replace(escape, char) for key, value in properties.items()}
    data = found["data"].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
    return properties, data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"])), st.integers(0, 1))
def test_any_text_arrives_whole(text: str, line: int) -> None:
    [shown] = annotations([Notice("x", "error", text, text, text or "f", line)]).splitlines()
    expected = {"file": text or "f", "line": "1", "title": text} if line else {"title": text}
    assert read(shown) == (expected, text)


def test_a_hostile_name_is_one_command() -> None:
    [shown] = annotations([Notice(NASTY, "error", NASTY, NASTY, NASTY, 3)]).splitlines()
    assert shown.isprintable()
    assert shown.startswith("::error file=a%0A%3A%3Aerror%3A%3Ab##[error]")
