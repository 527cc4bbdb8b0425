"""npm packages made up, a registry of them, and npm itself as the oracle."""

import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote

Manifest = Mapping[str, Any]
Files = Mapping[str, bytes | tuple[bytes, int]]


def tarball(files: Files, manifest: Manifest | None = None, top: str = "package") -> bytes:
    """A package; members are written in the order of ``files``, after package.json."""
    written = io.BytesIO()
    members: dict[str, bytes | tuple[bytes, int]] = {**files}
    if manifest is not None:
        members = {"package.json": json.dumps(manifest).encode(), **members}
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for path, said in members.items():
            body, mode = said if isinstance(said, tuple) else (said, 0o644)
            member = tarfile.TarInfo(f"{top}/{path}")
            member.size, member.mode, member.uid, member.mtime = len(body), mode, 501, 499162500
            tar.addfile(member, io.BytesIO(body))
    return written.getvalue()


def integrity(data: bytes) -> str:
    """As lock files have it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def package(manifest: Manifest, files: Files = {}) -> tuple[Manifest, bytes]:  # noqa: B006 # never changed
    """A package of a registry: version 1.0.0 unless the manifest says another."""
    said = {"version": "1.0.0", **manifest}
    return said, tarball(files, said)


@contextmanager
def registry(*packages: tuple[Manifest, bytes]) -> Iterator[str]:
    """The URL of a registry that has these packages."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(packages)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def _handler(packages: tuple[tuple[Manifest, bytes], ...]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name, tar, file = unquote(self.path[1:]).partition("/-/")
            found = {manifest["version"]: (manifest, data) for manifest, data in packages if manifest["name"] == name}
            if tar:
                version = file.removesuffix(".tgz").removeprefix(f"{name.rpartition('/')[2]}-")
                self.answer(found[version][1])
            elif found:
                self.answer(json.dumps(self.packument(name, found)).encode())
            else:
                self.send_error(404)

        def packument(self, name: str, found: Mapping[str, tuple[Manifest, bytes]]) -> dict[str, Any]:
            where = f"http://{self.headers['Host']}/{name}/-/{name.rpartition('/')[2]}"
            versions = {
                version: {**manifest, "dist": {"tarball": f"{where}-{version}.tgz", "integrity": integrity(data)}}
                for version, (manifest, data) in found.items()
            }
            return {"name": name, "dist-tags": {"latest": max(versions)}, "versions": versions}

        def answer(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    return Handler


def npm(directory: Path, registry: str, *words: str) -> str:
    """What npm says, in a project; with a cache and a user's configuration of its own below it."""
    own = {"cache": directory / ".npm", "userconfig": directory / ".own", "audit": "false"}
    settings = {f"npm_config_{name}": str(value) for name, value in own.items()}
    environment = {"PATH": os.environ["PATH"], "HOME": str(directory), **settings}
    if registry:
        environment["npm_config_registry"] = registry
    ended = subprocess.run(
        ("npm", *words), cwd=directory, env=environment, check=True, capture_output=True, text=True, timeout=200
    )
    return ended.stdout


def locked(directory: Path, registry: str, manifest: Manifest) -> bytes:
    """The lock file that npm makes of an application's package.json, which it leaves in the directory."""
    (directory / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0", **manifest}))
    npm(directory, registry, "install", "--package-lock-only", "--no-fund")
    return (directory / "package-lock.json").read_bytes()
