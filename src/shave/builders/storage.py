"""What podman and buildah share: the storage of the user, and the reader of Dockerfiles."""

from shave.builders.command import Versions, options
from shave.builders.protocol import Order

# Source: buildah's changelog; its pull requests 6008 (parents) and 6240 (link).
SINCE: Versions = {
    "chmod": (1, 20),
    "mount": (1, 24),
    "network": (1, 30),
    "heredoc": (1, 33),
    "checksum": (1, 33),
    "git": (1, 38),
    "exclude": (1, 38),
    "parents": (1, 41),
    "link": (1, 41),
}


def named(tag: str) -> str:
    """The name that an image gets: podman's own for one that names no registry.

    >>> named("hello:gcc")
    'localhost/hello:gcc'
    """
    host, slash, _ = tag.partition("/")
    return tag if slash and (host == "localhost" or set(host) & set(".:")) else f"localhost/{tag}"


def words(order: Order) -> tuple[str, ...]:
    """Docker's form of images: no other holds a health check. ``--layers`` keeps each step for the next build."""
    return ("build", "--format", "docker", "--layers", "--force-rm", *options(order, named(order.tag), {}))
