"""What a spec came to when it was resolved: every file by name, version, hash and origin."""

from msgspec import Struct


class LockedArchive(Struct, frozen=True):
    """An archive as it was: the ``date`` of its Release file (RFC 3339), the SHA-256 of that as signed (hex digits),
    and the fingerprint of the key that signed it.
    """

    uri: str
    suite: str
    codename: str
    date: str
    sha256: str
    signer: str


class LockedPackage(Struct, frozen=True):
    """A Debian package file: what it is, where it lies, what it must hash to. ``asked`` if the spec or its base names
    it. ``archive`` counts from 0 in the lock's list.
    """

    name: str
    version: str
    architecture: str
    sha256: str
    packed_bytes: int
    url: str
    archive: int = 0
    asked: bool = False


class LockedWheel(Struct, frozen=True):
    """A Python wheel, by the name of its file. ``url`` is relative if it is a file of the context. ``asked`` if the
    spec or a requirements file names it.
    """

    name: str
    version: str
    file: str
    sha256: str
    url: str
    asked: bool = False


class LockedModule(Struct, frozen=True):
    """An npm package: where it goes below the application ("node_modules/express"), and what its tarball must hash to
    (Subresource Integrity, "sha512-…"). ``url`` is relative if it is a file of the context. ``scripts`` if it has
    scripts that npm would run to install it.
    """

    path: str
    name: str
    version: str
    url: str
    integrity: str
    scripts: bool = False


class LockedImage(Struct, frozen=True):
    """Another image that files are copied of, as the spec names it; the digest of its ``config`` says what is in it."""

    reference: str
    config: str


class LeftOut(Struct, frozen=True):
    """A package that another of the image depends on, and why it is not in the image all the same."""

    name: str
    wanted_by: str
    why: str


class Lock(Struct, frozen=True):
    """``spec`` is the digest of all of the spec that decides what is resolved. Packages are sorted by name."""

    spec: str
    suite: str
    architecture: str
    archives: tuple[LockedArchive, ...] = ()
    packages: tuple[LockedPackage, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    wheels: tuple[LockedWheel, ...] = ()
    modules: tuple[LockedModule, ...] = ()
    images: tuple[LockedImage, ...] = ()
