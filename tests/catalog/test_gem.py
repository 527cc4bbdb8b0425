"""Gems, as RubyGems writes their specifications; gem says what is right."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, installed, survives, why
from shave.catalog import gem
from shave.package import Package
from shave.testing import Member

SPECIFICATION = b"""# -*- encoding: utf-8 -*-
# stub: nio4r 2.7.0 x86_64-linux lib
# stub: ext/nio4r/extconf.rb

Gem::Specification.new do |s|
  s.name = "nio4r".freeze
  s.version = "2.7.0"
  s.add_runtime_dependency(%q<rack>.freeze, [">= 1"])
  s.add_development_dependency(%q<rake>.freeze, [">= 0"])
end
"""
OLD = b"""Gem::Specification.new do |s|
  s.name = %q{x}
  s.name = 'old'
  s.version = Gem::Version.new("0.1.pre")
  s.add_dependency("rack", ["> 0"])
end
"""


def test_a_gem_for_one_platform_with_all_that_is_put_anywhere() -> None:
    full = "nio4r-2.7.0-x86_64-linux"
    home = "usr/local/bundle"
    members: dict[str, Member] = {
        f"/{home}/specifications/{full}.gemspec": SPECIFICATION,
        f"/{home}/gems/{full}/lib/nio4r.rb": b"",
        f"/{home}/gems/{full}-more/lib/nio4r.rb": b"",
        f"/{home}/extensions/x86_64-linux/3.1.0/{full}/gem.build_complete": b"",
        f"/{home}/cache/{full}.gem": b"",
        f"/{home}/bin/nio4r": b"",
    }
    (package,) = found(gem.packages, members)
    assert isinstance(package, Package)
    assert (package.unit, package.version, package.requires) == ("gem:nio4r", "2.7.0-x86_64-linux", ("gem:rack",))
    assert [path for path in package.paths if "." in path.rpartition("/")[2] and f"/{path}" in members] == [
        f"{home}/cache/{full}.gem",
        f"{home}/extensions/x86_64-linux/3.1.0/{full}/gem.build_complete",
        f"{home}/gems/{full}/lib/nio4r.rb",
        f"{home}/specifications/{full}.gemspec",
    ]


def test_a_default_gem_without_a_stub_line() -> None:
    path = "usr/lib/ruby/gems/3.1.0/specifications/default/old-0.1.pre.gemspec"
    expected = Package("gem", "old", "0.1.pre", (path,), ("gem:rack",), kind="default")
    assert found(gem.packages, {f"/{path}": OLD}) == [expected]


def test_a_specification_of_another_gem_says_why() -> None:
    for data in (b"", SPECIFICATION, b"# stub: ../../x 1 ruby lib\n", b"\xff\0"):
        assert why(gem.packages, {"/specifications/x-1.gemspec": data})


@given(st.binary(max_size=99) | st.binary(max_size=20).map(lambda data: b"# stub: a 1 ruby " + data))
def test_no_specification_is_too_strange(data: bytes) -> None:
    survives(gem.packages, "g/specifications/a-1.gemspec", "g/gems/a-1/lib/a.rb")(data)


@pytest.mark.oracle
def test_gem_says_the_same(tmp_path: Path) -> None:
    environment = os.environ | {"GEM_HOME": str(tmp_path / "home"), "GEM_PATH": str(tmp_path / "home")}

    def run(*command: str) -> str:
        return subprocess.check_output(command, cwd=tmp_path, env=environment, text=True, stderr=subprocess.PIPE)

    for name, needs in (("one", ["two"]), ("two", [])):
        source = tmp_path / f"lib/{name}.rb"
        source.parent.mkdir(exist_ok=True)
        source.write_text("")
        dependencies = "".join(f"s.add_dependency '{need}', '> 1'; " for need in needs)
        said = f"s.name = '{name}'; s.version = '1.2'; s.summary = s.author = 'x'; s.files = ['lib/{name}.rb']"
        developed = "s.add_development_dependency 'rake', '> 1'"
        (tmp_path / f"{name}.gemspec").write_text(
            f"Gem::Specification.new {{ |s| {said}; {dependencies} {developed} }}"
        )
        run("gem", "build", "--quiet", f"{name}.gemspec")
    run("gem", "install", "--local", "--no-document", "--quiet", "one-1.2.gem", "two-1.2.gem")
    packages = {each.name: each for each in installed(gem.packages, tmp_path / "home")}
    listed = [line for line in run("gem", "list", "--local", "--quiet").splitlines() if "default" not in line]
    assert [f"{name} ({each.version})" for name, each in sorted(packages.items())] == listed
    for name, each in packages.items():
        contents = {str(Path(line).relative_to(tmp_path / "home")) for line in run("gem", "contents", name).split()}
        assert contents < set(each.paths)
    assert packages["one"].requires == ("gem:two",)
