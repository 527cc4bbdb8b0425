"""An image that starts nothing.

### no-command

It has neither ENTRYPOINT nor CMD: it is made to be built on. Engines refuse to start it unless they are given a
command.

Source: OCI image specification, config.md, "Entrypoint", "Cmd".
"""

from collections.abc import Iterator

from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis


def look(patient: Patient) -> Iterator[Diagnosis]:
    """A base is no fault."""
    if not patient.words:
        text = "it has neither ENTRYPOINT nor CMD: a base to build on"
        yield Diagnosis("no-command", text, (), "give a command, or CMD in the Dockerfile", stops=False)
