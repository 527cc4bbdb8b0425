"""What the user allows towards registries, and where the credentials for them are."""

from pathlib import Path

from msgspec import Struct


class Trust(Struct, frozen=True):
    """``authfile`` is looked at before all other places of credentials, as in containers-auth.json(5).

    ``insecure`` allows plain HTTP and certificates that nobody vouches for; loopback hosts may always speak plain HTTP.
    """

    authfile: Path | None = None
    insecure: bool = False


CAREFUL = Trust()
