"""Nearly every program wants a place for files of a moment.

### tmp-missing

/tmp is not in the image, or a user who is not root may not write there: tempfile, the JVM's hsperfdata, uploads,
here-documents and unix sockets fail with "no such file or directory". Said of programs that are dynamically linked,
and of static ones in which "/tmp" stands. Fix: `COPY --from=build --chmod=1777 /tmp /tmp`, or a tmpfs at run time.

Source: Filesystem Hierarchy Standard 3.0, /tmp; mkstemp(3).
"""

from collections.abc import Iterator

from shave.causes.contents import holds
from shave.causes.launches import final
from shave.causes.loading import parsed
from shave.causes.permissions import identity, may_write
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis

_WORDS = (b"/tmp",)
_FIX = "make it: RUN mkdir -m 1777 /tmp, WORKDIR /tmp in a stage FROM scratch, or --tmpfs /tmp at run time"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """/tmp and who may write there, if the program could want it."""
    if any(volume.rstrip("/") == "/tmp" for volume in patient.config.run.volumes or ()):
        return
    entry = patient.entry("/tmp")
    user = next((launch.program for launch in reversed(final(patient)) if _wants(patient, launch.program)), "")
    if user and (entry is None or entry.kind != "directory"):
        yield Diagnosis("tmp-missing", f"/tmp is not there, where /{user} may want to write", (), _FIX, stops=False)
    elif user and entry and (who := identity(patient)) and not may_write(entry, who):
        text = f"/tmp may not be written by {who.name or who.uid} (its mode is {entry.mode:04o})"
        yield Diagnosis("tmp-missing", text, (), "RUN chmod 1777 /tmp", stops=False)


def _wants(patient: Patient, path: str) -> bool:
    elf = parsed(patient.files, path)
    return elf is not None and (bool(elf.interpreter) or holds(patient.files, path, _WORDS))
