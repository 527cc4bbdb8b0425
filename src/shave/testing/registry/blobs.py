"""Blobs and uploads: OCI distribution specification 1.1, "Pulling blobs" and "Pushing blobs"."""

import re

from shave.testing.registry.messages import Answer, Request, failure
from shave.testing.registry.storage import Storage, Upload

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)
_CHUNK = re.compile(r"(?:bytes )?(\d+)-(\d+)(?:/.*)?", re.ASCII)


def blob(storage: Storage, request: Request, repository: str, digest: str) -> Answer:
    """GET, HEAD and DELETE of a blob; one range of bytes (RFC 9110 section 14), also with If-Range."""
    blobs = storage.repository(repository).blobs
    if digest not in blobs:
        return failure(404, "BLOB_UNKNOWN", "the blob is unknown")
    if request.method == "DELETE":
        del blobs[digest]
        return Answer(202)
    data, entity = blobs[digest], f'"{digest}"'
    headers = {
        "Content-Type": "application/octet-stream",
        "Docker-Content-Digest": digest,
        "Accept-Ranges": "bytes",
        "ETag": entity,
    }
    wanted = _RANGE.fullmatch(request.headers.get("range", ""))
    if not wanted or wanted.groups() == ("", "") or request.headers.get("if-range", entity) != entity:
        return Answer(200, headers, data)
    first, last = _bounds(wanted[1], wanted[2], len(data))
    if first > last:
        return Answer(416, {"Content-Range": f"bytes */{len(data)}"})
    return Answer(206, headers | {"Content-Range": f"bytes {first}-{last}/{len(data)}"}, data[first : last + 1])


def _bounds(first: str, last: str, length: int) -> tuple[int, int]:
    if not first:
        return max(0, length - int(last)), length - 1
    return int(first), min(int(last or length), length - 1)


def _begin(storage: Storage, request: Request, repository: str) -> Answer:
    """Mount a blob of another repository, take a whole blob, or begin an upload."""
    mounted, source = request.argument("mount"), request.argument("from")
    if mounted and mounted in storage.repository(source).blobs:
        storage.repository(repository).blobs[mounted] = storage.repository(source).blobs[mounted]
        return _made(repository, mounted)
    identity = storage.begin(repository)
    if request.argument("digest"):
        return _finish(storage, request, repository, identity)
    return _progress(storage, request, identity, 202)


def upload(storage: Storage, request: Request, repository: str, identity: str) -> Answer:
    """POST begins an upload; PATCH, PUT, GET and DELETE of one under way."""
    if request.method == "POST" and not identity:
        return _begin(storage, request, repository)
    found = storage.uploads.get(identity)
    if not found or found.repository != repository:
        return failure(404, "BLOB_UPLOAD_UNKNOWN", "the upload is unknown")
    match request.method:
        case "PATCH":
            return _append(storage, found, request, identity)
        case "PUT":
            return _finish(storage, request, repository, identity)
        case "DELETE":
            del storage.uploads[identity]
            return Answer(204)
    return _progress(storage, request, identity, 204)


def _append(storage: Storage, found: Upload, request: Request, identity: str) -> Answer:
    chunk = _CHUNK.fullmatch(request.headers.get("content-range", ""))
    too_small = found.last_bytes is not None and found.last_bytes < storage.chunk_minimum
    if too_small or (chunk and int(chunk[1]) != len(found.data)):
        return _progress(storage, request, identity, 416)
    found.data += request.body
    found.last_bytes = len(request.body)
    return _progress(storage, request, identity, 202)


def _progress(storage: Storage, request: Request, identity: str, status: int) -> Answer:
    """Where the upload goes on and how far it is. The address is relative after a POST and absolute afterwards, and has
    a query of its own: the specification allows clients to rely on neither.
    """
    found = storage.uploads[identity]
    base = "" if request.method == "POST" else request.base
    headers = {
        "Location": f"{base}/v2/{found.repository}/blobs/uploads/{identity}?state={len(found.data)}",
        "Range": f"0-{max(0, len(found.data) - 1)}",
        "Docker-Upload-UUID": identity,
    }
    if storage.chunk_minimum:
        headers["OCI-Chunk-Min-Length"] = str(storage.chunk_minimum)
    return Answer(status, headers)


def _finish(storage: Storage, request: Request, repository: str, identity: str) -> Answer:
    digest = request.argument("digest")
    storage.uploads[identity].data += request.body
    if storage.finish(identity, digest):
        return _made(repository, digest)
    return failure(400, "DIGEST_INVALID", "the blob is not what its digest says")


def _made(repository: str, digest: str) -> Answer:
    location = f"/v2/{repository}/blobs/{digest}"
    return Answer(201, {"Location": location, "Docker-Content-Digest": digest})
