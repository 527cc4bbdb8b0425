"""``docker://host/repository[:tag|@digest]``: images of a registry (OCI distribution-spec 1.1)."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial

from msgspec import Struct

from shave import blob_cache
from shave.errors import CannotError, ShaveError, UsageError
from shave.events import BlobWritten, Remark, Sink
from shave.image import Image, ImageIndex, Layer
from shave.net import PATIENT, Patience, Web
from shave.oci import Descriptor, Platform
from shave.parallel import Advance, each
from shave.reference import Reference, Transport, full_name, parse
from shave.registry import mirrors
from shave.registry.repository import Repository
from shave.registry.session import Place, connect
from shave.registry.upload import upload
from shave.sources.blobs import stored
from shave.sources.layout import image_at, images_at, layers_of, leaf_for, packed_bytes
from shave.trust import Trust

# as Docker does, both ways: more would be asked to wait
_AT_ONCE = 3
_DOCUMENTS = 4


class DockerRegistry:
    """Images of registries. Layers are read while they are used, and kept on a shelf for the next time."""

    transport: Transport = "docker"

    def __init__(self, patience: Patience = PATIENT) -> None:
        self.patience = patience

    @contextmanager
    def open(self, reference: Reference, platform: Platform | None, trust: Trust, sink: Sink) -> Iterator[Image]:
        """See ``protocol.Source``. Read from the first mirror that has it, else from its own registry."""
        with self._found(reference, trust, sink) as (images, found):
            yield image_at(images, leaf_for(images, [found], platform, str(reference)), str(reference))

    @contextmanager
    def open_all(self, reference: Reference, trust: Trust, sink: Sink) -> Iterator[ImageIndex]:
        """See ``protocol.Indexed``."""
        with self._found(reference, trust, sink) as (images, found):
            yield images_at(images, [found], str(reference))

    def write(self, image: Image, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Source``."""
        self.write_all(ImageIndex(image.reference, (image,)), reference, trust, sink)

    def write_all(self, images: ImageIndex, reference: Reference, trust: Trust, sink: Sink) -> None:
        """See ``protocol.Indexed``. Blobs that the registry has are not sent; the tag is written last."""
        if reference.digest:
            raise UsageError(f"{reference} cannot be written: a digest is no name", "give docker://HOST/NAME:TAG")
        name, tag = _names(reference)
        place = mirrors.writing(name, trust.insecure)
        source = _source(images, place)
        with self._repository(place, trust, sink, "pull,push", source) as repository:
            _send_layers(repository, images, source, sink)
            for image in images.images:
                config = partial(iter, [image.config_bytes])
                upload(repository, image.config_digest, len(image.config_bytes), config, source, lambda amount: None)
                if not images.alone:
                    repository.put_manifest(image.manifest_bytes, image.descriptor.media_type, image.manifest_digest)
            top = images.alone.manifest_bytes if images.alone else images.index_bytes
            repository.put_manifest(top, images.descriptor.media_type, tag)

    @contextmanager
    def _found(self, reference: Reference, trust: Trust, sink: Sink) -> Iterator[tuple["_Images", Descriptor]]:
        """The first place that has the name, and what it names there. Raises what the only place says, or all say."""
        name, wanted = _names(reference)
        tried: list[ShaveError] = []
        for place in mirrors.reading(name, bool(reference.digest), trust.insecure):
            with ExitStack() as closing:
                try:
                    repository = closing.enter_context(self._repository(place, trust, sink, "pull"))
                    found, data = repository.manifest(wanted)
                except ShaveError as error:
                    tried.append(error)
                    continue
                sink(Remark(f"{reference} is {found.digest} of {place}", "detail"))
                yield _Images(repository, {found.digest: data}), found
                return
        if len(tried) == 1:
            raise tried[0]
        raise CannotError(f"{reference} cannot be read: {'; '.join(map(str, tried))}", tried[-1].hint)

    @contextmanager
    def _repository(
        self, place: Place, trust: Trust, sink: Sink, actions: str, source: str = ""
    ) -> Iterator[Repository]:
        scopes = (f"repository:{place.repository}:{actions}", *[f"repository:{source}:pull"] * bool(source))
        with Web(place.insecure, sink, self.patience) as web:
            yield Repository(connect(web, place, trust.authfile, scopes))


class _Images(Struct, frozen=True):
    """A repository as ``layout.Images``. The last documents are kept, since choosing an image and reading it want the
    same ones; not all, since an index may name thousands.
    """

    repository: Repository
    documents: dict[str, bytes]

    def document(self, descriptor: Descriptor, limit: int, what: str) -> bytes:
        """See ``layout.Images``."""
        data = self.documents.get(descriptor.digest)
        if data is None or len(data) != descriptor.size:
            data = self.documents[descriptor.digest] = self.repository.document(descriptor, limit, what)
        if len(self.documents) > _DOCUMENTS:
            del self.documents[next(iter(self.documents))]
        return data

    def layer(self, descriptor: Descriptor, diff_id: str, what: str) -> Layer:
        """See ``layout.Images``."""
        digest, size = descriptor.digest, descriptor.size
        fetch = partial(self.repository.blob, digest, size)
        return Layer(descriptor, diff_id, partial(blob_cache.open, digest, size, fetch))


def _names(reference: Reference) -> tuple[str, str]:
    """``host/repository``, and the tag or digest that is meant."""
    tag = f":{reference.tag}" if reference.tag else ""
    digest = f"@{reference.digest}" if reference.digest else ""
    full = full_name(f"{reference.name}{tag}{digest}")
    if digest:
        return full.removesuffix(digest), reference.digest
    name, _, tag = full.rpartition(":")
    return name, tag


def _source(images: ImageIndex, place: Place) -> str:
    """Another repository of the same registry that blobs may be in: the one the images were read from."""
    if not images.reference.startswith("docker://"):
        return ""
    host, _, repository = _names(parse(images.reference))[0].partition("/")
    return repository if host == place.host and repository != place.repository else ""


def _send_layers(repository: Repository, images: ImageIndex, source: str, sink: Sink) -> None:
    """All layers, each once, some at a time."""

    def send(found: tuple[int, Layer], advance: Advance) -> BlobWritten:
        number, layer = found
        digest, size = layer.descriptor.digest, layer.descriptor.size
        body = partial(stored, layer, number, lambda amount: None)
        return BlobWritten(digest, size, upload(repository, digest, size, body, source, advance))

    for written in each("write", packed_bytes(images), layers_of(images).values(), send, sink, _AT_ONCE):
        sink(written)
