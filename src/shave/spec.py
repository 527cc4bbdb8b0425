"""What an image shall be made of, as ``shave build`` is told: packages, files of others, how it starts.

Paths inside the image are absolute in a spec file. Globs are those of ``shave.globs``.
"""

from typing import Literal, get_args

from msgspec import Struct, field

from shave.probe import Probe, RunOptions

Base = Literal["scratch", "static", "cc", "busybox", "python", "node", "java", "dotnet-deps"]
BASES: tuple[Base, ...] = get_args(Base)
"""What a spec may build on: nothing, or the spec file of that name in ``facts/presets``."""


class Archive(Struct, frozen=True, forbid_unknown_fields=True):
    """A Debian archive (sources.list(5)). ``keyring`` is a file of public keys, ``signers`` the fingerprints of those
    among them that are believed: all if none is named.
    """

    uri: str
    suite: str
    components: tuple[str, ...] = ("main",)
    keyring: str = ""
    signers: tuple[str, ...] = ()


class User(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of /etc/passwd, and a group of the same name and number unless ``gid`` names another's number."""

    name: str
    uid: int
    gid: int | None = None
    home: str = "/nonexistent"
    shell: str = "/usr/sbin/nologin"
    comment: str = ""


class Group(Struct, frozen=True, forbid_unknown_fields=True):
    """A line of /etc/group."""

    name: str
    gid: int
    members: tuple[str, ...] = ()


class NewDirectory(Struct, frozen=True, forbid_unknown_fields=True):
    """A directory. ``mode`` is octal digits; ``user`` and ``group`` are names or numbers, the group by default the
    user's own.
    """

    path: str
    mode: str = "0755"
    user: str = "root"
    group: str = ""


class NewSymlink(Struct, frozen=True, forbid_unknown_fields=True):
    """A symbolic link. One that ``yields`` leaves its place to what a package has there."""

    path: str
    target: str
    yields: bool = False


class NewFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A small text file, as it is: ``text`` has its own final newline. ``mode``, ``user`` and ``group`` are as those of
    a directory.
    """

    path: str
    text: str = ""
    mode: str = "0644"
    user: str = "root"
    group: str = ""


class Copy(Struct, frozen=True, forbid_unknown_fields=True):
    """Files for the image, of the context (the directory that holds the spec) or, with ``from``, of another image.

    Of the context: ``source`` is a file or a directory; a file goes to ``path`` (below it if that ends in a slash), a
    directory's contents go below it; ``exclude`` are globs relative to the source. Of an image: ``paths`` are globs of
    what is taken, each to the same path below ``path``; with ``closure`` the libraries and interpreters that these need
    come too. ``mode`` (of files, octal digits), ``user`` and ``group`` replace what the files have; of the context,
    that is root and 0644 or 0755.
    """

    path: str = "/"
    source: str = ""
    image: str = field(default="", name="from")
    paths: tuple[str, ...] = ()
    closure: bool = False
    exclude: tuple[str, ...] = ()
    mode: str = ""
    user: str = ""
    group: str = ""


class PythonPackages(Struct, frozen=True, forbid_unknown_fields=True):
    """Python distributions: requirement files of the context, and requirements as pip takes them. ``target`` is where
    they go; by default the image's own site directory.
    """

    requirements: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    target: str = ""


class NodePackages(Struct, frozen=True, forbid_unknown_fields=True):
    """npm packages of a lock file of the context (versions 2 and 3), below ``path``; those for development are left
    out.
    """

    lock: str = "package-lock.json"
    path: str = "/app"


class ImageOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """How a container of the image starts, and what is written about it. ``ports`` are as in EXPOSE ("8080/tcp")."""

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env: dict[str, str] = {}
    user: str = ""
    workdir: str = ""
    ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class Spec(Struct, frozen=True, forbid_unknown_fields=True):
    """One image. ``packages`` are Debian's names, each with ``=VERSION`` or ``/SUITE`` if wanted; of ``a | b`` the
    first that the suite has. ``without`` are packages that stay out although others depend on them. ``exclude`` are
    globs of package files that stay out beside documentation, manuals and locales, ``include`` globs of what comes all
    the same. ``suite`` and ``architecture`` are by default the machine's, as are the archives.
    """

    suite: str = ""
    architecture: str = ""
    base: Base = "scratch"
    archives: tuple[Archive, ...] = field(default=(), name="archive")
    packages: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    users: tuple[User, ...] = field(default=(), name="user")
    groups: tuple[Group, ...] = field(default=(), name="group")
    directories: tuple[NewDirectory, ...] = field(default=(), name="directory")
    symlinks: tuple[NewSymlink, ...] = field(default=(), name="symlink")
    files: tuple[NewFile, ...] = field(default=(), name="file")
    copies: tuple[Copy, ...] = field(default=(), name="copy")
    python: PythonPackages | None = None
    node: NodePackages | None = None
    image: ImageOptions = field(default_factory=ImageOptions)
    run: RunOptions = field(default_factory=RunOptions)
    probes: tuple[Probe, ...] = field(default=(), name="probe")
