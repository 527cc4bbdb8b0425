"""Writes facts/package_sizes.toml: what apt brings with the packages that Dockerfiles install to build.

    docker run --rm debian:bookworm-slim cat /var/lib/dpkg/status >status
    python bench/package_sizes.py status >src/shave/facts/package_sizes.toml

on a machine with Debian 12 (amd64), whose lists are fetched. ``status`` is what the image has already.
"""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ASKED = """
build-essential gcc g++ cpp make cmake ninja-build meson autoconf automake libtool pkg-config libc6-dev dpkg-dev
binutils clang llvm lld gfortran rustc cargo golang-go ghc bison flex m4 gettext patch swig nasm yasm git mercurial
default-jdk default-jdk-headless openjdk-17-jdk openjdk-17-jdk-headless openjdk-17-jre-headless maven ant
python3-dev python3-pip ruby-dev libpq-dev libssl-dev libffi-dev libxml2-dev libxslt1-dev zlib1g-dev libjpeg-dev
libjpeg62-turbo-dev libpng-dev libfreetype6-dev libtiff-dev libwebp-dev libzip-dev libicu-dev libonig-dev
libcurl4-openssl-dev libcurl4-gnutls-dev libsqlite3-dev libbz2-dev liblzma-dev libreadline-dev libncurses-dev
libncurses5-dev libyaml-dev libgmp-dev libmariadb-dev default-libmysqlclient-dev libmagickwand-dev libevent-dev
libpcre3-dev libpcre2-dev libgd-dev libvips-dev libgdal-dev libgeos-dev libopenblas-dev liblapack-dev libblas-dev
libhdf5-dev libboost-all-dev libeigen3-dev libopencv-dev libglib2.0-dev libcairo2-dev libldap2-dev libsasl2-dev
libkrb5-dev unixodbc-dev libsystemd-dev libmemcached-dev librdkafka-dev libzmq3-dev libzstd-dev protobuf-compiler
libprotobuf-dev libsodium-dev uuid-dev wget curl gnupg unzip
"""
LEAST_UNPACKED_BYTES = 100_000
GZIP = 1.15
"""A .deb is packed by xz; layers are by gzip, which makes that much of it: 69 MB of build-essential become 80."""


def main(status: Path) -> None:
    """Prints the table."""
    had = set(re.findall(r"^Package: (.*)$", status.read_text(), re.MULTILINE))
    brought = {name: _brought(name, status) - had for name in ASKED.split()}
    names = sorted(set().union(*brought.values()))
    sizes = dict(_sizes(names))
    small = {name for name in names if sizes[name][1] < LEAST_UNPACKED_BYTES and name not in brought}
    print(HEAD)
    for name in sorted(sizes.keys() - small):
        packed, unpacked = sizes[name]
        needs = sorted(_direct(name, brought) - small) if name in brought else []
        more = f", needs = {json.dumps(needs)}" if needs else ""
        print(f'"{name}" = {{ packed_bytes = {packed}, unpacked_bytes = {unpacked}{more} }}')


def _brought(name: str, status: Path) -> set[str]:
    """What apt would install, itself among it."""
    where = ["-o", f"Dir::State::status={status.absolute()}", "-o", "Dir::State::extended_states=/dev/null"]
    line = ["apt-get", "-s", *where, "install", "--no-install-recommends", name]
    said = subprocess.run(line, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"^Inst (\S+)", said, re.MULTILINE))


def _direct(name: str, brought: dict[str, set[str]]) -> set[str]:
    """What comes with a package, without what comes with another of these."""
    rest, found = brought[name] - {name}, set()
    inner = [each for each in rest if each in brought and name not in brought[each]]
    for each in sorted(inner, key=lambda each: (-len(brought[each]), each)):
        if each in rest:
            found.add(each)
            rest -= brought[each]
    return found | rest


def _sizes(names: list[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """The bytes of each, packed and unpacked."""
    line = ["apt-cache", "show", "--no-all-versions", *names]
    for each in subprocess.run(line, capture_output=True, text=True, check=True).stdout.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Size|Installed-Size): (.*)$", each, re.MULTILINE))
        if fields:
            unpacked = int(fields["Installed-Size"]) * 1024
            yield fields["Package"], (min(int(int(fields["Size"]) * GZIP), unpacked), unpacked)


HEAD = """\
# What packages that serve builds cost, and what comes with them onto debian:bookworm-slim: made by
# bench/package_sizes.py. Packages of less than 100 kB that nobody asks for are left out.

source = "Debian 12 (amd64), with what apt-get install --no-install-recommends brings along"

[dpkg]"""

if __name__ == "__main__":
    main(Path(sys.argv[1]))
