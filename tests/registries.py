"""The registry that most others come from (Debian's docker-registry), started for a test, and what goes with it."""

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any, Literal

from msgspec import Struct

from shave.testing.registry import Bearer, registry

USER, PASSWORD = "ann", "secret"
# bcrypt of the password above, as `htpasswd -nbB` makes it
_HTPASSWD = "ann:$2b$04$JyZygWUp1/1A6nTJAMfKU.bkbSm7qtJUL26VD296fNwiJw2Tyqux.\n"
Kind = Literal["plain", "basic", "tls", "token"]
KINDS: tuple[Kind, ...] = ("plain", "basic", "tls", "token")


class Real(Struct, frozen=True):
    """A docker-registry that runs at ``host`` (``localhost:port``); all but "plain" want USER and PASSWORD.
    ``ca`` vouches for it if it speaks TLS.
    """

    host: str
    kind: Kind
    ca: Path | None = None

    def skopeo(self, side: str = "") -> list[str]:
        """Options of skopeo; ``side`` is "src-" or "dest-" for copy."""
        creds = [] if self.kind == "plain" else [f"--{side}creds={USER}:{PASSWORD}"]
        return [f"--{side}tls-verify=false", *creds]


def certificate(directory: Path) -> tuple[Path, Path]:
    """A self-signed certificate for loopback and its key, in PEM."""
    cert, key = directory / "cert.pem", directory / "key.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0.0.0.0"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", names, "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@contextmanager
def real_registry(directory: Path, kind: Kind = "plain") -> Iterator[Real]:
    """A registry that keeps everything below ``directory`` and ends with the context.

    "basic" and "tls" ask for a password, "token" for a signed token of a token service.
    """
    with ExitStack() as stack:
        settings: dict[str, Any] = {
            "version": "0.1",
            "log": {"level": "info", "accesslog": {"disabled": True}},
            "storage": {"filesystem": {"rootdirectory": str(directory / "storage")}, "delete": {"enabled": True}},
            "http": {"addr": "localhost:0"},
        }
        pair = certificate(directory) if kind in ("tls", "token") else None
        if kind == "token" and pair:
            settings["auth"] = {"token": stack.enter_context(_token_service(*pair))}
        elif kind != "plain":
            (directory / "htpasswd").write_text(_HTPASSWD)
            settings["auth"] = {"htpasswd": {"realm": "it", "path": str(directory / "htpasswd")}}
        if kind == "tls" and pair:
            settings["http"]["tls"] = {"certificate": str(pair[0]), "key": str(pair[1])}
        (directory / "config.yml").write_text(json.dumps(settings))  # JSON is YAML
        port = stack.enter_context(_running(directory / "config.yml"))
        yield Real(f"localhost:{port}", kind, pair[0] if kind == "tls" and pair else None)


@contextmanager
def _running(config: Path) -> Iterator[str]:
    """Its port, which it tells when it listens."""
    command = ["docker-registry", "serve", str(config)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stderr
            said = []
            for line in process.stderr:
                said.append(line)
                if found := re.search(r"listening on \S+:([0-9]+)", line):
                    # a pipe that nobody reads fills up, and the registry would wait for ever
                    Thread(target=process.stderr.read, daemon=True).start()
                    yield found[1]
                    return
            raise AssertionError("".join(said))
        finally:
            process.kill()


@contextmanager
def _token_service(cert: Path, key: Path) -> Iterator[dict[str, str]]:
    """Ours, with tokens signed as the registry wants them (RFC 7515, RS256 with x5c); the registry's settings."""
    der = subprocess.run(["openssl", "x509", "-in", cert, "-outform", "DER"], check=True, capture_output=True).stdout
    header = {"typ": "JWT", "alg": "RS256", "x5c": [base64.b64encode(der).decode()]}

    def sign(claims: dict[str, Any]) -> str:
        text = b".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
        command = ["openssl", "dgst", "-sha256", "-sign", key]
        signature = subprocess.run(command, input=text, check=True, capture_output=True).stdout
        return b".".join((text, _base64url(signature))).decode()

    with registry(access=Bearer({USER: PASSWORD}, (), sign=sign)) as made:
        about = {"service": "shave.testing", "issuer": "shave.testing", "rootcertbundle": str(cert)}
        yield {"realm": f"{made.url}/token", **about}


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@contextmanager
def fresh_storage() -> Iterator[list[str]]:
    """Options for a podman storage of its own; podman allows a run root of at most 50 characters."""
    with TemporaryDirectory(prefix="p-", dir="/tmp") as place:
        yield ["--root", f"{place}/root", "--runroot", f"{place}/run", "--storage-driver", "vfs"]
