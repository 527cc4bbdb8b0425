"""Where an image is, in the spelling of containers-transports(5)."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from shave.errors import CannotError, UsageError

Transport = Literal[
    "docker", "docker-daemon", "docker-archive", "oci", "oci-archive", "containers-storage", "containerd", "rootfs"
]
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
WRITTEN: tuple[Transport, ...] = TRANSPORTS[:6]
"""Those that an image can be written to."""
SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".oci")

# The grammar of github.com/distribution/reference, and of image names in OCI layouts (image-layout.md, annotations.md).
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_REPOSITORY = re.compile(rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", re.ASCII)
_WORD = r"[A-Za-z0-9]+(?:(?:--|[-._:@+])[A-Za-z0-9]+)*"
_LAYOUT_TAG = re.compile(rf"{_WORD}(?:/{_WORD})*", re.ASCII)
_NAMESPACE = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*", re.ASCII)
_EXAMPLES = "write transport:name, such as docker://host/app:1, oci:dir:tag or docker-daemon:app:1"


class Reference(Struct, frozen=True):
    """``transport:name[:tag]`` or ``transport:name@digest``.

    ``name`` is a path without a colon for the file transports, a path for rootfs, a repository for a registry, a
    repository or ``sha256:…`` image ID for an engine or podman's storage, ``namespace/repository`` for containerd.
    ``tag`` is a ``repository[:tag]`` or ``@index`` for docker-archive.
    """

    transport: Transport
    name: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        slashes = "//" if self.transport == "docker" else ""
        return f"{self.transport}:{slashes}{self.name}{tag}{digest}"


def parse(text: str) -> Reference:
    """The reference that ``text`` spells with its transport.

    As in containers-transports(5) the first colon ends a path. Raises UsageError for what is no reference.
    """
    transport, _, rest = text.partition(":")
    if transport not in _SPELLINGS or not rest or "\0" in text:
        raise UsageError(f"{text!r} is not a reference", _meant(text))
    return _SPELLINGS[transport](transport, rest)


def _meant(text: str) -> str:
    """A hint for what has no transport, or one with a slip of the finger."""
    transport, _, rest = text.partition(":")
    near = get_close_matches(transport, TRANSPORTS, 1, 0.8) if rest else []
    if near:
        return f"did you mean {near[0]}:{rest}?"
    if text.endswith(SUFFIXES):
        return f"did you mean docker-archive:{text}, or oci-archive:{text}?"
    if _REPOSITORY.fullmatch(text if "/" in rest else transport):
        return f"did you mean docker-daemon:{text}, or oci:{text}?"
    return _EXAMPLES


def _of_registry(transport: Transport, text: str) -> Reference:
    """``//[host/]repository[:tag|@digest]``; see docker in containers-transports(5)."""
    if not text.startswith("//"):
        raise UsageError(f"'{transport}:{text}' is not a reference", f"did you mean docker://{text}?")
    return Reference(transport, *split_name(text.removeprefix("//")))


def _of_containerd(transport: Transport, text: str) -> Reference:
    """``namespace/name``: namespaces are identifiers of containerd, its images have Docker names."""
    namespace, slash, name = text.partition("/")
    if not slash or not _NAMESPACE.fullmatch(namespace):
        raise UsageError(f"'{transport}:{text}' names no namespace", "write containerd:k8s.io/docker.io/library/app:1")
    repository, tag, digest = split_name(name)
    return Reference(transport, f"{namespace}/{repository}", tag, digest)


def _of_directory(transport: Transport, text: str) -> Reference:
    return Reference(transport, text)


def _of_engine(transport: Transport, text: str) -> Reference:
    """``repository[:tag|@digest]`` or an image ID; see docker-daemon in containers-transports(5)."""
    if _DIGEST.fullmatch(text):
        return Reference(transport, text)
    name, tag, digest = split_name(text)
    return Reference(transport, name, tag, digest)


def _of_file(transport: Transport, text: str) -> Reference:
    """``path[:tag]``; a layout also knows ``path@digest``, a docker-archive ``path:@index``."""
    path, at, digest = text.rpartition("@")
    if at and _DIGEST.fullmatch(digest) and transport != "docker-archive":
        if not path or ":" in path:
            raise UsageError(f"{text!r} has both a tag and a digest", "give one of them")
        return Reference(transport, path, "", digest)
    path, colon, tag = text.partition(":")
    if not path or (colon and not tag):
        raise UsageError(f"'{transport}:{text}' has an empty path or tag", _EXAMPLES)
    if transport == "docker-archive":
        if tag and not re.fullmatch(r"@[0-9]{1,6}", tag, re.ASCII):
            split_name(tag)
    elif tag and not _LAYOUT_TAG.fullmatch(tag):
        raise UsageError(f"{tag!r} is not a tag", "the first colon ends a path; a tag is words joined by - . _ : @ + /")
    return Reference(transport, path, tag)


_SPELLINGS: dict[str, Callable[[Any, str], Reference]] = {
    "docker": _of_registry,
    "docker-daemon": _of_engine,
    "docker-archive": _of_file,
    "oci": _of_file,
    "oci-archive": _of_file,
    "containers-storage": _of_engine,
    "containerd": _of_containerd,
    "rootfs": _of_directory,
}


def split_name(text: str) -> tuple[str, str, str]:
    """Repository, tag and digest of a Docker name, the last two possibly empty.

    Raises UsageError if it is not in the grammar of github.com/distribution/reference or has both tag and digest.
    """
    repository, at, digest = text.partition("@")
    head, colon, last = repository.rpartition(":")
    # the colon of registry:5000/app belongs to the host, not to a tag
    name, tag = (head, last) if colon and "/" not in last else (repository, "")
    if (at and not _DIGEST.fullmatch(digest)) or (colon and name == head and not _TAG.fullmatch(tag)):
        raise UsageError(f"{text!r} has a malformed tag or digest", _EXAMPLES)
    if not _REPOSITORY.fullmatch(name) or len(name) > 255:
        raise UsageError(f"{text!r} is not an image name", "names are lower case: host:port/path/name:tag")
    if tag and digest:
        raise UsageError(f"{text!r} has both a tag and a digest", "give one of them")
    return name, tag, digest


def full_name(text: str) -> str:
    """A Docker name written out: ``app`` is ``docker.io/library/app:latest``.

    Source: distribution/reference, normalize.go.
    """
    name, tag, digest = split_name(text)
    domain, slash, rest = name.partition("/")
    if not slash or not (set(domain) & set(".:") or domain == "localhost" or domain != domain.lower()):
        domain, rest = "docker.io", name
    if domain in ("docker.io", "index.docker.io"):
        domain, rest = "docker.io", rest if "/" in rest else f"library/{rest}"
    return f"{domain}/{rest}" + (f"@{digest}" if digest else f":{tag or 'latest'}")


def slim_name(reference: Reference) -> Reference:
    """Where the slim image goes when nobody says: ``NAME:TAG-slim``; for an archive a new file, ``NAME-slim.tar``; for
    what cannot be written a layout.

    Raises UsageError for an image that has only an ID, an index or a digest.
    """
    if reference.digest or reference.name.startswith(("sha256:", "sha512:")) or reference.tag.startswith("@"):
        raise UsageError(f"{reference} has no name to add -slim to", "say where the result goes with -o")
    if reference.transport not in WRITTEN:
        stem = reference.name.rstrip("/").rpartition("/")[2].lower()
        return Reference("oci", f"{stem or 'image'}-slim", reference.tag or "latest")
    if "archive" not in reference.transport:
        return replace(reference, tag=f"{reference.tag or 'latest'}-slim")
    suffix = next((suffix for suffix in SUFFIXES if reference.name.endswith(suffix)), "")
    stem = reference.name.removesuffix(suffix)
    kept = suffix if suffix == ".oci" else ".tar"
    return replace(reference, name=f"{stem}-slim{kept}", tag=reference.tag and f"{reference.tag}-slim")


def choose(text: str, transport_at: Callable[[str], Transport | None], in_engine: Callable[[str], bool]) -> Reference:
    """The reference a user means: one with a transport, else a path, else an image of the local engine, else of a
    registry.

    ``transport_at(path)`` says what is at a path of the file system, None for nothing or nothing known;
    ``in_engine(name)`` whether the engine has an image, or raises CannotError.

    Raises CannotError naming what was tried if it is no name of an image in a registry either.
    """
    if text.partition(":")[0] in TRANSPORTS and ":" in text:
        return parse(text)
    path = text.partition(":")[0]
    path = path.partition("@")[0] if _DIGEST.search(text) else path
    transport = transport_at(path) if path else None
    if transport and (transport == "oci" or "/" in path or path.endswith(SUFFIXES)):
        return parse(f"{transport}:{text}")
    tried = [f"no OCI layout or image archive is at {path!r}"]
    try:
        reference = parse(f"docker-daemon:{text}")
        if in_engine(text):
            return reference
        tried.append("the engine has no image of that name")
    except (CannotError, UsageError) as error:
        tried.append(str(error))
    if get_close_matches(text.partition(":")[0], TRANSPORTS, 1, 0.8) and ":" in text:
        raise CannotError(f"{text!r} was not found: {'; '.join(tried)}", _meant(text))
    try:
        if path.endswith(SUFFIXES):
            raise UsageError(f"{text!r} is the name of a file", "give the path of an archive that is there")
        return parse(f"docker://{text}")
    except UsageError as error:
        raise CannotError(f"{text!r} was not found: {'; '.join(tried)}", error.hint) from error


def short(image: str | None) -> tuple[str, str]:
    """The name and tag of an image as Dockerfiles have them, without digest and what Docker Hub adds to official ones.

    >>> short("docker.io/library/node:20-slim"), short("node"), short("acme/app@sha256:0"), short(None)
    (('node', '20-slim'), ('node', ''), ('acme/app', ''), ('', ''))
    """
    name = (image or "").removeprefix("docker.io/").removeprefix("library/").partition("@")[0]
    before, _, tag = name.rpartition(":") if ":" in name.rpartition("/")[2] else (name, "", "")
    return before, tag


def is_official(image: str | None) -> bool:
    """Whether it is an official image of Docker Hub, by its name.

    >>> [is_official(each) for each in ("docker.io/library/node:20", "acme/app", None)]
    [True, False, False]
    """
    name, _ = short(image)
    return bool(name) and "/" not in name
