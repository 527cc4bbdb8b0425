"""Modules that Perl code names; what a real perl loads is the oracle."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from hosts import Host
from shave.needs.perl import Perl

VENDOR, ARCH = "usr/share/perl5", "usr/lib/x86_64-linux-gnu/perl5/5.36"
CORE, BASE = "usr/share/perl/5.36.0", "usr/lib/x86_64-linux-gnu/perl-base"
LAYER: dict[str, scenes.Content] = {
    f"{VENDOR}/Shop/Cart.pm": b"package Shop::Cart; use Other;",
    f"{VENDOR}/Shop/Base.pm": b"",
    f"{VENDOR}/Other.pm": b"package Other; use File::Copy; require Third;",
    f"{VENDOR}/Third.pm": b"",
    f"{VENDOR}/Drive/One.pm": b"",
    f"{VENDOR}/legacy.pl": b"",
    f"{ARCH}/Fast.pm": b"",
    f"{ARCH}/auto/Fast/Fast.so": b"",
    f"{CORE}/File/Copy.pm": b"use Client;",
    f"{VENDOR}/Client.pm": b"",
    "srv/lib/Own.pm": b"",
    "srv/near.pl": b"",
}


def named(code: bytes, path: str = "srv/main.pl", environment: dict[str, str] | None = None) -> set[str]:
    files = scenes.Files([{**LAYER, path: code}])
    return {link.target for link in Perl(files, environment or {}).links(path, code[:256])}


@pytest.mark.parametrize(
    ("code", "targets"),
    [
        (b"use Shop::Base;", {f"{VENDOR}/Shop/Base.pm"}),
        (b"eval { require Shop::Base; 1 }", {f"{VENDOR}/Shop/Base.pm"}),
        (b"use parent -norequire, qw(Shop::Base\n Third);", {f"{VENDOR}/Shop/Base.pm", f"{VENDOR}/Third.pm"}),
        (b"extends 'Third';", {f"{VENDOR}/Third.pm"}),
        (b"load_class('Shop::Base')", {f"{VENDOR}/Shop/Base.pm"}),
        (b'my $class = "Drive::$name";', {f"{VENDOR}/Drive/One.pm"}),
        (b"use Fast;", {f"{ARCH}/Fast.pm", f"{ARCH}/auto/Fast/Fast.so"}),
        (b"require 'legacy.pl'; do './near.pl';", {f"{VENDOR}/legacy.pl", "srv/near.pl"}),
        (b"use lib '/srv/lib';\nuse Own;", {"srv/lib/Own.pm"}),
        (b"# use Shop::Base;\n=pod\n\nuse Shop::Base;\n\n=cut\n", set()),
        (b"1;\n__END__\nuse Shop::Base;", set()),
        (b"use Absent; use ../../etc;", set()),
    ],
)
def test_what_code_names(code: bytes, targets: set[str]) -> None:
    assert named(code) == targets


def test_a_program_is_followed_through_perls_own_modules() -> None:
    found = named(b"#!/usr/bin/perl\nuse Shop::Cart;", "srv/main")
    assert found == {f"{VENDOR}/{name}.pm" for name in ("Shop/Cart", "Other", "Third", "Client")} | {
        f"{CORE}/File/Copy.pm"
    }


def test_a_module_of_a_package_does_not_bring_perl() -> None:
    assert named(b"use File::Copy; use Third;", f"{VENDOR}/New.pm") == {f"{VENDOR}/Third.pm"}
    assert named(b"use Client;", f"{BASE}/New.pm") == set()


def test_directories_of_the_environment() -> None:
    assert named(b"use Own;") == set()
    assert named(b"use Own;", environment={"PERL5LIB": "relative:/srv/lib"}) == {"srv/lib/Own.pm"}


def test_the_files_of_a_distribution_that_cpan_installed() -> None:
    files = scenes.Files([{"auto/X/.packlist": b"/usr/local/share/perl/X.pm\n/usr/local/bin/x type=file\n"}])
    found = [link.target for link in Perl(files, {}).links("auto/X/.packlist", b"")]
    assert found == ["/usr/local/share/perl/X.pm", "/usr/local/bin/x"]


@given(st.binary(max_size=400))
def test_garbage_names_nothing_that_is_not_there(data: bytes) -> None:
    assert named(data) <= {*LAYER, "srv/main.pl"}


def test_what_perl_itself_loads_is_named(tmp_path: Path) -> None:
    script = tmp_path / "main.pl"
    script.write_text(r'use POSIX; use JSON::PP; use File::Temp; use HTTP::Tiny; print "$_\n" for values %INC;')
    loaded = {os.path.realpath(path).strip("/") for path in _said(str(script)) if path.endswith(".pm")}
    directories = {os.path.realpath(path) for path in _said("-e", r'print "$_\n" for @INC') if Path(path).is_dir()}
    host = Host(*directories, str(tmp_path))
    kept = host.kept(Perl(host, {}), [str(script)])
    assert len(loaded) > 30
    assert loaded <= kept


def _said(*arguments: str) -> list[str]:
    return subprocess.run(["perl", *arguments], check=True, capture_output=True, text=True).stdout.split()
