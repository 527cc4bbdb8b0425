"""dpkg's records: ``status``, ``status.d``, the lists of files, diversions, and what apt chose by itself.

A package of which part went keeps its paragraph, with a field that says so: ``Shave-Split: 12 of 340 files``. dpkg
keeps fields that it does not know, and ``dpkg-query -f '${Shave-Split}'`` shows them.

Sources: deb-control(5) and deb822(5), dpkg-query(1), deb-conffiles(5), deb-md5sums(5), dpkg-divert(1), apt-mark(8).
"""

import re
from collections.abc import Callable, Iterator, Mapping

from shave.catalog.dpkg import DATABASE, STATES, Diversion, diversions, diverted, installed, named
from shave.deb822 import paragraphs
from shave.pruned.protocol import Remains

SPLIT = "Shave-Split"
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")
_FIELD = re.compile(r"\n(?![ \t])")
_CONFFILE = re.compile(r"[ \t](/.*?) (?:[0-9a-f]{32}|newconffile)\b")
_SUM = re.compile(r"[0-9a-f]{32} [ *](.*)")
_There = Callable[[str, str], bool]
"""Whether a path stays that the package of a name lists."""


def pruned(remains: Remains) -> Iterator[tuple[str, bytes]]:
    """All of dpkg's records, and apt's of what nobody asked for."""
    place = remains.files.tree.resolve(DATABASE).path
    if place is None:
        return
    known = remains.reading.attempt(f"{place}/diversions", lambda path: diversions(remains.reading.text(path)))
    moved: Mapping[str, Diversion] = known if isinstance(known, dict) else {}

    def there(path: str, name: str) -> bool:
        return remains.stays(diverted(moved, path, name))

    beside = remains.files.tree.children.get(f"{place}/status.d", ())
    single = [path for path in beside if not path.endswith(".md5sums")]
    lists = [path for path in (*remains.files.tree.children.get(f"{place}/info", ()), *beside) if _lists(path)]
    yield from remains.rewritten([f"{place}/status", *single], lambda text, _: _status(text, remains, there))
    yield from remains.rewritten(lists, lambda text, path: _list(text, path, there))
    yield from remains.rewritten([f"{place}/diversions"], lambda text, _: _diversions(text, remains.stays))
    yield from remains.rewritten([STATES], lambda text, _: _states(text, remains))


def _lists(path: str) -> bool:
    return path.endswith((".list", ".md5sums"))


def _chosen(text: str, rewrite: Callable[[str], str]) -> str:
    """Paragraphs as ``rewrite`` makes them, without those of which it makes nothing."""
    body = text.rstrip("\n")
    left = [paragraph for each in _BLANK.split(body) if (paragraph := rewrite(each))]
    return "\n\n".join(left) + text[len(body) :] if left else ""


def _status(text: str, remains: Remains, there: _There) -> str:
    """The paragraphs of what is left; one of a package that was not installed stays as it is."""

    def paragraph(written: str) -> str:
        control = next(paragraphs(written), {})
        if "package" not in control or not installed(control):
            return written
        _, unit = remains.units.get(f"dpkg:{named(control)}", (None, None))
        if unit is None:
            return written
        if unit.fate == "gone":
            return ""
        fields = [left for field in _FIELD.split(written) if (left := _field(field, control["package"], there))]
        if unit.fate == "split":
            fields = [field for field in fields if not field.startswith(f"{SPLIT}:")]
            fields.append(f"{SPLIT}: {unit.lost_files} of {unit.kept_files + unit.dropped_files} files")
        return "\n".join(fields)

    return _chosen(text, paragraph)


def _field(field: str, name: str, there: _There) -> str:
    """A field; of Conffiles the lines of files that are there, nothing if none are."""
    if not field.lower().startswith("conffiles:"):
        return field
    heading, *lines = field.split("\n")
    left = [line for line in lines if not (found := _CONFFILE.match(line)) or there(found[1], name)]
    return "\n".join((heading, *left)) if left else ""


def _list(text: str, path: str, there: _There) -> str:
    """A list of files, of those that are there."""
    name = path.rpartition("/")[2].rpartition(".")[0].partition(":")[0]

    def stays(line: str) -> bool:
        if path.endswith(".list"):
            return not line or there(line, name)
        return not (found := _SUM.fullmatch(line)) or there(f"/{found[1]}", name)

    return "\n".join(line for line in text.split("\n") if stays(line))


def _diversions(text: str, stays: Callable[[str], bool]) -> str:
    """The diversions of which either file is there."""
    lines = text.split("\n")
    triples = zip(lines[::3], lines[1::3], lines[2::3], strict=False)
    return "".join(f"{path}\n{to}\n{name}\n" for path, to, name in triples if stays(path) or stays(to))


def _states(text: str, remains: Remains) -> str:
    """What apt says of packages that are left. For one of architecture "all" it writes the machine's own."""
    packages = [(each, fate) for each, fate in remains.units.values() if each.manager == "dpkg" and fate.fate != "gone"]
    left = {(each.name.partition(":")[0], each.architecture) for each, _ in packages}

    def stays(written: str) -> str:
        state = next(paragraphs(written), {})
        name = state.get("package", "")
        return written if {(name, state.get("architecture", "")), (name, "all")} & left else ""

    return _chosen(text, stays)
