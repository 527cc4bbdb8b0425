"""The kernel and the dynamic loader of the image must be able to load the program, and all that it needs.

### wrong-architecture

The ELF header names another machine or word size than the image's config says: built on one machine (arm64) and copied
into an image for another (amd64). Engines say "exec format error". Fix: build for the platform of the image
(`--platform`, `GOARCH`, `FROM --platform=$BUILDPLATFORM` with a cross compiler).

### loader-missing

A program that is dynamically linked names its loader, and that is not in the image: one built for glibc (Debian,
Fedora) on musl (Alpine) or on scratch, or the other way round. Engines then say that the program itself is not there.
Fix: build where the libc is that of the image, link statically (`CGO_ENABLED=0`, `-static`,
`--target x86_64-unknown-linux-musl`), or take a base with that libc.

### library-missing

A library that the program needs (NEEDED), or that one of its libraries needs, is in none of the directories in which
the loader looks: RPATH, LD_LIBRARY_PATH, RUNPATH, /etc/ld.so.cache, its own. A library in /usr/local/lib is found by
glibc only after `ldconfig`. Fix: the package that has it.

### symbol-version-missing

A library is there but older than the one that the program was linked with: "version `GLIBC_2.38' not found". Fix: build
on the release that the image is of, or take a newer image.

Sources: ld.so(8); gABI 4.1, chapter 5; glibc, elf/dl-load.c and elf/dl-version.c; musl, ldso/dynlink.c.
"""

from collections.abc import Iterator
from posixpath import basename, dirname

from shave.causes.launches import Launch, final
from shave.causes.loading import CACHE, Lost, Outdated, load, parsed
from shave.causes.packages import package_of
from shave.causes.places import elsewhere
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.elf import Elf

# e_machine and bits of what runs on an architecture, its own first; a 64-bit kernel runs the 32-bit programs too
MACHINES: dict[str, tuple[tuple[int, int], ...]] = {
    "amd64": ((62, 64), (3, 32), (62, 32)),
    "386": ((3, 32),),
    "arm64": ((183, 64), (40, 32)),
    "arm": ((40, 32),),
    "loong64": ((258, 64),),
    "mips64le": ((8, 64), (8, 32)),
    "ppc64le": ((21, 64),),
    "riscv64": ((243, 64),),
    "s390x": ((22, 64), (22, 32)),
}
_NAMES = {machines[0]: name for name, machines in MACHINES.items()}
_MUSL = "ld-musl"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """What the loader would say of each program; of two that lack the same the first."""
    if patient.config.architecture not in MACHINES:
        return
    known = set[str]()
    for launch in final(patient):
        for key, found in _faults(patient, launch):
            if key not in known:
                known.add(key)
                yield found


def _faults(patient: Patient, launch: Launch) -> Iterator[tuple[str, Diagnosis]]:
    path = launch.program
    elf = parsed(patient.files, path)
    if elf is None:
        yield path, Diagnosis("not-a-program", f"/{path} is a broken ELF file", (), "copy it again", launch.sure)
    elif (elf.machine, elf.bits) not in MACHINES[patient.config.architecture]:
        yield path, _foreign(patient, launch, elf)
    elif elf.interpreter and patient.files.tree.resolve(elf.interpreter).path is None:
        yield elf.interpreter, _unloaded(patient, launch, elf)
    else:
        found = load(patient.files, patient.environment, path)
        for lost in found.lost:
            yield lost.soname, _lost(patient, launch, lost)
        for old in found.outdated:
            yield f"{old.soname} {old.version}", _outdated(launch, old)


def machine(elf: Elf) -> str:
    """The architecture that a file is for, in Go's names."""
    return _NAMES.get((elf.machine, elf.bits), f"machine {elf.machine} ({elf.bits} bits)")


def _foreign(patient: Patient, launch: Launch, elf: Elf) -> Diagnosis:
    architecture = patient.config.architecture
    text = f"/{launch.program} is for {machine(elf)}, the image for {architecture}"
    fix = f"build it for linux/{architecture}, or the image with --platform linux/{machine(elf)}"
    return Diagnosis("wrong-architecture", text, _header(launch, elf), fix, launch.sure)


def _header(launch: Launch, elf: Elf) -> tuple[str, ...]:
    return (f"the ELF header of /{launch.program}: machine {elf.machine}, {elf.bits} bits",)


def _unloaded(patient: Patient, launch: Launch, elf: Elf) -> Diagnosis:
    wanted = "musl (Alpine)" if _MUSL in elf.interpreter else "glibc (Debian, Fedora)"
    text = f"/{launch.program} is loaded by {elf.interpreter}, which is not there: it was built for {wanted}"
    has = libc(patient)
    fix = f"take a base image with {wanted.split()[0]}, or link it statically (Go: CGO_ENABLED=0)"
    if has not in ("no libc", wanted):
        fix = f"build it for {has}, where the image is from; {fix}"
    evidence = (f"/{launch.program} has the ELF interpreter {elf.interpreter}", f"the image has {has}")
    return Diagnosis("loader-missing", text, evidence, fix, launch.sure)


def libc(patient: Patient) -> str:
    """Which C library the image has, by the loaders that are there."""
    loaders = [basename(path) for path in patient.files.tree.nodes if basename(path).startswith("ld-")]
    if any(name.startswith(_MUSL) for name in loaders):
        return "musl (Alpine)"
    return "glibc (Debian, Fedora)" if any(name.startswith("ld-linux") for name in loaders) else "no libc"


def _lost(patient: Patient, launch: Launch, lost: Lost) -> Diagnosis:
    why = f": {lost.overlooked} is not in {CACHE}" if lost.overlooked else ""
    text = f"/{lost.path} needs {lost.soname}, which the loader would not find{why}"
    loaded_by = f" (loaded with /{launch.program})" if lost.path != launch.program else ""
    evidence = [f"NEEDED {lost.soname} of /{lost.path}{loaded_by}"]
    others = elsewhere(patient, lost.soname)
    evidence += [_candidate(patient, path) for path in others]
    package = package_of(lost.soname, patient.files)
    fix = f"install {package}" if package else "copy the library too, to where the loader looks"
    if lost.overlooked:
        fix = "RUN ldconfig behind the copy"
    elif others:
        fix = f"ENV LD_LIBRARY_PATH=/{dirname(others[0])}, or {fix}"
    return Diagnosis("library-missing", text, tuple(evidence), fix, launch.sure)


def _candidate(patient: Patient, path: str) -> str:
    elf = parsed(patient.files, path)
    return f"/{path} is for {machine(elf)}" if elf else f"/{path} is a broken ELF file"


def _outdated(launch: Launch, old: Outdated) -> Diagnosis:
    text = f"/{old.path} needs {old.version} of {old.soname}, which has {old.newest or 'none of that name'}"
    evidence = (f"/{old.provider} defines {old.newest or 'no version of that name'}",)
    fix = "build it on the release that the image is of, or take an image with a newer " + old.soname.partition(".")[0]
    return Diagnosis("symbol-version-missing", text, evidence, fix, launch.sure)
