"""What this user's netrc shows hosts that want a password, as pip does. Source: netrc of the Python standard library;
pip's documentation, "netrc support".
"""

import netrc
import os
from base64 import b64encode
from urllib.parse import urlsplit


def authorization(url: str) -> dict[str, str]:
    """The header for an URL, or none. Only over TLS, and only for hosts by name: what ``default`` says is for nobody,
    or every mirror would be told. A file that cannot be read says nothing.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return {}
    try:
        login, _, password = netrc.netrc(os.environ.get("NETRC")).hosts[parts.hostname or ""]
    except (OSError, KeyError, RuntimeError, UnicodeDecodeError, netrc.NetrcParseError):
        return {}
    if not password:
        return {}
    secret = b64encode(f"{login}:{password}".encode()).decode()
    return {"Authorization": f"Basic {secret}"}
