"""The part of facts/libraries.toml that is Debian's: ``python bench/libraries.py http://deb.debian.org/debian``.

A library counts if packages of many sources depend on its package; the soname is the shortest name that a package has
of it in a directory of the dynamic loader.
"""

import gzip
import json
import lzma
import re
import sys
import urllib.request
from collections import defaultdict

SUITES = ("bullseye", "bookworm", "trixie")
DEPENDENTS = 10
"""Sources of whose packages one at least depends on the library's."""
Row = tuple[str, tuple[str, ...]]
LIBRARY = re.compile(r"(?:usr/)?lib/x86_64-linux-gnu/([^/]+\.so(?:\.\d+)*)\s+(\S+)")


def main(mirror: str) -> None:
    """Print a table for each set of suites: the sonames of the packages that all of them have so."""
    suites: defaultdict[Row, list[str]] = defaultdict(list)
    for suite in SUITES:
        where = f"{mirror}/dists/{suite}/main"
        wanted = popular(lzma.decompress(fetched(f"{where}/binary-amd64/Packages.xz")).decode())
        contents = gzip.decompress(fetched(f"{where}/Contents-amd64.gz")).decode()
        for package, names in sonames(contents).items():
            if package in wanted:
                suites[package, tuple(sorted(names))].append(suite)
    for having in sorted(set(map(tuple, suites.values()))):
        print(f"\n[[debian]]\nsuites = {json.dumps(having)}\n[debian.sonames]")
        for package, listed in sorted(row for row, found in suites.items() if tuple(found) == having):
            print(f"{json.dumps(package)} = {json.dumps(listed)}")


def fetched(url: str) -> bytes:
    """The body of a file of the archive."""
    with urllib.request.urlopen(url, timeout=120) as answer:
        return bytes(answer.read())


def popular(packages: str) -> set[str]:
    """The packages on which many sources depend."""
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for paragraph in packages.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Source|Depends|Pre-Depends): (.*)$", paragraph, re.MULTILINE))
        source = str(fields.get("Source", fields.get("Package", ""))).partition(" ")[0]
        wanted = f"{fields.get('Depends', '')}, {fields.get('Pre-Depends', '')}"
        for name in re.findall(r"(?:^|[,|] *)([a-z0-9][a-z0-9.+-]+)", wanted):
            sources[name].add(source)
    return {name for name, found in sources.items() if len(found) >= DEPENDENTS}


def sonames(contents: str) -> dict[str, set[str]]:
    """What the packages of a Contents file have in directories of the loader, but for what compilers link with."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, owners in LIBRARY.findall(contents):
        for owner in owners.split(","):
            if not owner.endswith("-dev"):
                found[owner.rpartition("/")[2]].add(name)
    return {package: {name for name in names if not _is_longer(name, names)} for package, names in found.items()}


def _is_longer(name: str, names: set[str]) -> bool:
    """Whether it is the file that a soname's link leads to: ``libz.so.1.2.13`` beside ``libz.so.1``, or glibc's own
    ``libm-2.31.so``.
    """
    return any(name.startswith(f"{other}.") for other in names) or name.endswith("-2.31.so")


if __name__ == "__main__":
    main(sys.argv[1])
