"""A spec that gives the units an image uses, without the rest: what ``shave build --from-image`` proposes.

What is used is what grain ``unit`` finds for the probes: Debian's packages as far as a run used a file of theirs or
such a file needs one, packages of PyPI as requirements, and of the image itself what nobody else has: its application,
and runtimes that no package manager installed.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from msgspec import Struct

from shave import facts
from shave.accounts import NOWHERE, Account
from shave.architectures import of_platform
from shave.catalog import Catalog
from shave.config import Settings
from shave.errors import CannotError
from shave.evidence import Evidence
from shave.globs import escaped, matcher
from shave.needs import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.origins.accounts import known
from shave.package import Package
from shave.plan import Plan
from shave.release import Release
from shave.scene import Scene
from shave.spec import Base, Copy, Group, ImageOptions, PythonPackages, Spec, User
from shave.tree import Tree, parents
from shave.verbs.uses import Uses
from shave.widening.application import application, installs

BASE: Base = "static"
_CODENAME = re.compile(r"\((\w+)\)")
_WORD = re.compile(r"[a-z_][a-z0-9_-]*")
_CONFIGURATION = 1 << 20
_FIRST, _NOBODY = 100, 65534
_ACCOUNTS = ("etc/passwd", "etc/group")
_LOCAL = re.compile(r"(?:usr/local|opt)/.*")
# what the build makes itself, and what was left by the making of the image
_MADE_AGAIN = matcher(
    (
        "etc/{passwd,group,shadow,gshadow,subuid,subgid}{,-}",
        "etc/{ld.so.cache,hosts,hostname,resolv.conf,mtab,.pwd.lock}",
        "var/{lib/dpkg,lib/apt,cache}/**",
        "var/log/{apt/**,dpkg.log,alternatives.log,bootstrap.log,faillog,lastlog}",
        "**/__pycache__/**",
        "{root,home/*}/.cache/**",
        "{tmp,run,var/tmp,var/run,dev,proc,sys}{,/**}",
    )
)


def propose(
    files: Files,
    config: Config,
    catalog: Catalog,
    plan: Plan,
    evidence: Evidence,
    release: Release,
    reference: str,
    settings: Settings,
) -> Spec:
    """The spec for an image of Debian of which ``plan`` says, at grain ``unit``, what it uses.

    Raises CannotError for an image of another distribution, and for one whose plan rests on thin evidence.
    """
    suite = _CODENAME.search(release.name)
    if release.id != "debian" or not suite:
        name = release.name or "no distribution that is known"
        raise CannotError(f"{reference} is of {name}: specs are for Debian's packages", "write one: docs/build.md")
    if plan.thin:
        raise CannotError(f"what {reference} uses is not known: it did nothing", "give a [[probe]], or -- ARG...")
    uses = Uses(Scene(files, config, evidence, catalog), plan)
    image, base = _Image(uses, reference), facts.load(f"presets/{BASE}")
    based = {group["name"] for group in base["group"]}
    return Spec(
        suite=suite[1],
        architecture=of_platform(config.platform),
        base=BASE,
        packages=tuple(name for name in uses.packages if name not in base["packages"]),
        without=uses.without,
        users=image.users,
        groups=tuple(group for group in image.groups if group.name not in based),
        copies=image.copies,
        python=PythonPackages(packages=uses.requirements) if uses.requirements else None,
        image=_options(config),
        run=settings.run,
        probes=settings.probes,
    )


class _Image(Struct, frozen=True, dict=True):
    """What of an image is nobody's but its own: files, and the users that these and the start need."""

    uses: Uses
    reference: str

    @property
    def scene(self) -> Scene:
        return self.uses.scene

    @cached_property
    def users(self) -> tuple[User, ...]:
        """Who runs it, who owns what is copied, and whom configuration names that a run read."""
        owners = {self.scene.tree.nodes[path].entry.uid for path in self.own}
        run = self.scene.config.run.user.partition(":")[0]
        return tuple(
            user
            for user in map(_user, known(self.scene.files).users.values())
            if 0 < user.uid < _NOBODY
            and (user.uid in owners or run in (user.name, str(user.uid)) or self._is_named(user))
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups that these users, or files that are copied, are in, but for users' own."""
        owners = {self.scene.tree.nodes[path].entry.gid for path in self.own} | {user.gid for user in self.users}
        own = {user.name for user in self.users}
        found = (Group(each.name, each.gid) for each in known(self.scene.files).groups.values())
        return tuple(each for each in found if 0 < each.gid < _NOBODY and each.gid in owners and each.name not in own)

    def _is_named(self, user: User) -> bool:
        """Other users of Debian's first hundred have the names of common words."""
        return user.name in self._names and (user.uid >= _FIRST or user.name == "www-data")

    @cached_property
    def _names(self) -> frozenset[str]:
        """The words of configuration that a run read, of which one may be a user's name."""
        tree, found = self.scene.tree, set[str]()
        for path, kept in self.uses.kept.items():
            entry = tree.get(path)
            is_read = entry and entry.kind == "file" and entry.size < _CONFIGURATION and path.startswith("etc/")
            if is_read and path not in _ACCOUNTS and any(reason.because == "trace" for reason in kept.reasons):
                found.update(_WORD.findall(self.scene.files.read(path).decode("utf-8", "replace")))
        return frozenset(found)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The kept paths that no package of the spec brings, and that the build does not make."""
        tree = self.scene.tree
        leaves = (path for path in self.uses.kept if path in tree and path not in tree.children)
        return tuple(path for path in leaves if not _MADE_AGAIN(path) and self._is_own(path))

    def _is_own(self, path: str) -> bool:
        node, owner = self.scene.tree.nodes[path], self.scene.owners.get(path)
        if node.layer < self.scene.base_layers or self._is_required(path, owner):
            return False
        is_installed = installs(self.scene.instructions[node.layer])
        if is_installed and node.entry.kind == "directory":
            return False
        if _LOCAL.fullmatch(path) or (owner is not None and owner.manager != "dpkg"):
            return True
        # where layers were made one, nothing tells what was changed after its package came
        is_changed = self.scene.base_layers > 0 and not is_installed and path in self.uses.reached
        return path in self._application or is_changed

    def _is_required(self, path: str, owner: Package | None) -> bool:
        """Whether pip brings it: a file of a requirement, or of an environment that is there for requirements."""
        requirements, environments = self.uses.distributions, self.uses.environments
        return any(each is owner for each in requirements) or (
            bool(requirements) and not environments.isdisjoint((path, *parents(path)))
        )

    @cached_property
    def _application(self) -> Mapping[str, str]:
        return application(self.scene)

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Copies of the image itself: runtimes with what they need, and the application."""
        places = tuple(_places(self.scene.tree, self.own))
        local = tuple(_glob(path) for path in places if _LOCAL.match(f"{path}/"))
        other = tuple(_glob(path) for path in places if not _LOCAL.match(f"{path}/"))
        copies = Copy(image=self.reference, paths=local, closure=True), Copy(image=self.reference, paths=other)
        return tuple(copy for copy in copies if copy.paths)


def _places(tree: Tree, paths: Sequence[str]) -> Iterator[str]:
    """The paths; for all that is in a directory which is not everybody's, the directory, but for configuration."""
    left = Counter(above for path in tree.nodes if _is_leaf(tree, path) for above in parents(path))
    left.subtract(above for path in paths for above in parents(path))
    shared, seen = {*facts.load("application")["system"]}, set[str]()
    for path in paths:
        whole = (above for above in reversed([*parents(path)]) if not left[above] and above not in shared)
        place = path if path.startswith("etc/") else next(whole, path)
        if place not in seen:
            seen.add(place)
            yield place


def _glob(path: str) -> str:
    """What matches a path, without characters that no spec can have: names may be any bytes."""
    return "/" + "".join(each if each.isprintable() else "?" for each in escaped(path))


def _is_leaf(tree: Tree, path: str) -> bool:
    return path not in tree.children and not _MADE_AGAIN(path)


def _user(account: Account) -> User:
    home, shell = account.home or NOWHERE, account.shell or "/bin/sh"
    return User(account.name, account.uid, account.gid, home, shell, account.comment.rstrip(","))


def _options(config: Config) -> ImageOptions:
    run = config.run
    variables = {name: value for name, value in environment(config).items() if (name, value) != ("PATH", DEFAULT_PATH)}
    return ImageOptions(
        run.entrypoint or (),
        run.cmd or (),
        variables,
        run.user,
        run.working_dir,
        tuple(run.exposed_ports or ()),
        tuple(run.volumes or ()),
        run.stop_signal,
        run.labels or {},
    )
