"""What programs look for when they are asked to, and an image has not: certificates, time zones.

Sources: Go, crypto/x509/root_linux.go; OpenSSL, SSL_CTX_set_default_verify_paths(3); tzset(3).
"""

from posixpath import basename, join

from shave.elf import MAGIC
from shave.globs import matcher
from shave.needs import Files
from shave.verbs.loadable import loaded

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts")
_OWN = matcher(("**/certifi/cacert.pem", "**/lib/security/cacerts"))
"""Programs that ask libraries for certificates find these without a system."""
_LIBRARIES, _PYTHONS = matcher(("**/libssl.so.*", "**/libgnutls.so.*")), matcher(("**/_ssl.*.so",))
_GO = b"crypto/x509.SystemCertPool"
_CHUNK = 1 << 22
_ZONES = "/usr/share/zoneinfo"
_WITHOUT_FILE = ("", "UTC", "GMT")


def lacks_certificates(files: Files, environment: dict[str, str], program: str) -> str:
    """A sentence if a program, or what it loads, asks for authorities and the image has none; else ""."""
    if _has_certificates(files, environment):
        return ""
    asks = next((path for path in loaded(files, environment, program) if _LIBRARIES(path)), "")
    if not asks and basename(program).startswith("python"):
        asks = next((path for path in files.tree.nodes if _PYTHONS(path)), "")
    if not asks and _is_of_go(files, program):
        asks = program
    return f"/{asks} can trust no server: no certificates of authorities are there (ca-certificates)" if asks else ""


def _has_certificates(files: Files, environment: dict[str, str]) -> bool:
    tree = files.tree
    named = (environment.get("SSL_CERT_FILE", ""), environment.get("SSL_CERT_DIR", ""), *_BUNDLES)
    directories = (tree.resolve(directory).path for directory in _DIRECTORIES)
    return (
        any(name and tree.resolve(name).path for name in named)
        or any(directory and tree.children.get(directory) for directory in directories)
        or any(_OWN(path) and tree.resolve(path).path for path in tree.nodes)
    )


def _is_of_go(files: Files, path: str) -> bool:
    """Whether a program has Go's reader of the system's certificates linked in."""
    entry = files.tree.get(path)
    if not path or entry is None or entry.kind != "file" or files.read(path, 0, 4) != MAGIC:
        return False
    pieces = (files.read(path, at, _CHUNK + len(_GO)) for at in range(0, entry.size, _CHUNK))
    return any(_GO in piece for piece in pieces)


def lacks_zone(files: Files, environment: dict[str, str]) -> str:
    """A sentence if TZ names a zone that the image has not, so that times would be UTC; else ""."""
    zone = environment.get("TZ", "").removeprefix(":")
    if "/" not in zone and (zone in _WITHOUT_FILE or any(map(str.isdigit, zone))):
        return ""
    there = files.tree.resolve(join(_ZONES, zone)).path
    return "" if there else f"TZ is {zone}, which {_ZONES} has not: times would be UTC (tzdata)"
