"""A minimal image from a spec: put together without a daemon, checked, probed.

Nothing of the packages is run to make it, and nothing depends on where, when or by whom it is made: the same lock and
the same context give the same bytes.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from shave import downloads, pip
from shave.architectures import PLATFORMS
from shave.assembly import assembled, configured, written_time
from shave.catalog import Catalog, catalog
from shave.causes import diagnose
from shave.compression import GZIP, Packing
from shave.config import Settings
from shave.context import located
from shave.diagnosis import Diagnosis
from shave.downloads import Wanted as File
from shave.events import Sink
from shave.events import stage as telling
from shave.image import Image
from shave.lock import Lock
from shave.maintainer import emulate
from shave.oci import BASE_NAME
from shave.origins import debian, node, python
from shave.origins.accounts import accounts
from shave.origins.copies import Sources, copies
from shave.origins.files import places
from shave.origins.installed import Conffiles, Controls, records
from shave.origins.language import Installed
from shave.origins.manifest import PLACE, manifest
from shave.release import Release, release
from shave.runners.protocol import Runner
from shave.spec import Spec
from shave.stage import Made, Remark, Stage, made
from shave.tree import Entry, parents
from shave.trust import CAREFUL, Trust
from shave.verbs.asked import Asked, asked

_SECOND = 1_000_000_000
CREATED = "org.opencontainers.image.created"


class Wanted(Struct, frozen=True):
    """How to build: at which time (seconds since the epoch; None: that of the newest package), in one layer or one for
    each origin, with a manifest inside or not, compressed how, with what allowed towards registries.
    """

    epoch: int | None = None
    flatten: bool = False
    manifest: bool = False
    packing: Packing = GZIP
    trust: Trust = CAREFUL


class Built(Struct, frozen=True):
    """The outcome. ``image`` is what may be written: None if a diagnosis says that it cannot start, or a probe failed
    ("refused"). ``names`` says what each of its layers holds; ``catalog`` is what its own records say.
    """

    outcome: Literal["built", "refused"]
    image: Image | None
    lock: Lock
    stage: Stage
    names: tuple[str, ...]
    catalog: Catalog
    release: Release
    remarks: tuple[Remark, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    probes: tuple[Asked, ...] = ()


class _Staged(Struct, frozen=True):
    """All files of the image but the records, which are about them; ``mtime`` in nanoseconds."""

    stage: Stage
    controls: Controls
    conffiles: Conffiles
    remarks: tuple[Remark, ...]
    mtime: int


def build(
    spec: Spec,
    context: Path,
    lock: Lock,
    wanted: Wanted,
    runner: Runner | None,
    directory: Path,
    sink: Sink,
) -> Built:
    """The image of a spec whose files are as ``lock`` says, of the context, and of the images it names.

    Everything temporary is below ``directory`` (private, empty), which must outlive the use of the result. Without a
    ``runner`` no probe is asked. Raises CannotError for what cannot be fetched, put together or written, BadImageError
    for packages and images that are broken.
    """
    sources = Sources(context, PLATFORMS[lock.architecture], wanted.trust, lock.images)
    staged = _staged(spec, sources, lock, wanted, _made(directory / "stage"), sink)
    stage = _recorded(staged, lock, wanted, directory / "stage")
    config = configured(spec.image, sources.platform)
    found = Built(
        "refused", None, lock, stage, (), catalog(stage), release(stage), staged.remarks, diagnose(stage, config)
    )
    if any(remark.stops for remark in staged.remarks) or any(each.stops for each in found.diagnoses):
        return found
    result = assembled(
        stage,
        config,
        _annotations(spec, staged.mtime),
        staged.mtime,
        _made(directory / "layers"),
        wanted.packing,
        sink,
        flatten=wanted.flatten,
    )
    probes = _probed(spec, result.image, runner, _made(directory / "probes"), sink)
    if any(probe.failure for probe in probes):
        return replace(found, probes=probes)
    return replace(found, outcome="built", image=result.image, names=result.names, probes=probes)


def _staged(spec: Spec, sources: Sources, lock: Lock, wanted: Wanted, directory: Path, sink: Sink) -> _Staged:
    files = downloads.fetch(_files(lock, sources.context), _made(directory / "files"), sink)
    found = debian.strata(lock.packages, files, spec, directory, sink)
    mtime = _SECOND * wanted.epoch if wanted.epoch is not None else _newest(found)
    with telling(sink, "stage"):
        stage = Stage(found.strata)
        stage = stage.over(*accounts(spec, stage, directory, mtime))
        emulated = emulate(stage, found.scripts, directory, mtime)
        stage = emulated.stage.over(*places(spec, emulated.stage, directory, mtime))
        stage, said = _with_languages(stage, spec, lock, files, directory, mtime, sink)
        stage = stage.over(*copies(spec, sources, stage, directory, mtime, sink))
        # libraries and certificates may have come with what is above the packages
        settled = emulate(stage, (), _made(directory / "triggers"), mtime)
    remarks = (*emulated.remarks, *said, *settled.remarks)
    return _Staged(settled.stage, found.controls, found.conffiles, tuple(dict.fromkeys(remarks)), mtime)


def _annotations(spec: Spec, mtime: int) -> dict[str, str]:
    """Source: OCI image specification, annotations.md."""
    return {CREATED: written_time(mtime), BASE_NAME: "scratch", **spec.image.annotations}


def _with_languages(
    stage: Stage, spec: Spec, lock: Lock, files: Mapping[str, Path], directory: Path, mtime: int, sink: Sink
) -> tuple[Stage, tuple[Remark, ...]]:
    """The packages of languages, over those of the system."""
    found: list[Installed] = []
    if lock.wheels:
        target = pip.target_of(lock.packages, lock.architecture)
        found.append(python.strata(lock.wheels, files, spec, target, stage.tree, directory, mtime, sink))
    if lock.modules:
        found.append(node.strata(lock.modules, files, spec, stage.tree, directory, mtime, sink))
    for installed in found:
        stage = stage.over(*installed.strata)
    return stage, tuple(remark for installed in found for remark in installed.remarks)


def _files(lock: Lock, context: Path) -> Iterator[File]:
    for package in lock.packages:
        yield File(package.name, package.url, package.sha256, package.packed_bytes)
    for wheel in lock.wheels:
        yield File(wheel.file, located(wheel.url, context), wheel.sha256)
    for module in lock.modules:
        yield File(f"{module.name} {module.version}", located(module.url, context), module.integrity)


def _newest(found: debian.Debian) -> int:
    """When the last of the packages' files was made; the epoch where there is none."""
    times = (entry.mtime for stratum in found.strata for entry in stratum.plain.index.entries)
    return max(times, default=0) // _SECOND * _SECOND


def _recorded(staged: _Staged, lock: Lock, wanted: Wanted, directory: Path) -> Stage:
    """The stage with what is written about it."""
    stage = staged.stage
    rows = tuple(records(stage, staged.controls, staged.conffiles, staged.mtime))
    stage = stage.over(made("spec:records", "system", rows, directory / "records.tar"))
    if not wanted.manifest:
        return stage
    body = manifest(stage, lock, staged.controls)
    return stage.over(made("spec:manifest", "system", _alone(PLACE, body, staged), directory / "manifest.tar"))


def _alone(path: str, body: bytes, staged: _Staged) -> list[Made]:
    above = [each for each in parents(path) if each not in staged.stage.tree]
    directories = [(Entry(each, "directory", 0o755, mtime=staged.mtime), b"") for each in reversed(above)]
    return [*directories, (Entry(path, "file", 0o644, mtime=staged.mtime, size=len(body)), body)]


def _probed(spec: Spec, image: Image, runner: Runner | None, directory: Path, sink: Sink) -> tuple[Asked, ...]:
    if runner is None or not spec.probes:
        return ()
    return asked(image, Settings(spec.run, spec.probes), runner, directory, sink)


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
