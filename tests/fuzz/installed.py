"""Records of package managers: whatever they say, there are packages of sound paths or a reason why there are none.

Every record of a manager has the same bytes, so that one seed is in the form of all of them.
"""

import json
import sqlite3
import struct
from contextlib import closing

from catalogs import survives
from shave.catalog import apk, composer, conda, dpkg, gem, node, python, rpm


def _rpm() -> bytes:
    """A database of one header: name, version, release, one file, one need."""
    data = b"a\x001\x002\x00/usr/\x00b\x00c\x00" + bytes(4)
    strings = ((1000, 6, 0, 1), (1001, 6, 2, 1), (1002, 6, 4, 1), (1118, 8, 6, 1), (1117, 8, 12, 1), (1049, 8, 14, 1))
    entries = b"".join(struct.pack(">IIII", *entry) for entry in (*strings, (1116, 4, 16, 1)))
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("PRAGMA page_size = 512")
        database.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        database.execute("INSERT INTO Packages VALUES (1, ?)", (struct.pack(">II", 7, len(data)) + entries + data,))
        database.commit()
        return database.serialize()


_SITE = "lib/python3.11/site-packages/x-1"
_DPKG = b"Package: x\nStatus: install ok installed\nVersion: 1\nDepends: y | z, w (>1)\n\n/bin/../x\n0\n"
_APK = b"P:a\nV:1\np:so:b=1 cmd:c\nD:so:b !d e>1\nF:usr/bin\nR:x\n\nP:b\nV:2\nD:so:b\n"
_PYTHON = b"Name: x\nVersion: 1\nRequires-Dist: y>1; python_version < '3' or extra == ''\n\n../../../bin/x,sha256=y,1\n"
_GEM = b"# stub: x 1 ruby lib\ns.name = 'x'\ns.version = '1'\ns.add_runtime_dependency(%q<y>.freeze, ['> 1'])\n"
_CONDA = {"name": "a", "version": "1", "build": "0", "depends": ["b >1"], "files": ["bin/a", "../b"]}
_NODE = {"name": "@a/b", "version": "1", "dependencies": {"c": "npm:d@1"}, "optionalDependencies": {"e": "1"}}
_COMPOSER = [{"name": "a/b", "version": "1", "install-path": "../a/b", "require": {"php": "8", "c/d": "1"}}]

READERS = {
    "dpkg": (
        survives(dpkg.packages, *(f"var/lib/dpkg/{name}" for name in ("status", "diversions", "info/x.list"))),
        (_DPKG,),
    ),
    "apk": (survives(apk.packages, "lib/apk/db/installed", "etc/apk/world"), (_APK,)),
    "rpm": (survives(rpm.packages, "var/lib/rpm/rpmdb.sqlite"), (_rpm(),)),
    "conda": (survives(conda.packages, "opt/conda-meta/x.json"), (json.dumps(_CONDA).encode(),)),
    "python": (
        survives(python.packages, f"{_SITE}.dist-info/METADATA", f"{_SITE}.dist-info/RECORD", f"{_SITE}.egg-info"),
        (_PYTHON,),
    ),
    "node": (
        survives(node.packages, "node_modules/a/package.json", "node_modules/@b/c/package.json"),
        (json.dumps(_NODE).encode(),),
    ),
    "gem": (survives(gem.packages, "g/specifications/x-1.gemspec", "g/gems/x-1/x.rb"), (_GEM,)),
    "composer": (
        survives(composer.packages, "app/vendor/composer/installed.json", "app/vendor/a/b/c.php"),
        (json.dumps(_COMPOSER).encode(), json.dumps({"packages": _COMPOSER}).encode()),
    ),
}
"""By manager: what reads, and what is right."""
