"""What Debian's maintainer scripts would do, done without running them.

A script is followed as dpkg would run it at a first installation; each command that it would start is emulated, known
to be harmless (``facts/maintainer.toml``), or a remark: never nothing.

Sources: Debian Policy, chapter 6; deb-postinst(5).
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from shave.maintainer.alternatives import Alternatives
from shave.maintainer.ca_certificates import CaCertificates
from shave.maintainer.calls import calls
from shave.maintainer.enabled import Enabled
from shave.maintainer.files import Files
from shave.maintainer.java_certificates import JavaCertificates
from shave.maintainer.known import packages, unknown
from shave.maintainer.ldconfig import Ldconfig
from shave.maintainer.protocol import Effects, Emulation, bare
from shave.maintainer.tmpfiles import Tmpfiles
from shave.maintainer.users import Users
from shave.stage import Made, MaintainerScript, Remark, Stage, Stratum, made

EMULATIONS: tuple[Emulation, ...] = (
    Users(),
    Tmpfiles(),
    Files(),
    Alternatives(),
    Enabled(),
    CaCertificates(),
    JavaCertificates(),
    Ldconfig(),
)
"""In the order in which they must run: owners need users, the Java keystore needs the certificates."""


class Emulated(Struct, frozen=True):
    """The image with what the scripts leave, and what is to be said of the rest."""

    stage: Stage
    remarks: tuple[Remark, ...]


def emulate(stage: Stage, scripts: Sequence[MaintainerScript], directory: Path, mtime: int) -> Emulated:
    """Do what the scripts would do. What is made gets ``mtime`` (nanoseconds) and lies in ``directory``, which exists.

    The order of the scripts does not matter. Without scripts it does what triggers do (certificates, the loader's
    cache), and nothing where that is done: so once more when files were added. Raises CannotError if the disk is full.
    """
    emulated = frozenset(name for emulation in EMULATIONS for name in emulation.names)
    found = calls(stage, scripts, emulated)
    remarks = [*found.remarks, *unknown(found.calls, emulated, stage.tree)]
    for number, emulation in enumerate(EMULATIONS):
        theirs = [call for call in found.calls if call.name in emulation.names]
        effects = emulation.effects(stage, theirs)
        stage = stage.over(*_strata(stage, effects, directory, number, mtime))
        remarks.extend(effects.remarks)
    said = dict.fromkeys(remark for remark in remarks if bare(remark.unit) not in packages())
    return Emulated(stage, tuple(said))


def _strata(stage: Stage, effects: Effects, directory: Path, number: int, mtime: int) -> list[Stratum]:
    """One for each unit, of what is not there already; paths are sorted, so that parents stand first."""
    new = (each for each in effects.made if not _is_there(stage, each[1]))
    by_unit = sorted(new, key=lambda each: (each[0], each[1][0].path))
    strata = []
    for at, (unit, group) in enumerate(groupby(by_unit, key=lambda each: each[0])):
        members = [_dated(each, mtime) for _, each in group]
        strata.append(made(unit, "system", members, directory / f"maintainer-{number}-{at}.tar"))
    return strata


def _is_there(stage: Stage, member: Made) -> bool:
    entry, body = member
    there = stage.tree.get(entry.path)
    if there is None or (there.kind, there.size) != (entry.kind, entry.size):
        return False
    if replace(there, mtime=0, offset=0, digest=b"") != replace(entry, mtime=0):
        return False
    return entry.kind != "file" or stage.read(entry.path) == body


def _dated(member: Made, mtime: int) -> Made:
    entry, body = member
    return replace(entry, mtime=mtime), body
