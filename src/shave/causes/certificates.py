"""A program that connects by TLS needs authorities to trust.

### certificates-missing

Images that are minimal have no certificates: every connection ends with "certificate signed by unknown authority" or
"unable to get local issuer certificate". Known of programs that ask for those of the system: of ELF files whose code or
libraries do (OpenSSL's `SSL_CTX_set_default_verify_paths`, GnuTLS's `set_x509_system_trust`, libcurl), of Go programs
with `crypto/x509`, of Python that surely imports `ssl` or `urllib.request`, of .NET; and of a Java without its
`cacerts`. Node and Python's certifi have their own. A server that only answers needs none. Fix: the package
ca-certificates, or a copy of /etc/ssl/certs/ca-certificates.crt from the stage that builds.

Sources: Go, crypto/x509/root_linux.go; OpenSSL, SSL_CTX_set_default_verify_paths(3); GnuTLS,
gnutls_certificate_set_x509_system_trust(3).
"""

from collections.abc import Callable, Iterable, Iterator
from posixpath import basename, dirname

from shave.causes.contents import holds
from shave.causes.launches import Launch, final
from shave.causes.loading import load
from shave.causes.protocol import Patient
from shave.causes.python import imported
from shave.diagnosis import Diagnosis
from shave.globs import matcher

_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_DIRECTORIES = ("/etc/ssl/certs", "/etc/pki/tls/certs", "/system/etc/security/cacerts")
_OWN = matcher(("**/certifi/cacert.pem",))
_ASKING = (
    b"SSL_CTX_set_default_verify_paths",
    b"X509_STORE_set_default_paths",
    b"gnutls_certificate_set_x509_system_trust",
    b"/etc/ssl/certs/ca-certificates.crt",
    b"crypto/x509.SystemCertPool",
)
"""What stands in a program that asks for the system's authorities."""
_LIBRARIES = matcher(("**/{libssl,libcrypto,libgnutls}.so.*",))
"""These have the functions; whoever calls them asks."""
_PYTHON_MODULES = matcher(("**/python3*/{ssl,urllib/request}.py",))
_NET_MODULES = matcher(("**/libSystem.Security.Cryptography.Native.OpenSsl.so",))
_JAVA_HOME = ("lib/security/cacerts", "jre/lib/security/cacerts", "conf/security/cacerts")
_FIX = "install ca-certificates, or COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/"


def look(patient: Patient) -> Iterator[Diagnosis]:
    """The first program that could trust nobody."""
    has_any = _has_certificates(patient)
    for launch in final(patient):
        if launch.name == "java":
            asks = "" if _has_cacerts(patient, launch) else launch.program
        else:
            asks = "" if has_any else _asking(patient, launch)
        if asks:
            text = f"/{asks} can trust no server: no certificates of authorities are there"
            evidence = (f"/{asks} asks for the authorities of the system",)
            yield Diagnosis("certificates-missing", text, evidence, _FIX, stops=False)
            return


def _asking(patient: Patient, launch: Launch) -> str:
    """The real path of the program, or of what it loads, that asks the system."""
    paths = load(patient.files, patient.environment, launch.program).paths
    asking = (path for path in paths if not _LIBRARIES(path) and holds(patient.files, path, _ASKING))
    if launch.name in ("node", "nodejs"):
        return ""
    return next(asking, "") or min(filter(*_modules(patient, launch)), default="")


def _modules(patient: Patient, launch: Launch) -> tuple[Callable[[str], bool], Iterable[str]]:
    """Which modules of a runtime ask, and those among which they are."""
    if basename(launch.program).startswith("python"):
        return _PYTHON_MODULES, imported(patient)
    return _NET_MODULES, patient.files.tree.nodes if launch.name == "dotnet" else ()


def _has_certificates(patient: Patient) -> bool:
    tree, environment = patient.files.tree, patient.environment
    named = (environment.get("SSL_CERT_FILE", ""), environment.get("SSL_CERT_DIR", ""), *_BUNDLES)
    directories = (tree.resolve(directory).path for directory in _DIRECTORIES)
    return (
        any(name and tree.resolve(name).path for name in named)
        or any(directory and tree.children.get(directory) for directory in directories)
        or any(_OWN(path) for path in tree.nodes)
    )


def _has_cacerts(patient: Patient, launch: Launch) -> bool:
    """Whether the Java of a program has its own store, or is of a kind that is laid out otherwise."""
    home = dirname(dirname(launch.program))
    tree = patient.files.tree
    is_known = basename(dirname(launch.program)) == "bin" and f"{home}/lib/security" in tree
    return not is_known or any(tree.resolve(f"/{home}/{place}").path for place in _JAVA_HOME)
