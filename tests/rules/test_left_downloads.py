"""Sources stay wherever a RUN installs from them, not only in /tmp and /usr/src."""

import pytest

from shave.recipe import read
from shave.rules.known import NOTHING
from shave.rules.left_downloads import look

FETCH = "curl -fsSL https://example.org/o-1.tar.gz | tar xz"


@pytest.mark.parametrize(
    ("commands", "command"),
    [
        (f"{FETCH} && cd o-1 && ./configure && make && make install", "rm -rf /o-1"),
        (f"{FETCH} -C /opt && cd /opt/o-1/src && make install", "rm -rf /opt/o-1"),
        (f"{FETCH} && make -C o-1 install", "rm -rf o-1"),
        (f"{FETCH} && mkdir o-1/b && cd o-1/b && cmake .. && cmake --build . --target install", "rm -rf /o-1"),
        ("git clone https://example.org/o.git && cd o && make install", "rm -rf /o"),
    ],
)
def test_sources_that_were_installed_from_are_left_anywhere(commands: str, command: str) -> None:
    (finding,) = look(read(f"FROM debian\nRUN {commands}\n".encode()), NOTHING)
    assert finding.advice == f"end the RUN with {command}"
    assert finding.fix and not finding.fix.is_safe


@pytest.mark.parametrize(
    "text",
    [
        f"RUN {FETCH} && cd o-1 && make install && cd .. && rm -rf o-1\n",
        f"RUN {FETCH} && cd o-1 && make install && cd / && rm -rf o-*\n",
        f"RUN {FETCH} && cd o-1 && make install && cd - && rm -rf o-1\n",
        f'RUN {FETCH} && cd o-1 && make install && rm -rf "$OLDPWD/o-1"\n',
        f"RUN {FETCH} && cd o-1 && make install\nRUN rm -rf /o-1\n",
        f"RUN {FETCH} && cd o-1 && make install\nCOPY x.conf /o-1/\n",
        f"RUN {FETCH} && cd o-1 && make\nENTRYPOINT /o-1/run\n",
        f"RUN {FETCH} && cd $X && make install\n",
        f"RUN {FETCH} --strip-components=1 && make install\n",
        f"RUN --mount=type=tmpfs,target=/s cd /s && {FETCH} && cd o-1 && make install\n",
        "RUN cd /o-1 && make install\n",
    ],
)
def test_sources_that_go_or_are_named_later_are_no_finding(text: str) -> None:
    assert not list(look(read(f"FROM debian\n{text}".encode()), NOTHING))


def test_each_source_is_told_once_whichever_archive_it_came_from() -> None:
    one, two = (f"curl -O https://e.org/{name}.tgz && tar xf {name}.tgz && rm {name}.tgz" for name in "ab")
    both = f"{one} && cd a && make install && cd .. && {two} && cd b && make install"
    (finding,) = look(read(f"FROM debian\nRUN {both}\n".encode()), NOTHING)
    assert finding.advice == "end the RUN with rm -rf /a /b"
    assert finding.about and finding.about.globs == ("a/**", "b/**")
    gone = both.replace("cd .. &&", "cd .. && rm -rf a &&")
    (finding,) = look(read(f"FROM debian\nRUN {gone}\n".encode()), NOTHING)
    assert finding.advice == "end the RUN with rm -rf /b"


@pytest.mark.parametrize(
    "text",
    [
        "FROM node AS a\nENV V=1\n{}FROM node\nCOPY --from=a /tmp/t-$V.tgz /srv/\n",
        "FROM node\nENV V=1\n{}ENV T=/tmp/t-$V.tgz\nRUN sh /x\n",
        "FROM node\nENV V=1\nENV T=/tmp/t-$V.tgz\n{}",
        "FROM node\nENV V=1\n{}HEALTHCHECK CMD test -f /tmp/t-$V.tgz\n",
        "FROM node\nENV V=1\n{}ONBUILD RUN tar xzf /tmp/t-${{V}}.tgz\n",
        "FROM node\nENV V=1\n{}WORKDIR /tmp\nCMD tar tf t-$V.tgz\n",
    ],
)
def test_a_download_that_is_named_by_a_variable_elsewhere_is_not_surely_left(text: str) -> None:
    run = "RUN curl -fsSL -o /tmp/t-$V.tgz https://x.org/t && tar xzf /tmp/t-$V.tgz -C /opt\n"
    found = list(look(read(text.format(run).encode()), NOTHING))
    assert not any(each.fix and each.fix.is_safe for each in found)


def test_a_name_that_rm_would_take_for_an_option_is_not_deleted() -> None:
    text = b"FROM debian\nENV V=-v\nRUN curl -fsSL -o ./$V.tgz https://x.org/t && tar xzf ./$V.tgz -C /opt\n"
    (finding,) = look(read(text), NOTHING)
    assert finding.fix is None
