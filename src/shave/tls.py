"""Whom to believe on the other end of a TLS connection."""

import os
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

from shave.errors import CannotError


def context(host: str, insecure: bool) -> ssl.SSLContext:
    """What a connection to ``host[:port]`` must prove: the system's authorities, and those of its ``certs.d``.

    With ``insecure`` nothing is proved. Source: containers-certs.d(5). Raises CannotError for a certificate that
    cannot be read.
    """
    from httpx2 import create_ssl_context

    made = create_ssl_context(verify=not insecure)
    folder = next((folder for folder in _folders(host) if folder.is_dir()), None)
    if folder is None:
        return made
    try:
        for authority in sorted(folder.glob("*.crt")):
            made.load_verify_locations(authority)
        for certificate in sorted(folder.glob("*.cert")):
            made.load_cert_chain(certificate, certificate.with_suffix(".key"))
    except (OSError, ssl.SSLError) as error:
        raise CannotError(
            f"the certificates in {folder} cannot be read: {error}", "they must be in PEM form"
        ) from error
    return made


def loopback(host: str) -> bool:
    """Whether ``host``, without its port, is this machine itself."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _folders(host: str) -> Iterator[Path]:
    home = os.environ.get("XDG_CONFIG_HOME") or (os.environ.get("HOME") and f"{os.environ['HOME']}/.config")
    if home:
        yield Path(home) / "containers/certs.d" / host
    yield Path("/etc/containers/certs.d") / host
    yield Path("/etc/docker/certs.d") / host
