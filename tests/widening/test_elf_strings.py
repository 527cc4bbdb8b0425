"""What strings of programs lead to, in programs that a compiler made and in made-up ones."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import elves
import scenes
from shave.package import Package
from shave.widening.elf_strings import ElfStrings

SOURCE = r"""
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
    char name[99];
    snprintf(name, sizeof name, "libfamily.so.%d", count);
    void *one = dlopen("libplugin.so.2", RTLD_NOW), *two = dlopen(name, RTLD_NOW);
    FILE *magic = fopen("/usr/share/thing/magic.mgc", "r");
    FILE *mail = popen("/usr/sbin/sendmail -t", "w");
    execlp("asked-tool", "asked-tool", (char *)0);
    puts(getenv("THING_PLUGINS") ? "" : "/usr/lib/thing/plugins");
    return puts("thing-helper") + !one + !two + !magic + !mail;
}
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A shared library of nothing."""
    return _compiled(tmp_path_factory.mktemp("library"), "int x;", "-shared")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return _compiled(tmp_path_factory.mktemp("program"), SOURCE)


def _compiled(place: Path, source: str, *options: str) -> bytes:
    (place / "x.c").write_text(source)
    subprocess.run(["gcc", "-fPIC", *options, "-o", place / "x", place / "x.c"], check=True)
    return (place / "x").read_bytes()


def test_what_a_compiled_program_names_stays(program: bytes, library: bytes) -> None:
    libraries = "usr/lib/x86_64-linux-gnu"
    named = {
        f"{libraries}/libplugin.so.2": library,
        f"{libraries}/libfamily.so.1": library,
        f"{libraries}/libfamily.so.7": library,
        "usr/share/thing/magic.mgc": b"x",
        "usr/lib/thing/plugins/a.so": library,
        "usr/lib/thing/thing-helper": b"x",
        "usr/sbin/sendmail": b"x",
        "usr/bin/asked-tool": b"x",
    }
    others = {f"{libraries}/libother.so.1": library, "usr/lib/thing/other": b"x", "usr/bin/main": b"x"}
    layer: dict[str, scenes.Content] = {"usr/bin/thing": program, **named, **others}
    thing = ("usr/bin/thing", "usr/lib/thing/thing-helper", "usr/lib/thing/other")
    packages = (
        Package("dpkg", "thing", "1", thing),
        Package("dpkg", "asked", "1", ("usr/bin/asked-tool", "usr/sbin/sendmail"), asked=True),
        Package("dpkg", "word", "1", ("usr/bin/main",), asked=False),
    )
    known = scenes.scene({"var/lib/dpkg/status": b"x"}, layer, packages=packages, used=("usr/bin/thing",))
    assert set(scenes.widened(known)) == {"usr/bin/thing"}
    found = scenes.widened(known, ElfStrings)
    assert set(found) == {"usr/bin/thing", *named}
    assert found["usr/share/thing/magic.mgc"].detail == "/usr/bin/thing names /usr/share/thing/magic.mgc"
    assert found["usr/sbin/sendmail"].detail == "/usr/bin/thing starts /usr/sbin/sendmail"


def strings(*texts: bytes) -> bytes:
    return elves.program({".rodata": b"\0" + b"\0".join(texts) + b"\0", ".dynstr": b"\0execvp\0"})


@pytest.mark.parametrize(
    "directory",
    ["usr/share", "usr/lib", "etc/thing", "usr/lib/python3", "var/lib/dpkg", "usr/local/lib", "many/of/all"],
)
def test_directories_of_everybody_do_not_stay(directory: str) -> None:
    layer: dict[str, scenes.Content] = {"app": strings(f"/{directory}".encode()), f"{directory}/sub/file": b"x"}
    packages = [Package("dpkg", str(number), "1", ("many", "many/of", "many/of/all")) for number in range(4)]
    known = scenes.scene({}, layer, packages=packages, used=("app",))
    assert set(scenes.widened(known, ElfStrings)) == {"app"}


def test_large_directories_do_not_stay_and_cycles_of_symlinks_end() -> None:
    layer: dict[str, scenes.Content] = {
        "app": strings(b"/opt/x/large", b"/opt/x/many", b"/opt/x/loop"),
        "opt/x/large/file": bytes(5_000_000),
        "opt/x/loop": "/opt/x/loop",
        **{f"opt/x/many/{number}": b"x" for number in range(600)},
    }
    assert set(scenes.widened(scenes.scene({}, layer, used=("app",)), ElfStrings)) == {"app"}


def test_the_base_names_nothing_and_no_version_of_everything_stays(library: bytes) -> None:
    base: dict[str, scenes.Content] = {
        "var/lib/dpkg/status": b"x",
        "usr/bin/base": strings(b"/usr/bin/tool"),
        "usr/bin/tool": b"x",
    }
    layer: dict[str, scenes.Content] = {
        "app": strings(b"lib%s.so", b"libx.so.", b"%s.so.%d"),
        "usr/lib/libany.so": library,
    }
    known = scenes.scene(base, layer, used=("app", "usr/bin/base"))
    assert set(scenes.widened(known, ElfStrings)) == {"app", "usr/bin/base"}


@given(st.binary(max_size=400), st.integers(0, 400), st.binary(max_size=8))
def test_any_bytes_lead_nowhere_wrong(text: bytes, at: int, patch: bytes) -> None:
    data = strings(text)
    broken = data[:at] + patch + data[at + len(patch) :]
    assert set(scenes.widened(scenes.scene({}, {"app": broken}, used=("app",)), ElfStrings)) == {"app"}
