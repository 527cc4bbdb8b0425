"""Who the container runs as must be known to the image.

### user-unknown

USER is a name that is not in /etc/passwd, or has a group that is not in /etc/group: engines refuse to start the
container. Minimal images have no accounts: a stage that is copied FROM scratch brings none. Fix: copy /etc/passwd and
/etc/group too, or write numbers.

Source: OCI image specification, config.md, "User"; runc, libcontainer/user.
"""

from collections.abc import Iterator

from shave.accounts import is_number
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis
from shave.origins.accounts import known

_SHOWN = 8


def look(patient: Patient) -> Iterator[Diagnosis]:
    """Names that are not known; numbers need not be."""
    user, _, group = patient.config.run.user.partition(":")
    accounts = known(patient.files)
    fix = "write numbers (USER 65532:65532), or copy the {} that has it"
    for what, name, there, file in (
        ("user", user, accounts.users, "/etc/passwd"),
        ("group", group, accounts.groups, "/etc/group"),
    ):
        if name and not is_number(name) and name not in there:
            has = ", ".join([*there][:_SHOWN])
            evidence = (f"{file} has {has}" if has else f"{file} is empty or not there",)
            yield Diagnosis("user-unknown", f"{what} {name} is not in {file}", evidence, fix.format(file))
