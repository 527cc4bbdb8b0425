"""Small images as rules of grain ``unit`` see them: paths with their bytes or targets, packages, what a run used."""

from collections.abc import Iterable, Mapping

from shave.catalog import Catalog
from shave.closure import closure
from shave.evidence import Access, Evidence
from shave.oci import Config, HistoryEntry, RootFS, RunConfig
from shave.package import Package
from shave.reason import Reason
from shave.scene import Scene
from shave.tree import Entry, Node, Tree
from shave.widening import linker
from shave.widening.protocol import Widening

Content = bytes | str
"""A file's bytes, or a symlink's target."""


class Files:
    """Regular files (all executable) and symlinks with the directories above them, each in the layer that is said; what
    ends in a slash is an empty directory.
    """

    def __init__(self, layers: Iterable[Mapping[str, Content]]) -> None:
        self.bodies: dict[str, bytes] = {}
        nodes = {"": Node(Entry("", "directory"), 0, (0, ""))}
        for number, layer in enumerate(layers):
            for path, content in layer.items():
                above = ""
                for part in path.split("/")[:-1]:
                    above = f"{above}/{part}".lstrip("/")
                    nodes.setdefault(above, Node(Entry(above, "directory", 0o755), number, (number, above)))
                if path.endswith("/"):
                    continue
                nodes[path] = Node(self._entry(path, content), number, (number, path))
        self.tree = Tree(dict(sorted(nodes.items())))

    def _entry(self, path: str, content: Content) -> Entry:
        if isinstance(content, str):
            return Entry(path, "symlink", 0o777, link=content)
        self.bodies[path] = content
        return Entry(path, "file", 0o755, size=len(content))

    def read(self, path: str, offset: int = 0, length: int = -1) -> bytes:
        """Bytes of a file."""
        body = self.bodies[path]
        return body[offset:] if length < 0 else body[offset : offset + length]


def scene(
    *layers: Mapping[str, Content],
    packages: Iterable[Package] = (),
    used: Iterable[str] = (),
    made_by: tuple[str, ...] = (),
    run: RunConfig | None = None,
    ended: bool = False,
) -> Scene:
    """A scene of some layers, made by these instructions, the lowest first; what is used is what grain file keeps."""
    count = len(layers)
    said = made_by or ("ADD rootfs.tar in /", *("RUN make",) * (count - 1))
    config = Config(
        config=run or RunConfig(),
        rootfs=RootFS("layers", tuple(f"sha256:{number}" for number in range(count))),
        history=tuple(HistoryEntry(created_by=_written(words)) for words in said),
    )
    evidence = Evidence(
        "sha256:c", "seccomp", tuple(Access(f"/{path}", ("opened",), ("start",)) for path in sorted(used))
    )
    return Scene(Files(layers), config, evidence, Catalog(tuple(packages)), frozenset(used), ended)


def widened(known: Scene, *rules: type[Widening]) -> dict[str, Reason]:
    """What stays of a scene by some rules, each path that is no directory with its first reason."""
    made = [rule(known) for rule in rules]
    roots = [(path, Reason("trace", "opened by start")) for path in sorted(known.narrow)]
    found = closure(
        known.tree, [*roots, *(root for rule in made for root in rule.roots())], linker(known, made), lambda path: False
    )
    return {path: why[0] for path, why in found.items() if path not in known.tree.children and path}


def _written(instruction: str) -> str:
    """An instruction as the classic builder writes it into the history."""
    verb, _, rest = instruction.partition(" ")
    return f"/bin/sh -c {rest}" if verb == "RUN" else f"/bin/sh -c #(nop) {instruction} "
