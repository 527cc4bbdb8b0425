"""A spec that gives the units an image uses, without the rest: what ``shave build --from-image`` proposes.

What is used is what grain ``unit`` finds for the probes: Debian's packages as far as a run used a file of theirs or
such a file needs one, packages of PyPI as requirements, and of the image itself what nobody else has: its application,
and runtimes that no package manager installed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from shave import facts
from shave.architectures import of_platform
from shave.catalog import Catalog
from shave.config import Settings
from shave.errors import CannotError
from shave.evidence import Evidence
from shave.globs import escaped, matcher
from shave.needs import Files
from shave.oci import DEFAULT_PATH, Config, environment
from shave.origins.accounts import NOWHERE, rows
from shave.package import Package
from shave.plan import Kept, Plan
from shave.reason import Because
from shave.release import Release
from shave.scene import Scene
from shave.spec import Base, Copy, Group, ImageOptions, PythonPackages, Spec, User
from shave.tree import Tree, parents
from shave.widening.application import application, installs

BASE: Base = "static"
_PRESET = facts.load(f"presets/{BASE}")
_FACTS: frozenset[Because] = frozenset({"trace", "application", "glob", "repair"})
_CODENAME = re.compile(r"\((\w+)\)")
_WORD = re.compile(r"[a-z_][a-z0-9_-]*")
_CONFIGURATION = 1 << 20
# what venv puts into every environment; whatever needs one of them at run time requires it
_SEEDS = ("pip", "setuptools", "wheel")
_PASSWD, _FIRST, _NOBODY = 7, 100, 65534
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
        raise CannotError(
            f"{reference} is of {name}: specs are proposed for Debian's images", "write one: docs/build.md"
        )
    if plan.thin:
        raise CannotError(f"what {reference} uses is not known: it did nothing", "give a [[probe]], or -- ARG...")
    image = _Image(Scene(files, config, evidence, catalog), plan, reference)
    return Spec(
        suite=suite[1],
        architecture=of_platform(config.platform),
        base=BASE,
        packages=image.packages,
        without=image.without,
        users=image.users,
        groups=image.groups,
        copies=image.copies,
        python=PythonPackages(packages=image.requirements) if image.requirements else None,
        image=_options(config),
        run=settings.run,
        probes=settings.probes,
    )


class _Image(Struct, frozen=True, dict=True):
    """An image of which it is known what of it is used."""

    scene: Scene
    plan: Plan
    reference: str

    @cached_property
    def kept(self) -> dict[str, Kept]:
        return {kept.path: kept for kept in self.plan.kept}

    @cached_property
    def used(self) -> frozenset[str]:
        """The units of which a run used a file, or the application's, or a file that one of these needs; and of those
        that somebody asked for by name such as are there for these.
        """
        units = {self.kept[path].unit for path in self._reached}
        gone = {fate.unit for fate in self.plan.units if fate.fate == "gone"}
        asked = (each for each in self.scene.catalog.packages if each.asked and not self.scene.of_base(each))
        wanted = {each.unit for each in asked if each.unit not in gone and self._leads_to(each, units)}
        return frozenset(units | wanted)

    def _leads_to(self, package: Package, units: Collection[str]) -> bool:
        return any(other.unit in units for other in self.scene.depends_on(package))

    @cached_property
    def _reached(self) -> set[str]:
        """The paths that are used, or that something used needs: not what only stands beside it."""
        needed: defaultdict[str, list[str]] = defaultdict(list)
        for kept in self.plan.kept:
            for reason in kept.reasons:
                if reason.because in ("need", "symlink"):
                    needed[reason.source].append(kept.path)
        todo = [kept.path for kept in self.plan.kept if any(each.because in _FACTS for each in kept.reasons)]
        found = set(todo)
        while todo:
            more = set(needed[todo.pop()]) - found
            found |= more
            todo += more
        return found

    def of(self, manager: str) -> list[Package]:
        """The used packages of a manager."""
        return [each for each in self.scene.catalog.packages if each.manager == manager and each.unit in self.used]

    def tops(self, packages: Sequence[Package]) -> list[Package]:
        """Of these, those that none of the others requires; of such as require each other the asked one."""
        needs = {id(each): {id(other) for other in self.scene.depends(each)} for each in packages}
        first = sorted(packages, key=lambda each: (-len(needs[id(each)]), not each.asked, each.unit))
        found, covered = list[Package](), set[int]()
        for package in first:
            if id(package) not in covered:
                found.append(package)
                covered |= needs[id(package)]
        return sorted(found, key=lambda each: each.unit)

    @cached_property
    def debian(self) -> list[Package]:
        return self.tops(self.of("dpkg"))

    @cached_property
    def packages(self) -> tuple[str, ...]:
        """Debian's packages but for those that the base has."""
        base = set(_PRESET["packages"])
        return tuple(name for each in self.debian if (name := _bare(each.unit)) not in base)

    @cached_property
    def without(self) -> tuple[str, ...]:
        """What these depend on, directly or by what comes with them, and is gone from the plan."""
        gone, found = {fate.unit for fate in self.plan.units if fate.fate == "gone"}, dict[str, bool]()
        todo = [*self.debian]
        while todo:
            for each in self.scene.depends_on(todo.pop()):
                if each.unit not in found:
                    found[each.unit] = each.unit in gone
                    todo += [] if each.unit in gone else [each]
        return tuple(sorted({_bare(unit) for unit, stays_out in found.items() if stays_out}))

    @cached_property
    def distributions(self) -> list[Package]:
        """Python's packages that PyPI has: not Debian's, not the author's own, not of a place that the start names."""
        if any(word.startswith(f"/{place}/") for place in self.environments for word in self.scene.words):
            return []
        return [
            each
            for each in self.of("python")
            if any(self.scene.owners.get(path) is each for path in each.paths)
            and not any(path.endswith(".dist-info/direct_url.json") for path in each.paths)
            and each.name not in _SEEDS
        ]

    @cached_property
    def requirements(self) -> tuple[str, ...]:
        return tuple({each.name: f"{each.name}=={each.version}" for each in self.tops(self.distributions)}.values())

    @cached_property
    def environments(self) -> frozenset[str]:
        """Virtual environments: pip makes what is in them. Source: PEP 405."""
        return frozenset(
            path.rpartition("/")[0]
            for path in self.scene.tree.nodes
            if path.endswith("/pyvenv.cfg") and path.count("/")
        )

    @cached_property
    def users(self) -> tuple[User, ...]:
        """Who runs it, who owns what is copied, and whom configuration names that a run read."""
        owners = {self.scene.tree.nodes[path].entry.uid for path in self.own}
        run = self.scene.config.run.user.partition(":")[0]
        known = (_user(row) for row in rows(self.scene.files, "etc/passwd", 4) if len(row) == _PASSWD)
        return tuple(
            user
            for user in known
            if 0 < user.uid < _NOBODY
            and (user.uid in owners or run in (user.name, str(user.uid)) or self._is_named(user))
        )

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The groups that these users, or files that are copied, are in, but for users' own."""
        owners = {self.scene.tree.nodes[path].entry.gid for path in self.own} | {user.gid for user in self.users}
        known = {user.name for user in self.users} | {group["name"] for group in _PRESET["group"]}
        found = (Group(row[0], int(row[2])) for row in rows(self.scene.files, "etc/group", 3))
        return tuple(each for each in found if 0 < each.gid < _NOBODY and each.gid in owners and each.name not in known)

    def _is_named(self, user: User) -> bool:
        """Other users of Debian's first hundred have the names of common words."""
        return user.name in self._names and (user.uid >= _FIRST or user.name == "www-data")

    @cached_property
    def _names(self) -> frozenset[str]:
        """The words of configuration that a run read, of which one may be a user's name."""
        tree, found = self.scene.tree, set[str]()
        for path, kept in self.kept.items():
            entry = tree.get(path)
            is_read = entry and entry.kind == "file" and entry.size < _CONFIGURATION and path.startswith("etc/")
            if is_read and path not in _ACCOUNTS and any(reason.because == "trace" for reason in kept.reasons):
                found.update(_WORD.findall(self.scene.files.read(path).decode("utf-8", "replace")))
        return frozenset(found)

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The kept paths that no package of the spec brings, and that the build does not make."""
        made, requirements = application(self.scene), {id(each) for each in self.distributions}
        install = [installs(text) for text in self.scene.instructions]
        found = list[str]()
        for path in self.kept:
            node, owner = self.scene.tree.nodes.get(path), self.scene.owners.get(path)
            if not path or node is None or node.layer < self.scene.base_layers or _MADE_AGAIN(path):
                continue
            if id(owner) in requirements or (requirements and self.environments.intersection((path, *parents(path)))):
                continue
            is_local = bool(_LOCAL.fullmatch(path)) or (owner is not None and owner.manager != "dpkg")
            is_authors = not install[node.layer] and path in self._reached
            is_made = not install[node.layer] or node.entry.kind != "directory"
            if path not in self.scene.tree.children and is_made and (is_local or path in made or is_authors):
                found.append(path)
        return tuple(found)

    @property
    def copies(self) -> tuple[Copy, ...]:
        """Copies of the image itself: runtimes with what they need, and the application."""
        places = tuple(_places(self.scene.tree, self.own))
        local = tuple(f"/{escaped(path)}" for path in places if _LOCAL.match(f"{path}/"))
        other = tuple(f"/{escaped(path)}" for path in places if not _LOCAL.match(f"{path}/"))
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


def _is_leaf(tree: Tree, path: str) -> bool:
    return path not in tree.children and not _MADE_AGAIN(path)


def _bare(unit: str) -> str:
    """What apt calls it."""
    return unit.split(":")[1]


def _user(row: list[str]) -> User:
    name, _, uid, gid, comment, home, shell = row
    return User(name, int(uid), int(gid), home or NOWHERE, shell, comment.rstrip(","))


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
