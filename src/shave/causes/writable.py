"""Where an image says that it writes, its user must be able to.

### not-writable

A VOLUME, the home of the user, or a WORKDIR that is empty belongs to root, and USER is somebody else: "permission
denied" at the first write. A named volume takes owner and mode from the image. Known from owner, group and mode of the
directories, and from /etc/group. Fix: `COPY --chown`, or `RUN chown` before VOLUME.

Sources: path_resolution(7); Docker, "Volumes", populating a volume; Dockerfile reference, VOLUME.
"""

from collections.abc import Iterator

from shave.causes.permissions import Identity, identity, may_write
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The directories that the user cannot write, if that is not root."""
    who = identity(patient)
    if who is None or who.uid == 0:
        return
    for name, what in _places(patient, who).items():
        entry = patient.entry(name)
        if entry and entry.kind == "directory" and not may_write(entry, who):
            user = who.name or str(who.uid)
            text = f"{name}, {what}, may not be written by {user}"
            evidence = (f"{name} is of {entry.uid}:{entry.gid}, mode {entry.mode:04o}; {user} is {_numbers(who)}",)
            fix = f"RUN chown {who.uid}:{who.gid} {name}, or COPY --chown={who.uid}:{who.gid}"
            yield Diagnosis("not-writable", text, evidence, fix, stops=False)


def _places(patient: Patient, who: Identity) -> dict[str, str]:
    run = patient.config.run
    places = dict.fromkeys(run.volumes or (), "a volume")
    home = patient.environment.get("HOME") or who.home
    if home not in ("", "/"):
        places.setdefault(home, "the home of the user")
    if run.working_dir and patient.directory and not patient.files.tree.children.get(patient.directory):
        places.setdefault(run.working_dir, "the working directory")
    return places


def _numbers(who: Identity) -> str:
    return f"{who.uid}:{','.join(map(str, who.gids))}"
