"""Where the program starts.

### workdir-not-directory

WORKDIR is a file, or leads through one: no engine can start a program there. Fix: another WORKDIR, or another path for
the file.

### workdir-missing

WORKDIR is not in the image. Docker and podman make it, for root and empty; what is expected in it is not there, and a
user who is not root cannot write there. Fix: copy or make the directory in the last stage.

Source: OCI image specification, config.md, "WorkingDir"; OCI runtime specification, config.md, "cwd".
"""

from collections.abc import Iterator

from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.tree import parents


def look(patient: Patient) -> Iterator[Diagnosis]:
    """A working directory that nobody can make."""
    place = patient.config.run.working_dir.rstrip("/")
    names = [place, *(f"/{above}" for above in parents(place.strip("/")))] if place else []
    if blocking := next((name for name in names if _is_file(patient, name)), ""):
        text = f"WORKDIR {place} is " + ("no directory" if blocking == place else f"below {blocking}")
        yield Diagnosis("workdir-not-directory", text, (f"{blocking} is a file",), "name a directory in WORKDIR")


def look_missing(patient: Patient) -> Iterator[Diagnosis]:
    """A working directory that engines have to make."""
    place = patient.config.run.working_dir
    names = [place, *(f"/{above}" for above in parents(place.strip("/")))] if place else []
    if place.strip("/") and patient.entry(place) is None and not any(_is_file(patient, name) for name in names):
        fix = f"make it in the last stage: WORKDIR {place} behind FROM, or COPY something there"
        yield Diagnosis("workdir-missing", f"WORKDIR {place} is not there: engines make it, empty", (), fix, False)


def _is_file(patient: Patient, name: str) -> bool:
    entry = patient.entry(name)
    return entry is not None and entry.kind != "directory"
