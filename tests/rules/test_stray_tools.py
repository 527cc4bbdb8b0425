"""What counts as naming a tool, and how its word goes."""

import pytest

from shave.dockerfile.edits import apply
from shave.recipe import read
from shave.rules.known import NOTHING
from shave.rules.stray_tools import look

INSTALL = (
    "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates {} && rm -rf /var/lib/apt/lists/*"
)


def stray(text: str) -> list[str]:
    return [finding.text for finding in look(read(text.encode()), NOTHING)]


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("nmap", "RUN setcap cap_net_raw+ep /usr/bin/nmap"),
        ("nano", "RUN git config --global core.editor nano"),
        ("vim", "ENV EDITOR=vim"),
        ("sudo", "RUN useradd -G adm,sudo app"),
        ("sudo", "COPY rules /etc/sudoers.d/app"),
        ("htop", 'RUN ["htop", "--version"]'),
    ],
)
def test_a_tool_that_a_line_names_is_called(tool: str, line: str) -> None:
    assert not stray(f"FROM debian:12\n{INSTALL.format(tool)}\n{line}\n")


@pytest.mark.parametrize(
    ("tool", "line"),
    [
        ("man-db", "RUN rm -rf /usr/share/man"),
        ("vim", "# vim is for people"),
        ("vim", 'LABEL about="has vim in it"'),
        ("vim", "COPY x /etc/vim/vimrc.local"),
    ],
)
def test_a_word_that_is_no_program_does_not_call_it(tool: str, line: str) -> None:
    assert stray(f"FROM debian:12\n{INSTALL.format(tool)}\n{line}\n") == [f"nothing in this Dockerfile calls {tool}"]


@pytest.mark.parametrize(
    ("base", "packages"), [("ubuntu:22.04", "postgresql-client less"), ("postgres:16", "less"), ("debian", "git less")]
)
def test_psql_git_and_others_call_less(base: str, packages: str) -> None:
    assert not stray(f"FROM {base}\n{INSTALL.format(packages)}\n")
    assert not stray(f"FROM debian\n{INSTALL.format('less')}\nRUN unzip -q awscli.zip && ./aws/install && rm -r aws\n")


def test_scripts_that_nobody_read_are_not_spoken_for() -> None:
    text = "FROM debian:12\nCOPY setup.sh /\n" + INSTALL.format("vim") + '\nRUN sh /setup.sh\nENTRYPOINT ["/start"]\n'
    (finding,) = look(read(text.encode()), NOTHING)
    assert finding.text == "nothing in this Dockerfile calls vim"
    assert "unless a script calls it" in finding.advice


def test_a_line_keeps_its_break_when_its_first_word_goes() -> None:
    text = (
        b"FROM debian:12\nRUN apt install -y curl vim \\\n        htop jq nano \\\n        tree less \\\n        git2\n"
    )
    (finding,) = look(read(text), NOTHING)
    assert finding.fix
    assert apply(text, finding.fix.edits) == (
        b"FROM debian:12\nRUN apt install -y curl \\\n        jq \\\n        git2\n"
    )


def left_out(text: str) -> str | None:
    (finding,) = look(read(text.encode()), NOTHING)
    return finding.fix.text if finding.fix else None


@pytest.mark.parametrize(
    "behind",
    [
        'COPY e.sh /\nENTRYPOINT ["/e.sh"]\n',
        'ENTRYPOINT ["/bin/bash", "-c", "/e.sh"]\n',
        'RUN /e.sh\nCMD ["python3", "app.py"]\n',
        'HEALTHCHECK CMD /e.sh\nCMD ["python3", "app.py"]\n',
        "USER app\n",
    ],
)
def test_what_scripts_call_is_not_taken_from_under_one_that_nobody_read(behind: str) -> None:
    """Note of a user: docker-aosp's entry point ends with ``exec sudo -u aosp``."""
    assert left_out(f"FROM debian:12\n{INSTALL.format('sudo')}\n{behind}") is None
    assert left_out(f"FROM debian:12\n{INSTALL.format('sudo vim')}\n{behind}") == "leave vim out"


def test_what_scripts_call_goes_where_all_is_known() -> None:
    text = f'FROM python:3.13-slim\n{INSTALL.format("sudo")}\nCMD ["python3", "app.py"]\n'
    assert left_out(text) == "leave sudo out"


def test_what_is_listed_twice_is_priced_once() -> None:
    text = "FROM debian:12\nRUN apt-get install -y bash vim nano vim\n"
    (finding,) = look(read(text.encode()), NOTHING)
    assert finding.text == "nothing in this Dockerfile calls vim and nano"
    assert finding.fix
    assert finding.fix.text == "leave vim, nano out"
    assert apply(text.encode(), finding.fix.edits) == b"FROM debian:12\nRUN apt-get install -y bash\n"
    assert finding.amount
    assert finding.amount.unpacked_bytes == 41_017_344 + 2_871_296
