"""What lock files name."""

import json

from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.package import Package
from shave.widening.bundled import Bundled

HOME = "usr/local/bundle"
GEMS = ("rack", "puma", "nio4r", "rspec", "rspec-core", "pry")
LOCK = b"""GEM
  remote: https://rubygems.org/
  specs:
    nio4r (2.5.9)
    pry (0.14)
    puma (6.4.2)
      nio4r (~> 2.0)
    rack (3.0.1)
    rspec (3.13)
      rspec-core (~> 3.13)
    rspec-core (3.13)

PLATFORMS
  ruby

DEPENDENCIES
  pry
  puma (~> 6.4)
  rack
  rspec

BUNDLED WITH
   2.4.20
"""
GEMFILE = b"""source "https://rubygems.org"
ruby "3.3.0" if ENV["X"]
gem "rack" # group :test do
platforms :ruby do
  gem "puma", "~> 6.4"
end
group :development, :test do
  if true
    gem 'rspec'
  end
end
gem "pry", group: :development
"""


def gem(name: str, version: str = "1", kind: str = "") -> Package:
    paths = (f"{HOME}/gems/{name}-{version}/lib/{name}.rb", f"{HOME}/specifications/{name}-{version}.gemspec")
    return Package("gem", name, version, paths, kind=kind)


def libraries(*layers: dict[str, scenes.Content], packages: tuple[Package, ...], used: str) -> set[str]:
    """The names of the packages that stay whole."""
    known = scenes.scene({}, *layers, packages=packages, used=(used,))
    assert set(scenes.widened(known)) == {used}
    kept = set(scenes.widened(known, Bundled))
    return {package.name for package in packages if set(package.paths) <= kept}


def bundled(**files: bytes) -> set[str]:
    packages = tuple(gem(name) for name in GEMS)
    layer = {path: b"x" for package in packages for path in package.paths}
    return libraries(
        {**layer, **{f"app/{name}": data for name, data in files.items()}}, packages=packages, used="app/Gemfile.lock"
    )


def test_gems_of_a_lock_less_those_for_development() -> None:
    assert bundled(**{"Gemfile.lock": LOCK, "Gemfile": GEMFILE}) == {"rack", "puma", "nio4r"}


def test_all_gems_of_a_lock_without_a_gemfile() -> None:
    assert bundled(**{"Gemfile.lock": LOCK}) == set(GEMS)


def test_of_two_versions_the_locked_one() -> None:
    packages = (gem("rack", "2.0"), gem("rack", "3.0.1"))
    layer = {path: b"x" for package in packages for path in package.paths}
    known = scenes.scene({}, {**layer, "app/Gemfile.lock": LOCK}, packages=packages, used=("app/Gemfile.lock",))
    kept = scenes.widened(known, Bundled)
    assert packages[1].paths[0] in kept
    assert packages[0].paths[0] not in kept


def test_without_a_lock_the_gems_that_somebody_installed() -> None:
    own = "usr/local/lib/ruby/gems/3.3.0"
    bundled_gem = Package("gem", "rbs", "3", (f"{own}/specifications/rbs-3.gemspec",))
    default = Package("gem", "json", "2", (f"{own}/specifications/default/json-2.gemspec",), kind="default")
    later = Package("gem", "sinatra", "4", (f"{own}/specifications/sinatra-4.gemspec",))
    system = gem("nokogiri")
    debian = Package("dpkg", "ruby-nokogiri", "1", system.paths)
    ruby = {"usr/local/bin/ruby": b"x", **dict.fromkeys((*bundled_gem.paths, *default.paths, *system.paths), b"x")}
    installed = dict.fromkeys((*gem("rack").paths, *later.paths), b"x")
    packages = (debian, system, bundled_gem, default, gem("rack"), later)
    assert libraries(ruby, installed, packages=packages, used="usr/local/bin/ruby") == {"rack", "sinatra"}


def test_packages_of_composer_less_those_for_development() -> None:
    names = ("acme/greet", "acme/speck")
    packages = tuple(Package("composer", name, "1", (f"srv/vendor/{name}/src/It.php",)) for name in names)
    elsewhere = Package("composer", "acme/elsewhere", "1", ("opt/vendor/acme/elsewhere/It.php",))
    layer = {path: b"x" for package in (*packages, elsewhere) for path in package.paths}
    record = "srv/vendor/composer/installed.json"
    for said, kept in (({"dev-package-names": ["acme/speck", 1]}, {"acme/greet"}), ([], set(names))):
        with_record = {**layer, record: json.dumps(said).encode()}
        assert libraries(with_record, packages=(*packages, elsewhere), used=record) == kept


@given(st.text(max_size=300), st.text(max_size=300))
def test_garbage_raises_nothing(lock: str, gemfile: str) -> None:
    bundled(**{"Gemfile.lock": LOCK + lock.encode(), "Gemfile": gemfile.encode()})
