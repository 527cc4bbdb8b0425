"""Files and gems that Ruby code names; what a real ruby loads is the oracle."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from hosts import Host
from shave.needs.ruby import Ruby

RUBY, GEMS = "usr/local/lib/ruby/3.3.0", "usr/local/bundle"
LAYER: dict[str, scenes.Content] = {
    f"{RUBY}/csv.rb": b"",
    f"{RUBY}/x86_64-linux/digest.so": b"",
    "usr/lib/ruby/vendor_ruby/nokogiri.rb": b"",
    f"{GEMS}/gems/rack-3.0.1/lib/rack.rb": b"",
    f"{GEMS}/gems/concurrent-ruby-1.2/lib/concurrent-ruby/concurrent.rb": b"",
    f"{GEMS}/extensions/x86_64-linux/3.3.0/puma-6.0/puma/puma_http11.so": b"",
    f"{GEMS}/specifications/rack-3.0.1.gemspec": b"",
    f"{GEMS}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec": b"",
    "app/lib/deep.rb": b"",
    "opt/own/mine.rb": b"",
}


def named(code: bytes, path: str = "app/main.rb", environment: dict[str, str] | None = None) -> set[str]:
    files = scenes.Files([{**LAYER, path: code}])
    return {link.target for link in Ruby(files, environment or {}).links(path, code[:256])}


@pytest.mark.parametrize(
    ("code", "targets"),
    [
        (b"require 'csv'", {f"{RUBY}/csv.rb"}),
        (b'def x; require("digest"); end', {f"{RUBY}/x86_64-linux/digest.so"}),
        (b"require 'digest.so'", {f"{RUBY}/x86_64-linux/digest.so"}),
        (b"begin; require 'nokogiri' ; rescue LoadError; end", {"usr/lib/ruby/vendor_ruby/nokogiri.rb"}),
        (b"autoload :Rack, 'rack'", {f"{GEMS}/gems/rack-3.0.1/lib/rack.rb"}),
        (b"require 'concurrent'", {f"{GEMS}/gems/concurrent-ruby-1.2/lib/concurrent-ruby/concurrent.rb"}),
        (b"require 'puma/puma_http11'", {f"{GEMS}/extensions/x86_64-linux/3.3.0/puma-6.0/puma/puma_http11.so"}),
        (b"require_relative 'lib/deep'", {"app/lib/deep.rb"}),
        (b"require_relative '../../../../app/lib/deep'", {"app/lib/deep.rb"}),
        (b"load '/app/lib/deep.rb'", {"app/lib/deep.rb"}),
        (b"load Gem.activate_bin_path('rack', 'rackup', version)", {f"{GEMS}/specifications/rack-3.0.1.gemspec"}),
        (b"gem 'nokogiri', '>= 1'", {f"{GEMS}/specifications/nokogiri-1.16.0-x86_64-linux.gemspec"}),
        (b"require 'absent'; require \"#{csv}\"", set()),
        (b"acquire 'csv'", set()),
    ],
)
def test_what_code_names(code: bytes, targets: set[str]) -> None:
    assert named(code) == targets


def test_a_program_is_known_by_its_first_line() -> None:
    assert named(b"#!/usr/bin/env ruby\nrequire 'csv'", "usr/local/bin/tool") == {f"{RUBY}/csv.rb"}
    assert named(b"#!/bin/sh\nrequire 'csv'", "usr/local/bin/tool") == set()


def test_directories_of_the_environment() -> None:
    assert named(b"require 'mine'", environment={"RUBYLIB": "/opt/own"}) == {"opt/own/mine.rb"}


@given(st.binary(max_size=400))
def test_garbage_names_nothing_that_is_not_there(data: bytes) -> None:
    assert named(data) <= {*LAYER, "app/main.rb"}


def test_what_ruby_itself_loads_is_named(tmp_path: Path) -> None:
    script = tmp_path / "main.rb"
    script.write_text("require 'csv'; require 'erb'; require 'net/http'; require 'logger'; puts $LOADED_FEATURES")
    ended = ["--disable-gems", str(script)]
    loaded = {os.path.realpath(path).strip("/") for path in _said(*ended) if path.startswith("/")}
    before = {os.path.realpath(path).strip("/") for path in _said("--disable-gems", "-e", "puts $LOADED_FEATURES")}
    host = Host(*(path for path in _said("-e", "puts $LOAD_PATH") if Path(path).is_dir()), str(tmp_path))
    kept = host.kept(Ruby(host, {}), [str(script)])
    assert len(loaded - before) > 20
    assert loaded - before <= kept


def _said(*arguments: str) -> list[str]:
    return subprocess.run(["ruby", *arguments], check=True, capture_output=True, text=True).stdout.split()
