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
    """The working directory, if the image names one."""
    place = patient.config.run.working_dir.rstrip("/")
    entry = patient.entry(patient.config.run.working_dir) if place else None
    if not place or (entry and entry.kind == "directory"):
        return
    blocking = entry and place or next((above for above in _above(place) if _is_file(patient, above)), "")
    if blocking:
        what = f"WORKDIR {place} is no directory" if entry else f"WORKDIR {place} is below {blocking}"
        yield Diagnosis("workdir-not-directory", what, (f"{blocking} is a file",), "name a directory in WORKDIR")
    elif entry is None and patient.directory not in patient.files.tree.children:
        fix = f"make it in the last stage: WORKDIR {place} behind FROM, or COPY something there"
        yield Diagnosis(
            "workdir-missing", f"WORKDIR {place} is not there: engines make it, empty", (), fix, stops=False
        )


def _above(place: str) -> list[str]:
    return [f"/{each}" for each in parents(place.strip("/"))]


def _is_file(patient: Patient, name: str) -> bool:
    entry = patient.entry(name)
    return entry is not None and entry.kind != "directory"
