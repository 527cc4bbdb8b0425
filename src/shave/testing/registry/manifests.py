"""Manifests, tags, referrers and the catalog: OCI distribution specification 1.1."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from shave.errors import BadImageError
from shave.oci import OCI_INDEX, Descriptor, decode, digest_of
from shave.testing.registry.messages import Answer, Request, failure, json_answer
from shave.testing.registry.storage import Repository, Storage, Stored

MAX_MANIFEST = 4 << 20
"""Registries must take so many bytes and need not take more ("Pushing Manifests")."""


class _Document(Struct, frozen=True, rename="camel"):
    """What a registry looks at in a manifest or an index."""

    media_type: str = ""
    artifact_type: str = ""
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    annotations: dict[str, str] = {}


def manifest(storage: Storage, request: Request, repository: str, reference: str) -> Answer:
    """GET, HEAD, PUT and DELETE of a manifest by tag or digest."""
    if request.method == "PUT":
        return _push(storage, request, repository, reference)
    held = storage.repository(repository)
    found = held.manifest(reference)
    if not found:
        return failure(404, "MANIFEST_UNKNOWN", "the manifest is unknown")
    digest, stored = found
    if request.method == "DELETE":
        return _delete(held, reference)
    accepted = request.headers.get("accept", "*/*")
    if stored.media_type not in accepted and "*/*" not in accepted:
        return failure(404, "MANIFEST_UNKNOWN", f"the Accept header does not allow {stored.media_type}")
    return Answer(200, {"Content-Type": stored.media_type, "Docker-Content-Digest": digest}, stored.data)


def _delete(held: Repository, reference: str) -> Answer:
    """A tag goes alone; a manifest takes its tags with it."""
    if held.tags.pop(reference, None) is None:
        del held.manifests[reference]
        for tag in [tag for tag, digest in held.tags.items() if digest == reference]:
            del held.tags[tag]
    return Answer(202)


def _push(storage: Storage, request: Request, repository: str, reference: str) -> Answer:
    held, media_type = storage.repository(repository), request.headers.get("content-type", "")
    if len(request.body) > MAX_MANIFEST:
        return failure(413, "SIZE_INVALID", "the manifest is too large")
    try:
        document = decode(request.body, _Document, "the manifest")
    except BadImageError as error:
        return failure(400, "MANIFEST_INVALID", str(error))
    if document.media_type not in ("", media_type):
        return failure(400, "MANIFEST_INVALID", "Content-Type and mediaType differ")
    algorithm, colon, _ = reference.partition(":")
    digest = digest_of(request.body, "sha512" if algorithm == "sha512" else "sha256")
    if colon and reference != digest:
        return failure(400, "DIGEST_INVALID", "the manifest is not what its digest says")
    if missing := _missing(held, document):
        return failure(400, "MANIFEST_BLOB_UNKNOWN", f"{missing} is not in this repository")
    held.manifests[digest] = Stored(media_type, request.body)
    if not colon:
        held.tags[reference] = digest
    headers = {"Location": f"/v2/{repository}/manifests/{digest}", "Docker-Content-Digest": digest}
    subject = {"OCI-Subject": document.subject.digest} if document.subject and storage.referrers == "api" else {}
    return Answer(201, headers | subject)


def _missing(held: Repository, document: _Document) -> str:
    """The first blob or manifest that it speaks of and that is not there."""
    config = (document.config,) if document.config else ()
    blobs = (entry.digest for entry in (*config, *document.layers) if not entry.urls)
    lost = [digest for digest in blobs if digest not in held.blobs]
    lost += [entry.digest for entry in document.manifests if entry.digest not in held.manifests]
    return next(iter(lost), "")


def tags(storage: Storage, request: Request, repository: str, _: str) -> Answer:
    """The tags in order, page by page: "Listing Tags"."""
    held = storage.repository(repository)
    if not held.manifests:
        return failure(404, "NAME_UNKNOWN", "the repository is unknown")
    names = sorted(held.tags)
    return _page(storage, request, names, lambda page: {"name": repository, "tags": page})


def catalog(storage: Storage, request: Request) -> Answer:
    """The repositories, page by page: Docker's registry API, "Listing Repositories"."""
    names = sorted(name for name, held in storage.repositories.items() if held.blobs or held.manifests)
    return _page(storage, request, names, lambda page: {"repositories": page})


def _page(storage: Storage, request: Request, names: list[str], document: Callable[[list[str]], object]) -> Answer:
    most = min(request.number("n", storage.page), storage.page)
    rest = [name for name in names if name > request.argument("last")]
    page = rest[:most]
    more = {}
    if page and len(rest) > most:
        more = {"Link": f'<{request.path}?n={most}&last={quote(page[-1])}>; rel="next"'}
    return json_answer(200, document(page), **more)


def referrers(storage: Storage, request: Request, repository: str, digest: str) -> Answer:
    """The manifests whose subject has this digest: "Listing Referrers"."""
    if storage.referrers != "api":
        return Answer(404)
    wanted = request.argument("artifactType")
    found = _referring(storage.repository(repository), digest)
    chosen = [entry for entry in found if wanted in ("", entry["artifactType"])]
    answer = json_answer(200, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": chosen})
    filtered = {"OCI-Filters-Applied": "artifactType"} if wanted else {}
    return replace(answer, headers={"Content-Type": OCI_INDEX} | filtered)


def _referring(held: Repository, digest: str) -> list[dict[str, Any]]:
    entries = []
    for name, stored in held.manifests.items():
        document = decode(stored.data, _Document, name)
        if document.subject and document.subject.digest == digest:
            kind = document.artifact_type or (document.config.media_type if document.config else "")
            entry = Descriptor(stored.media_type, name, len(stored.data), annotations=document.annotations)
            entries.append(to_builtins(entry) | {"artifactType": kind})
    return entries
