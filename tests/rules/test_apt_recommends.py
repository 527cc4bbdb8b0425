"""What is only recommended by apt: who installs it at all, and what of it the Dockerfile itself shows to be needed."""

import pytest

from shave.dockerfile.edits import apply
from shave.recipe import read
from shave.rules import apt_command, apt_recommends
from shave.rules.known import NOTHING


def fixed(text: str) -> str | None:
    """The text with what the fixes make of it; None where nothing is found."""
    recipe = read(text.encode())
    found = list(apt_recommends.RULE.look(recipe, NOTHING))
    assert all(each.fix and not each.fix.is_safe for each in found)
    edits = [edit for each in found if each.fix for edit in each.fix.edits]
    return apply(text.encode(), edits).decode() if found else None


def test_build_dep_never_installs_what_is_recommended() -> None:
    """apt-get -s build-dep, with and without: 96 packages of hello, 208 of git (trixie)."""
    assert fixed("FROM debian\nRUN case a in *) apt-get build-dep -y hello ;; esac\n") is None
    assert not list(apt_command.RULE.look(read(b"FROM debian\nRUN apt build-dep -y hello\n"), NOTHING))


def test_satisfy_does() -> None:
    """apt-get -s satisfy git: 54 packages, 33 without (trixie)."""
    assert fixed("FROM debian\nRUN apt-get satisfy -y git\n") == (
        "FROM debian\nRUN apt-get satisfy -y --no-install-recommends git\n"
    )


@pytest.mark.parametrize(
    "text", ["FROM debian\nRUN apt-get install -y sed tar\n", "FROM node:22\nRUN apt-get install git\n"]
)
def test_what_the_base_has_brings_nothing(text: str) -> None:
    assert fixed(text) is None


@pytest.mark.parametrize(
    ("call", "behind", "expected"),
    [
        ("wget", "wget -O /x https://example.org/x", "ca-certificates wget"),
        ("wget", 'wget -O /x "$URL"', "ca-certificates wget"),
        ("git less", "git clone https://example.org/x", "ca-certificates git less"),
        ("gcc", "gcc -o /x /x.c", "libc6-dev gcc"),
        ("cmake", "cmake /src", "make gcc libc6-dev cmake"),
        ("git", "pip install git+https://example.org/x", "ca-certificates git"),
        # nothing shows that it is needed, or it is there
        ("wget default-jdk-headless", "wget https://example.org/x", "wget default-jdk-headless"),
        ("wget", "wget -O /x http://example.org/x", "wget"),
        ("wget", "echo https://example.org/x", "wget"),
        ("curl ca-certificates", "curl -fsSLO https://example.org/x", "curl ca-certificates"),
        ("gcc g++", "g++ -o /x /x.cc", "gcc g++"),
        ("$MORE", "wget https://example.org/x", "$MORE"),
    ],
)
def test_what_the_file_shows_to_be_needed_is_named(call: str, behind: str, expected: str) -> None:
    text = "FROM debian\nRUN apt-get update && apt-get install -y {}\nCOPY . .\nRUN {}\n"
    assert fixed(text.format(call, behind)) == text.format(f"--no-install-recommends {expected}", behind)


def test_it_is_named_in_the_lines_of_the_list_and_once() -> None:
    assert fixed(
        "FROM debian\nRUN apt-get install -y \\\n        wget \\\n        less\nRUN apt-get install -y curl\n"
        "CMD wget https://x && curl https://x\n"
    ) == (
        "FROM debian\nRUN apt-get install -y --no-install-recommends \\\n        ca-certificates \\\n        wget \\\n"
        "        less\nRUN apt-get install -y --no-install-recommends curl\nCMD wget https://x && curl https://x\n"
    )


def test_what_a_later_call_brings_in_time_is_not_named() -> None:
    text = "FROM debian\nRUN apt-get install -y {}cmake\nRUN apt-get install -y {}build-essential\nRUN cmake .\n"
    assert fixed(text.format("", "")) == text.format(*["--no-install-recommends "] * 2)
    late = "FROM debian\nRUN apt-get install -y {}wget\nRUN wget https://x && apt-get install -y {}ca-certificates\n"
    assert fixed(late.format("", "")) == late.format(
        "--no-install-recommends ca-certificates ", "--no-install-recommends "
    )


def test_a_base_that_has_it_needs_no_name() -> None:
    assert fixed("FROM node:22\nRUN apt-get install -y aria2\nRUN aria2c https://x\n") == (
        "FROM node:22\nRUN apt-get install -y --no-install-recommends aria2\nRUN aria2c https://x\n"
    )
