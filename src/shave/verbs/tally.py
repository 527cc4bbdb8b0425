"""What the visible files of an image add up to, in one pass over its tree: by package, and by directory."""

from collections import Counter, defaultdict
from collections.abc import Mapping

from msgspec import Struct

from shave.catalog.explained import Explained


class Sum:
    """Files, unpacked and packed bytes as they add up, and how many files each layer brought."""

    def __init__(self) -> None:
        self.files = self.unpacked = 0
        self.packed = 0.0
        self.layers: defaultdict[int, int] = defaultdict(int)

    def add(self, unpacked: int, packed: float, layer: int) -> None:
        """One more file."""
        self.files += 1
        self.unpacked += unpacked
        self.packed += packed
        self.layers[layer] += 1

    def unite(self, other: "Sum") -> None:
        """All files of another sum, too."""
        self.files += other.files
        self.unpacked += other.unpacked
        self.packed += other.packed


class Tally(Struct, frozen=True):
    """How many regular files, hard links among them, and their bytes, each body once; what each package owns, by its
    number in the catalogue; the bytes right in each directory; and what of them nobody owns.
    """

    files: int
    content_bytes: int
    units: Mapping[int, Sum]
    directories: Mapping[str, int]
    unowned: Mapping[str, Sum]


def tally(explained: Explained) -> Tally:
    """The sums of an image; ``explained.once(tally)``."""
    number, own = _packages(explained)
    units: defaultdict[int, Sum] = defaultdict(Sum)
    directories: defaultdict[str, int] = defaultdict(int)
    unowned: defaultdict[str, Sum] = defaultdict(Sum)
    files = 0
    owners, tree = explained.owners, explained.survey.tree
    positions = [layer.positions for layer in explained.survey.layers]
    for node in tree:
        entry = node.entry
        if entry.kind != "file":
            continue
        files += 1
        path = entry.path
        if node.inode in tree.inodes and not explained.counts(node):
            continue
        unit, directory = owners.get(path), path.rpartition("/")[0]
        directories[directory] += entry.size
        packed = positions[node.layer].entry(entry)
        if unit:
            units[own.get((unit, path), number[unit])].add(entry.size, packed, node.layer)
        elif entry.size:
            unowned[directory].add(entry.size, packed, node.layer)
    return Tally(files, sum(directories.values()), units, directories, unowned)


def _packages(explained: Explained) -> tuple[dict[str, int], dict[tuple[str, str], int]]:
    """The number of each unit's package; of units with several, as npm nests versions, whose number each path has."""
    packages = explained.catalog.packages
    times = Counter(package.unit for package in packages)
    several = ((at, package) for at, package in enumerate(packages) if times[package.unit] > 1)
    own = {(package.unit, path): at for at, package in several for path in package.paths}
    return {package.unit: at for at, package in enumerate(packages)}, own
