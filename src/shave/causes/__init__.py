"""Why images do not start, and what they miss when they do: each kind of cause is looked for in one file here.

The list is the whole family, in the order in which a start meets them. A look goes over the launches that are known of
a start (``launches``): what is only missed, or follows only perhaps, does not stop.
"""

from msgspec.structs import replace

from shave.causes import (
    certificates,
    command,
    dotnet,
    elf,
    healthcheck,
    home,
    java,
    node,
    nothing,
    program_file,
    python,
    script,
    temporary,
    user,
    workdir,
    writable,
    zoneinfo,
)
from shave.causes.launches import final
from shave.causes.protocol import Look, Patient
from shave.diagnosis import Diagnosis
from shave.needs import Files
from shave.oci import Config

LOOKS: tuple[Look, ...] = (
    user.look,
    workdir.look,
    command.look,
    script.look,
    elf.look,
    program_file.look,
    java.look,
    python.look,
    node.look,
    dotnet.look,
    certificates.look,
    zoneinfo.look,
    home.look,
    temporary.look,
    writable.look,
    workdir.look_missing,
    healthcheck.look,
    nothing.look,
)

__all__ = ["LOOKS", "Look", "Patient", "diagnose", "final"]


def diagnose(files: Files, config: Config, words: tuple[str, ...] | None = None) -> tuple[Diagnosis, ...]:
    """What is wrong with an image, what stops it first; each in the order in which a start meets it.

    ``words`` start it instead of ENTRYPOINT and CMD. Nothing stops an image that has none of them: a base; and of an
    image for another system than Linux nothing is known.
    """
    if config.os not in ("", "linux"):
        return ()
    own = (*(config.run.entrypoint or ()), *(config.run.cmd or ()))
    patient = Patient(files, config, own if words is None else words)
    found = dict.fromkeys(each for look in LOOKS for each in look(patient))
    told = [each if patient.words else replace(each, stops=False) for each in found]
    return tuple(sorted(told, key=lambda each: not each.stops))
