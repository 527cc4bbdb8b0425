"""A health check is a program too.

### healthcheck-broken

HEALTHCHECK is one string and the image has no shell, or it names a program (curl, wget) that is not there or cannot be
loaded: the container starts, and is "unhealthy" after a while. Looked at as the start is. Fix: the exec form with a
program of the image, or a check from outside.

Source: Dockerfile reference, HEALTHCHECK.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from shave.causes import command, elf, program_file, script
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The first thing that is wrong with the health check alone: what the start lacks too is said there."""
    run = patient.config.run
    words = run.healthcheck.command(run.shell) if run.healthcheck else ()
    if not words:
        return
    checked = replace(patient, words=words)
    looks = (command.look, script.look, elf.look, program_file.look)
    found = next((each for look in looks for each in look(checked)), None)
    if found and found.cause not in {each.cause for look in looks for each in look(patient)}:
        text = f"the health check will fail: {found.text.replace('which the image starts', 'which it starts', 1)}"
        yield Diagnosis("healthcheck-broken", text, found.evidence, found.fix, stops=False)
