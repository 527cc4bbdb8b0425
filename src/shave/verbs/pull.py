"""How long a pull takes: a model of what Docker and containerd do, pure arithmetic."""

from collections.abc import Sequence

from msgspec import Struct


class Link(Struct, frozen=True):
    """What lies between a node and its registry."""

    bits_per_second: int
    rtt_seconds: float


class Model(Struct, frozen=True):
    """What a node does.

    ``at_once`` layers are downloaded at a time: dockerd --max-concurrent-downloads and max_concurrent_downloads of
    containerd's CRI plugin, both 3. ``round_trips`` come before the first layer: TCP and TLS 1.3 (RFC 8446, 2) one
    each, then index, manifest and config; a login and a redirect are not among them. One layer is unpacked after the
    other, the lowest first (moby issues 21814, 37957), at ``unpack_packed_bytes_per_second``: 1.5 GB in 35 to 40 s on
    an SSD, as issue 21814 reports. ``bench/families.py --pull`` measures it: Docker 20.10 on two busy cores had less,
    12 to 31 MB/s.
    """

    at_once: int = 3
    round_trips: int = 5
    unpack_packed_bytes_per_second: int = 40_000_000


MODEL = Model()


class Pull(Struct, frozen=True):
    """Seconds of one pull over a link: ``cold`` on an empty node, ``warm`` on one that has other images (None where
    nobody said which).
    """

    link: Link
    cold_seconds: float
    warm_seconds: float | None = None


def seconds(layers: Sequence[int], document_bytes: int, link: Link) -> float:
    """Seconds until an image is unpacked, given the packed bytes of each layer that the node lacks, lowest first, and
    the bytes of manifest and config.

    Documents come first, then layers in order: the requests of three at a time are under way together and share the
    link, so that a layer is there when its bytes and all before them are. Unpacking overlaps with what still comes.
    TCP's slow start, registries' pauses and other traffic are left out: the figure is a lower bound, for comparisons.
    """
    per_second = link.bits_per_second / 8
    begun = MODEL.round_trips * link.rtt_seconds + document_bytes / per_second
    received, unpacked = 0, begun
    for number, packed_bytes in enumerate(layers):
        received += packed_bytes
        rounds = number // MODEL.at_once + 1
        arrived = begun + rounds * link.rtt_seconds + received / per_second
        unpacked = max(unpacked, arrived) + packed_bytes / MODEL.unpack_packed_bytes_per_second
    return unpacked
