"""Programs ask who they are and where they live.

### user-nameless

USER is a number that /etc/passwd does not have. The container starts; programs that ask for their user's name or home
fail ("No user exists for uid 1000": ssh, git, whoami, Python's `getpass`). Fix: copy or write a line of /etc/passwd.

### home-missing

The home of a user who is not root, as HOME or /etc/passwd says it, is not there: caches and settings cannot be
written. /nonexistent means that there is to be none. Fix: `useradd --create-home`, or `ENV HOME=/tmp`.

Sources: getpwuid(3); OCI image specification, config.md, "User".
"""

from collections.abc import Iterator

from shave.accounts import NOWHERE
from shave.causes.permissions import identity
from shave.causes.protocol import Patient
from shave.diagnosis import Diagnosis


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The name and the home of the user, if that is not root."""
    who = identity(patient)
    if who is None or who.uid == 0:
        return
    if not who.name:
        text = f"user {who.uid} has no name in /etc/passwd: programs that ask for it fail"
        fix = f"add a line to /etc/passwd: app:x:{who.uid}:{who.gid}::/tmp:/sbin/nologin"
        yield Diagnosis("user-nameless", text, (f"USER {patient.config.run.user}",), fix, stops=False)
    home = patient.environment.get("HOME") or who.home
    if home not in ("", "/", NOWHERE) and patient.entry(home) is None:
        text = f"{home}, the home of {who.name or who.uid}, is not there"
        fix = f"make it for the user (useradd --create-home, or COPY --chown={who.uid}:{who.gid}), or ENV HOME=/tmp"
        yield Diagnosis("home-missing", text, (), fix, stops=False)
