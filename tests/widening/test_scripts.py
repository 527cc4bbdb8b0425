"""What running scripts call stays; what only hooks, comments and loose words name does not."""

import subprocess
from pathlib import Path

import pytest

import scenes
from shave.oci import Healthcheck, RunConfig
from shave.package import Package
from shave.widening.application import Application
from shave.widening.scripts import MAX_SCRIPT_BYTES, Scripts

BASE: dict[str, scenes.Content] = {
    "var/lib/dpkg/status": b"x",
    **{f"usr/bin/{name}": b"x" for name in ("gcc", "openssl", "jq", "curl", "sh", "convert", "less", "make")},
    "usr/lib/tool/lib.sh": b"curl x\n",
    "etc/init.d/daemon": b"#!/bin/sh\nmake\n",
    "bin": "usr/bin",
}


def called(scripts: dict[str, scenes.Content], used: tuple[str, ...] = (), run: RunConfig | None = None) -> set[str]:
    """Programs of the base that stay for scripts that the application brought, beside what stays without the rule."""
    known = scenes.scene(BASE, scripts, used=used, run=run, made_by=("ADD x in /", "COPY . /"))
    without = set(scenes.widened(known, Application))
    return {path.rpartition("/")[2] for path in set(scenes.widened(known, Application, Scripts)) - without}


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("run.sh", "#!/bin/sh\nif x; then jq . <f | curl -d @- y; fi\n", "jq curl"),
        ("run", "#!/usr/bin/env bash\n# gcc\necho gcc; exec openssl s_client\n", "openssl"),
        ("run", "#!/bin/sh\ncat <<E\ngcc\nE\nfoo() { less; }\ngcc() { :; }\ngcc\n", "less"),
        ("run", "#!/bin/sh\n. /usr/lib/tool/lib.sh\n", "lib.sh curl"),
        ("run", "#!/bin/sh\nsh /usr/lib/tool/lib.sh\n", "sh lib.sh curl"),
        ("run", "#!/bin/sh\nTOOL=/usr/bin/jq\n$TOOL x; /usr/bin/make\n", "jq make"),
        (
            "x.py",
            "import os, subprocess\nos.system('convert a b')\nsubprocess.run(['jq', '.'])\nmake = gcc('x')",
            "convert jq",
        ),
        (
            "x.py",
            "shutil.which('openssl'); subprocess.check_output(\"curl -s x | less\", shell=True)",
            "openssl curl less",
        ),
        ("x.pl", "my $x = `openssl version`; system('jq', 'x'); open(F, 'less');", "openssl jq"),
        ("x.rb", "x = %x(curl y); IO.popen('jq')", "curl jq"),
        ("x.php", "<?php shell_exec(\"convert $a $b\"); exec('jq');", "convert jq"),
        ("x.js", "require('child_process').execFile('jq', []); cp.spawn(\"curl\"); const a = `make`", "jq curl"),
        ("README.md", "run `gcc` and system('make')", ""),
        ("x.py", "\0\xff os.system('gcc')", ""),
    ],
)
def test_what_an_application_calls(name: str, text: str, kept: str) -> None:
    assert called({f"srv/{name}": text.encode("latin-1")}) == set(kept.split())


def test_what_the_image_starts() -> None:
    run = RunConfig(
        entrypoint=("/srv/tini", "--"),
        cmd=("/bin/sh", "-c", "jq . && exec openssl x"),
        healthcheck=Healthcheck(("CMD-SHELL", "curl -f localhost || exit 1")),
    )
    assert called({"srv/tini": b"x"}, run=run) == {"bin", "sh", "jq", "openssl", "curl"}


def test_scripts_of_packages_run_where_somebody_installed_them_and_hooks_do_not() -> None:
    layer: dict[str, scenes.Content] = {
        "usr/bin/wrapper": b"#!/bin/sh\njq\n",
        "etc/init.d/thing": b"#!/bin/sh\nmake\n",
        "usr/bin/unused": b"#!/bin/sh\ngcc\n",
    }
    package = Package("dpkg", "thing", "1", ("usr/bin/wrapper", "etc/init.d/thing"))
    known = scenes.scene(
        BASE, layer, packages=(package,), used=("usr/bin/wrapper",), made_by=("ADD x in /", "RUN apt x")
    )
    assert set(scenes.widened(known, Scripts)) == {"usr/bin/wrapper", "usr/bin/jq"}
    used = scenes.scene(BASE, {}, used=("etc/init.d/daemon",))
    assert scenes.widened(used, Scripts)["usr/bin/make"].detail == "/etc/init.d/daemon calls make"


def test_directories_of_scripts_are_gone_through() -> None:
    scripts: dict[str, scenes.Content] = {
        "run.sh": b"#!/bin/sh\nfor f in /usr/lib/hooks.d/*.sh; do . $f; done\nrun-parts /usr/parts\n"
    }
    known = scenes.scene(
        BASE | {"usr/lib/hooks.d/a.sh": b"jq", "usr/lib/hooks.d/b.txt": b"make", "usr/parts/x": b"#!/bin/sh\nless\n"},
        scripts,
        made_by=("ADD x in /", "COPY . /"),
    )
    found = scenes.widened(known, Application, Scripts)
    assert {"usr/lib/hooks.d/a.sh", "usr/bin/jq", "usr/parts/x", "usr/bin/less"} <= set(found)
    assert "usr/bin/make" not in found
    assert found["usr/bin/jq"].source == "run.sh"


def test_scripts_that_source_each_other_or_are_enormous_end() -> None:
    scripts: dict[str, scenes.Content] = {
        "a.sh": b". /b.sh\njq",
        "b.sh": b". /a.sh\n. /loop\n",
        "loop": "loop",
        "c.sh": b"#!/bin/sh\nless\n" + b"x" * MAX_SCRIPT_BYTES + b"\nmake\n",
    }
    assert called(scripts) == {"jq", "less"}


@pytest.mark.parametrize(
    "text", ["system" + " " * 10**6, "/a" * 10**6, "a=;" * 10**6, "`a" * 10**5, "os.system(" * 10**5]
)
def test_what_is_made_to_be_slow_is_read(text: str) -> None:
    assert not called({"run.sh": text.encode(), "run.py": text.encode()})


def test_a_cron_daemon_starts_what_crontabs_say() -> None:
    layer: dict[str, scenes.Content] = {
        "usr/sbin/cron": b"x",
        "etc/crontab": b"SHELL=/bin/sh\n17 *\t* * *\troot\tcd / && run-parts /etc/cron.hourly\n# * * * * * root gcc\n",
        "etc/cron.d/x": b"*/5 0-3 * * mon www [ -x y ] && jq x\n",
        "etc/cron.hourly/own": b"#!/bin/sh\nless\n",
        "var/spool/cron/crontabs/root": b"@reboot curl x\n0 0 1 1 * convert make\n",
    }
    base = BASE | {"etc/cron.hourly/base": b"#!/bin/sh\nopenssl\n"}
    with_daemon = scenes.scene(base, layer, used=("usr/sbin/cron",))
    found = {path.rpartition("/")[2] for path in scenes.widened(with_daemon, Scripts)}
    assert found == {"cron", "bin", "sh", "own", "jq", "less", "curl", "convert"}
    assert not scenes.widened(scenes.scene(base, layer), Scripts)


@pytest.mark.oracle
def test_a_real_script_runs_with_what_is_kept_alone(tmp_path: Path) -> None:
    """Debian's savelog in a directory of links to the commands that are found, and nothing else on its PATH."""
    names = ("savelog",)
    tools = {f"usr/bin/{path.name}": b"x" for path in Path("/usr/bin").iterdir() if path.is_file()}
    known = scenes.scene(
        {"var/lib/dpkg/status": b"x", **tools},
        {f"usr/bin/{name}": Path("/usr/bin", name).read_bytes() for name in names},
        made_by=("ADD x in /", "COPY x /usr/bin/"),
    )
    place = tmp_path / "bin"
    place.mkdir()
    for path in scenes.widened(known, Application, Scripts):
        (place / path.rpartition("/")[2]).symlink_to(f"/{path}")
    log = tmp_path / "log"
    log.write_text("line")
    done = subprocess.run(
        ["/bin/sh", "/usr/bin/savelog", "-n", "-t", str(log)], env={"PATH": str(place)}, capture_output=True, text=True
    )
    assert done.returncode == 0 and "not found" not in done.stderr, done.stderr
    assert (tmp_path / "log.0").read_text() == "line"
