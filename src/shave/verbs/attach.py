"""Evidence from containers that others start: Compose, Kubernetes, a developer's ``podman run``."""

from collections.abc import Callable

from msgspec import Struct

from shave.catalog import packages
from shave.events import Remark, Sink
from shave.evidence import Evidence, EvidenceFile, unite
from shave.package import Package
from shave.probe import Session
from shave.recording import record
from shave.store import Unpacked
from shave.tracers.seccomp import SeccompTrace, Seen
from shave.tree import Tree
from shave.verbs.trace import Traced

LABEL = "attached"
"""The probe that such evidence is of."""


class Known(Struct, frozen=True):
    """What is told of the image whose containers will come: its config digest, name and machine, what is in it."""

    image: str
    reference: str
    architecture: str
    tree: Tree
    packages: tuple[Package, ...]


def known(unpacked: Unpacked) -> Known:
    """All that ``attach`` asks of an image; its layers may go."""
    image = unpacked.image
    owners = tuple(packages(unpacked))
    return Known(image.config_digest, image.reference, image.config.architecture, unpacked.tree, owners)


def attach(
    tracing: SeccompTrace, image: Known, keep: Callable[[EvidenceFile], object], ended: Callable[[], bool], sink: Sink
) -> Traced:
    """What all containers that come to ``tracing`` use of the image, until ``ended()``, which waits a while, is true.

    ``keep`` is given all evidence so far whenever there is more of it, so that little is lost with this process.
    """
    tracing.label(LABEL)
    evidence, containers, going = Evidence(image.image, "seccomp"), 0, True
    while going:
        going = not ended()
        seen = tracing.seen(image.image)
        for container in seen:
            _tell(container, sink)
        containers += sum(container.ended for container in seen)
        more = unite(evidence, *(container.evidence for container in seen))
        if more != evidence:
            evidence = more
            keep(_file(evidence, image))
    return Traced(_file(evidence, image), Session(()), f"others ({containers} containers ended)")


def _file(evidence: Evidence, image: Known) -> EvidenceFile:
    return record(evidence, image.reference, image.tree, image.packages)


def _tell(container: Seen, sink: Sink) -> None:
    name = container.container[:12] or "of an unknown name"
    if container.lost:
        sink(Remark(f"container {name}: {container.lost}", "warning"))
    elif container.ended:
        sink(Remark(f"container {name} ended: {len(container.evidence.accesses)} paths"))
