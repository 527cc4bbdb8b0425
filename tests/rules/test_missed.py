"""What may be missed once it is deleted (SHV209, SHV211): a fix is safe only where a RUN used it up."""

import subprocess
from pathlib import Path

import pytest

from shave import recipe
from shave.dockerfile.edits import apply
from shave.lint import LintFinding
from shave.rules.known import NOTHING
from shave.rules.later_delete import RULE as DELETED
from shave.rules.left_downloads import RULE as LEFT
from shave.rules.split_archive import RULE as SPLIT

CLONED = "git clone --depth 1 https://h/tool /tmp/tool"
FETCHED = "curl -fsSLo /tmp/x.tgz https://h/x.tgz && tar -xzf /tmp/x.tgz -C /opt"


def findings(text: str) -> list[LintFinding]:
    read = recipe.read(text.encode())
    return [each for rule in (DELETED, SPLIT, LEFT) for each in rule.look(read, NOTHING)]


def verdict(text: str) -> str:
    """ "safe", "unsafe" or "advice": what the one finding of a Dockerfile has for a fix."""
    (finding,) = findings(text)
    return "advice" if finding.fix is None else "safe" if finding.fix.is_safe else "unsafe"


def fixed(text: str) -> str:
    edits = [edit for each in findings(text) if each.fix for edit in each.fix.edits]
    return apply(text.encode(), edits).decode()


USED_UP = [
    f"{CLONED} && make -C /tmp/tool install",
    f"{CLONED} && cd /tmp/tool && ./configure && make && make install && ldconfig",
    f"{CLONED} && pip install /tmp/tool && echo done",
    f"{CLONED} && cp -r /tmp/tool/dist /srv/app",
    f"{CLONED} && cd /tmp/tool && python3 setup.py install",
    f"{CLONED} && (cd /tmp/tool && cargo build --release && install target/release/tool /usr/bin)",
    'D=/tmp/tool && git clone https://h/tool $D && make -C "$D" install',
    f"{FETCHED}",
    f"{FETCHED} && ln -s /opt/x/bin/x /usr/local/bin/x",
    'curl -o /tmp/x.tgz https://h/x && echo "00  /tmp/x.tgz" | sha256sum -c - && tar -xzf /tmp/x.tgz -C /opt',
    "wget -P /tmp https://h/x.run && chmod +x /tmp/x.run && /tmp/x.run --silent",
    "curl -s https://h/x > /tmp/x.tar && tar xf /tmp/x.tar -C /opt && useradd x",
]


@pytest.mark.parametrize("command", USED_UP)
def test_what_a_run_used_up_goes_safely(command: str) -> None:
    assert verdict(f"FROM debian:12\nRUN {command}\n") == "safe"


POINTED_TO = [
    f"{CLONED} && npm install -g /tmp/tool",
    f"{CLONED} && cd /tmp/tool && npm link",
    f"{CLONED} && pip install -e /tmp/tool",
    f"{CLONED} && cd /tmp/tool && pip install -r requirements.txt",
    f"{CLONED} && python3 /tmp/tool/setup.py develop",
    f"{CLONED} && ln -s /tmp/tool/run.sh /usr/local/bin/run",
    f"ln -s /tmp/tool/run.sh /usr/local/bin/run && {CLONED} && make -C /tmp/tool",
    f"{CLONED} && cd /tmp/tool && ln -s $PWD/run.sh /usr/local/bin/run",
    f"{CLONED} && git clone --shared /tmp/tool /opt/tool",
    f"{CLONED} && cp -s /tmp/tool/run.sh /usr/local/bin/run",
    f"{CLONED} && make -C /tmp/tool && update-alternatives --install /usr/bin/x x /tmp/tool/x 1",
    f"{CLONED} && make -C /tmp/tool && echo /tmp/tool/lib > /etc/ld.so.conf.d/tool.conf",
    f"{CLONED} && make -C /tmp/tool && find /tmp/tool/bin -type f -exec ln -s {{}} /usr/bin \\;",
    f"{CLONED} && make -C /tmp/tool && for each in /tmp/tool/bin/*; do ln -s $each /usr/bin; done",
    f"{CLONED} && cd /tmp/tool && ./install.sh",
    "D=/tmp/tool && git clone https://h/tool $D && make -C $D && for f in $D/bin/*; do ln $f /bin; done",
    "curl https://h/p.tgz | tar xz -C /tmp && ln -s /tmp/phantomjs/bin/phantomjs /usr/local/bin/",
    "curl -o /tmp/x.tgz https://h/x.tgz && npm install /tmp/x.tgz",
    f"{FETCHED} && ln -s /tmp/x.tgz /srv/www/x.tgz",
    "curl -o /tmp/model.dat https://h/model.dat",
    "curl -o /tmp/tool https://h/tool && sha256sum -c /tmp/sums /tmp/tool && chmod +x /tmp/tool",
    "curl https://h/p.tgz | tar xz -C /tmp && ls /tmp",
]


@pytest.mark.parametrize("command", POINTED_TO)
def test_what_is_installed_may_point_to_where_it_came_from(command: str) -> None:
    assert verdict(f"FROM debian:12\nRUN {command}\n") == "unsafe"


def test_a_here_document_may_point_to_it() -> None:
    script = "cat > /usr/bin/x <<END\nexec /tmp/tool/x\nEND"
    text = f"# syntax=docker/dockerfile:1\nFROM debian:12\nRUN <<EOF\n{CLONED}\nmake -C /tmp/tool\n{script}\nEOF\n"
    assert verdict(text) == "unsafe"


SOUGHT = [
    "RUN cp -r /tmp /opt/data",
    "RUN cp -r /tmp/. /opt/data",
    "RUN tar -cf /x.tar /tmp",
    "RUN find /tmp -name '*.tgz' -exec load {} +",
    "RUN cd / && cp -r tmp /opt/data",
    "RUN cp -r / /copy",
    "ENV PLACE=/tmp/\nRUN load",
    "VOLUME /tmp",
    'CMD ["serve", "/tmp"]',
]


@pytest.mark.parametrize("later", SOUGHT)
def test_a_later_step_may_use_it_by_the_directory_that_it_is_in(later: str) -> None:
    assert verdict(f"FROM debian:12\nRUN {FETCHED}\n{later}\n") == "unsafe"


def test_a_variable_or_a_link_may_point_to_what_is_to_come() -> None:
    unpacked = "RUN curl https://h/p.tgz | tar xz -C /tmp && make -C /tmp/p install\n"
    assert verdict(f"FROM debian:12\n{unpacked}") == "safe"
    assert verdict(f"FROM debian:12\nENV PATH=/tmp/p/bin:$PATH\n{unpacked}") == "unsafe"
    cloned = f"RUN {CLONED} && make -C /tmp/tool\n"
    assert verdict(f"FROM debian:12\nRUN ln -s /tmp/tool/x /usr/bin/x\n{cloned}") == "unsafe"


def test_a_step_of_another_stage_may_use_it() -> None:
    start = f"FROM debian:12 AS base\nRUN {FETCHED}\n"
    assert verdict(f"{start}FROM base AS test\nRUN cp -r /tmp /copy\nFROM base\n") == "unsafe"
    assert verdict(f"{start}FROM alpine AS test\nCOPY --from=base /tmp /copy\nFROM base\n") == "unsafe"


UNPACKED = "RUN curl https://h/p.tgz | tar xz -C /tmp && make -C /tmp/p install\n"


@pytest.mark.parametrize("before", ["COPY app.conf /tmp/\n", "RUN mkdir -p /tmp/cache\n", "COPY . /tmp\n"])
def test_what_others_put_into_a_directory_stays(before: str) -> None:
    assert verdict(f"FROM debian:12\n{before}{UNPACKED}") == "unsafe"


@pytest.mark.parametrize(
    "before",
    ["RUN mkdir /tmp/w && cd /tmp/w && make && rm -rf /tmp/w\n", "COPY a /a\n", f"RUN {FETCHED} && rm /tmp/x.tgz\n"],
)
def test_a_directory_that_others_left_empty_is_emptied(before: str) -> None:
    assert verdict(f"FROM debian:12\n{before}{UNPACKED}") == "safe"


NOT_SOUGHT = [
    "RUN cd /tmp && curl -o /tmp/y.deb https://h/y.deb && dpkg -i /tmp/y.deb && rm /tmp/y.deb",
    "WORKDIR /tmp\nRUN apt-get update",
    "COPY a.txt /tmp/\nRUN mkdir -p /tmp/b",
    "RUN load /tmp/other.dat",
    "COPY . /app\nWORKDIR /app\nCMD /app/run",
]


@pytest.mark.parametrize("later", NOT_SOUGHT)
def test_who_only_puts_something_beside_it_does_not_use_it(later: str) -> None:
    assert verdict(f"FROM debian:12\nRUN {FETCHED}\n{later}\n") == "safe"


def test_a_later_run_may_find_it_where_it_works() -> None:
    start = "FROM debian:12\nWORKDIR /tmp\nRUN wget https://h/Makefile && cp Makefile /srv/\n"
    assert verdict(f"{start}RUN make install\n") == "unsafe"
    assert verdict(f"{start}RUN apt-get update\n") == "safe"
    assert verdict(f"{start}WORKDIR /srv\nRUN make install\n") == "safe"


def test_an_archive_in_two_runs_may_be_used_by_a_third() -> None:
    start = "FROM debian:12\nRUN wget -P /tmp/debs https://h/a.deb\nRUN dpkg -i /tmp/debs/a.deb\n"
    assert verdict(start) == "safe"
    assert verdict(f"{start}RUN find /tmp/debs -name '*.deb' -exec load {{}} +\n") == "unsafe"


ABOUT = [
    "RUN sha256sum *.tgz >/sums",
    "COPY check.sh /\nRUN sh check.sh",
    "RUN ls -1 | grep tgz | xargs sha256sum",
    "RUN make",
    "RUN for each in *.tgz; do load $each; done",
    "RUN tar xf a*z",
    "FROM base\nRUN sh check.sh",
]


@pytest.mark.parametrize("later", ABOUT)
@pytest.mark.parametrize(
    "fetched", ["wget https://h/a.tgz\nRUN tar xzf a.tgz", "curl -o a.tgz h/a.tgz && tar xzf a.tgz"]
)
def test_an_archive_that_is_unpacked_is_there_for_who_works_where_it_is(later: str, fetched: str) -> None:
    fixes = [each.fix for each in findings(f"FROM alpine AS base\nRUN {fetched}\n{later}\n")]
    assert not any(fix.is_safe for fix in fixes if fix)


MOUNTS = [
    "type=bind,source=a.tgz,target=/tmp/src/a.tgz",
    "type=cache,target=/tmp/cache",
    "type=tmpfs,target=/tmp/src",
    "type=bind,source=x,target=$WHERE",
    "type=bind,source=x,target=relative",
]


@pytest.mark.parametrize("mount", MOUNTS)
def test_what_a_mount_is_in_is_not_deleted(mount: str) -> None:
    text = f"FROM debian:12\nRUN --mount={mount} tar -xzf /tmp/src/a.tgz -C /tmp && make -C /tmp/a install\n"
    assert verdict(text) == "advice"


def test_a_deletion_is_not_moved_to_where_a_mount_is() -> None:
    start = "FROM debian:12\nRUN --mount=type=bind,source=pkgs,target={} dd if=/dev/zero of=/tmp/x\n"
    text = f"{start}RUN rm -rf /tmp/*\n"
    assert verdict(text.format("/tmp/pkgs")) == "advice"
    assert verdict(text.format("/srv/pkgs")) == "safe"


SUDO = [
    ("sudo wget -O /tmp/x.deb https://h/x && sudo dpkg -i /tmp/x.deb", "sudo rm -f /tmp/x.deb"),
    ("wget -O /tmp/x.deb https://h/x && sudo dpkg -i /tmp/x.deb", "rm -f /tmp/x.deb"),
    ("curl https://h/x | sudo tar -xzC /tmp && sudo make -C /tmp/x install", "sudo rm -rf /tmp/*"),
    (f"{CLONED} && sudo make -C /tmp/tool install", "sudo rm -rf /tmp/tool"),
    ('sudo sh -c "wget -O /tmp/x.deb https://h/x && dpkg -i /tmp/x.deb"', "sudo rm -f /tmp/x.deb"),
    ('D="$(mktemp -d)" && sudo tar -xzf /x.tgz -C "$D" && sudo make -C "$D" install', 'sudo rm -rf "$D"'),
]


@pytest.mark.parametrize(("command", "deletion"), SUDO)
def test_what_root_wrote_by_sudo_is_deleted_by_sudo(command: str, deletion: str) -> None:
    assert fixed(f"FROM cimg/base:2024.01\nRUN {command}\n").endswith(f" && {deletion}\n")


RELATIVE = [
    ("golang:1.22", "curl -LO https://h/a.tgz", "a.tgz", "go/a.tgz"),
    ("php:8.3", "wget https://h/a.tgz", "a.tgz", "**/a.tgz"),
    ("debian:12", "wget https://h/a.tgz", "a.tgz", "a.tgz"),
    ("debian:12\nWORKDIR /opt", "wget https://h/a.tgz", "a.tgz", "opt/a.tgz"),
]


@pytest.mark.parametrize(("base", "fetch", "word", "glob"), RELATIVE)
def test_a_relative_download_is_where_the_base_works(base: str, fetch: str, word: str, glob: str) -> None:
    split = f"FROM {base}\nRUN {fetch}\nRUN tar xzf a.tgz\n"
    whole = f"FROM {base}\nRUN {fetch} && tar xzf a.tgz\n"
    for text in (split, whole):
        (finding,) = findings(text)
        assert finding.about
        assert finding.about.globs == (glob,)
        assert fixed(text).endswith(f"RUN {fetch} && tar xzf a.tgz && rm -f {word}\n")


def test_what_only_the_base_knows_is_not_named_from_elsewhere() -> None:
    assert verdict("FROM php:8.3\nRUN wget https://h/a.tgz && tar xzf a.tgz && cd /srv\n") == "advice"


MADE = 'T="$(mktemp -d)"; touch "$T/x"; cp "$T/x" .'
TEMPORARY = [
    (MADE, "safe", 'rm -rf "$T"'),
    (f"set -eu; {MADE}", "safe", 'rm -rf "${T:-}"'),
    (f'set -eux; if [ -n "$X" ]; then {MADE}; fi; echo done', "safe", 'rm -rf "${T:-}"'),
    (f'set -e; if [ -n "$X" ]; then {MADE}; fi; echo done', "safe", 'rm -rf "$T"'),
    (f'{MADE}; (cd "$T" && make --version)', "safe", 'rm -rf "$T"'),
    (f"set -e -u; {MADE}", "safe", 'rm -rf "${T:-}"'),
    (f"set -eu; ({MADE})", "unsafe", 'rm -rf "${T:-}"'),
    (f"f() {{ {MADE}; }}; f && echo done", "unsafe", 'rm -rf "$T"'),
    (f"{MADE}; T=/opt; ls", "unsafe", 'rm -rf "$T"'),
    (f"set -eu; {MADE}; unset T; ls", "unsafe", 'rm -rf "${T:-}"'),
    ('T="$(mktemp -d)"; ln -s "$T/x" y', "unsafe", 'rm -rf "$T"'),
    ('T="$(mktemp -d)"; cd "$T" && npm link', "unsafe", 'rm -rf "$T"'),
    ('T="$(mktemp -d)"; for each in "$T"/*; do ln -s "$each" .; done; ls', "unsafe", 'rm -rf "$T"'),
    ('T="$(mktemp -d)"; tool --keep "$T/x"', "unsafe", 'rm -rf "$T"'),
    ('T="$(mktemp -d ./x.XXXXXX)"; cp /etc/hostname "$T"', "unsafe", 'rm -rf "$T"'),
]


@pytest.mark.parametrize(("command", "expected", "deletion"), TEMPORARY)
def test_what_mktemp_made(command: str, expected: str, deletion: str) -> None:
    text = f"FROM debian:12\nRUN {command}\n"
    assert (verdict(text), deletion in fixed(text)) == (expected, True)


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("command", [command for command, expected, _ in TEMPORARY if expected == "safe"])
def test_what_mktemp_made_is_gone_and_no_shell_fails(command: str, shell: str, tmp_path: Path) -> None:
    text = fixed(f"FROM debian:12\nRUN {command}\n").removeprefix("FROM debian:12\nRUN ")
    for given in ("", "1"):
        made = tmp_path / f"tmp{given}"
        made.mkdir()
        environment = {"TMPDIR": str(made), "X": given, "PATH": "/usr/bin:/bin"}
        subprocess.run([shell, "-c", text], cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)
        assert list(made.iterdir()) == []
