"""Places to build at: a spec, the archive that it names, a working directory, and what failures must leave of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

import debs
from cli import BUSYBOX, Done, Shave
from debian_archives import Key, Repository, deb, repository
from shave.testing import File, Symlink

SPEC = """
suite = "test"
architecture = "amd64"
packages = [{packages}]
[[archive]]
uri = "{uri}"
suite = "test"
keyring = "{keyring}"
{more}
"""
PROBED = """
[image]
cmd = ["/bin/sh", "-c", "cat /usr/share/lib"]
[[probe]]
name = "text"
command = ["/bin/sh", "-c", "cat /usr/share/lib"]
"""
PREVIOUS = "the lock of an earlier day\n"


def archive(root: Path, key: Key) -> Repository:
    """``app``, which needs ``lib``; packages that cannot be; a shell."""
    packages = {"app_1.0": "Depends: lib", "lib_1.0": "", "demanding_1.0": "Depends: lib (>= 9)"}
    made = repository(root, key, packages)
    shell = {"./bin/busybox": File(BUSYBOX.read_bytes(), 0o755), "./bin/sh": Symlink("busybox")}
    shell |= {"./bin/cat": Symlink("busybox")}
    for name, files in {"shell": shell, "rival": {"./usr/share/lib": b"rival"}}.items():
        data = debs.package(files, name, Architecture="amd64")
        (root / f"pool/{name}_1_amd64.deb").write_bytes(data)
    made.index()
    made.release()
    return made


class Site(Struct, frozen=True):
    """``here`` is the working directory, ``spec.toml`` and an earlier lock in it; ``repository`` is the site's own."""

    here: Path
    shave: Shave
    repository: Repository

    def spec(self, *packages: str, uri: str = "", more: str = "", **fields: str) -> None:
        """Write the spec; ``fields`` are more of its archive's."""
        said = "".join(f'{name} = "{value}"\n' for name, value in fields.items() if name != "keyring")
        keyring = fields.get("keyring", str(self.repository.key.public))
        names = ", ".join(f'"{name}"' for name in packages)
        uri = uri or self.repository.root.as_uri()
        (self.here / "spec.toml").write_text(SPEC.format(packages=names, uri=uri, keyring=keyring, more=said + more))

    def python(self) -> None:
        """Packages in the archive by whose names and versions wheels are chosen."""
        fields = {"python3_3.11.2-1": "Depends: python3.11-minimal", "python3.11-minimal_3.11.2-6": "Depends: libc6"}
        for name, text in (fields | {"libc6_2.36-9": ""}).items():
            deb(self.repository.root / "pool", name, text)
        self.repository.index()
        self.repository.release()

    @property
    def lock(self) -> Path:
        return self.here / "spec.toml.lock"

    def locked(self) -> None:
        """A lock of the spec, made as users make it."""
        done = self.shave("build", "-q", "spec.toml", "--lock")
        assert done.code == 0, done.err

    def built(self, *options: str, **environment: str) -> dict[str, Any]:
        """The answer of a build that must go well."""
        done = self.shave("build", "-q", "spec.toml", "-o", "oci:out:x", "--format", "json", *options, **environment)
        assert done.code == 0, done.err
        answer: dict[str, Any] = json.loads(done.out)
        return answer

    def refused(self, *options: str, code: int = 3, **environment: str) -> str:
        """The sentence and the hint of a build that must fail, and leaves everything as it was."""
        before = self.files()
        done = self.shave("build", "-q", "spec.toml", "-o", "oci:out:x", *options, **environment)
        assert self.files() == before
        self.nothing_left()
        return in_one_sentence(done, code)

    def files(self) -> Mapping[str, bytes]:
        """All in the working directory."""
        return {str(path): path.read_bytes() for path in self.here.rglob("*") if path.is_file()}

    def nothing_left(self) -> None:
        """No workspace, no temporary file, no half of a file in a cache."""
        place = self.here.parent
        left = [*(place / "tmp").glob("*/*"), *(path for path in (place / "tmp").glob("*") if path.is_file())]
        left += [*(place / "xdg_cache_home/shave/work").glob("*"), *(place / "xdg_cache_home").rglob(".*")]
        assert left == []


def in_one_sentence(done: Done, code: int = 3) -> str:
    """The sentence and its hint."""
    assert (done.code, done.out) == (code, ""), done
    sentence, hint = done.err.splitlines()
    assert sentence.startswith("shave: ") and hint.startswith("hint: ")
    assert "Errno" not in sentence and "Traceback" not in sentence
    return done.err
