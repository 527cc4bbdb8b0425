"""The file that says what ``shave build`` shall build: TOML, with what its ``base`` says below it.

A base is a spec file too, of ``facts/presets``. Every mistake is a UsageError that names the file, the key and what was
expected; whether the packages, users and files that are named exist is known only later.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from shave import config, facts, toml_reader
from shave.errors import UsageError
from shave.spec import BASES, Archive, Copy, Spec
from shave.spec_rules import hold
from shave.spec_users import agree

_PAGE = "docs/build.md"
_MADE = ("directory", "symlink", "file")
"""Tables that put something at a path: what the file puts there takes the place of what its base does."""


def load(path: Path) -> Spec:
    """The spec of the file ``path`` over its base. Paths of the context stay relative to the file's directory, those of
    keyrings, scripts and mounts become absolute.
    """
    table = toml_reader.document(path, "give the path of a spec file; see docs/build.md for a first one")
    own = _held(path, table)
    spec = toml_reader.value(path, _over(_preset(own.base), table), Spec, _PAGE)
    agree(path, spec.users, spec.groups)
    run, probes = config.checked(path, spec.run, spec.probes)
    archives = tuple(_found(path, number, archive) for number, archive in enumerate(spec.archives))
    return replace(spec, run=run, probes=probes, archives=archives)


def _held(path: Path, table: Mapping[str, Any]) -> Spec:
    """What the file itself says, if it can be meant."""
    if isinstance(base := table.get("base"), str) and base not in BASES:
        hint = toml_reader.nearest(base, list(BASES), f"see {_PAGE}")
        raise UsageError(f"{path}: base: {base!r} is no base: expected one of {', '.join(BASES)}", hint)
    spec = toml_reader.value(path, table, Spec, _PAGE)
    hold(path, table)
    config.variables(f"{path}: image.env", spec.image.env)
    for name in (*spec.image.labels, *spec.image.annotations):
        if not name or not name.isprintable():
            raise UsageError(f"{path}: image: {name!r} is no name of a label", 'write labels = { name = "value" }')
    _distinct(path, "user", [user.name for user in spec.users])
    _distinct(path, "group", [group.name for group in spec.groups])
    _distinct(path, "path", [made["path"] for key in _MADE for made in table.get(key, ())])
    _distinct(path, "package", [*(name for word in spec.packages for name in names(word)), *spec.without])
    for number, copy in enumerate(spec.copies):
        _one_source(f"{path}: copy[{number}]", copy)
    return spec


def _one_source(where: str, copy: Copy) -> None:
    """A copy is of the context or of an image, with the options of that."""
    if bool(copy.source) == bool(copy.image):
        found = "both source and from" if copy.source else "neither source nor from"
        raise UsageError(f"{where} has {found}", "give source for files of the context, from and paths for an image's")
    if copy.image and not copy.paths:
        raise UsageError(f"{where} has no paths", 'say what is taken of the image: paths = ["/app/**"]')
    if copy.image and copy.exclude:
        raise UsageError(f"{where}: exclude is for files of the context", "name in paths what is taken")
    if copy.source and (copy.paths or copy.closure):
        raise UsageError(f"{where}: paths and closure are for another image's files", "give from instead of source")


def _distinct(path: Path, key: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise UsageError(f"{path}: {key} {name} is there twice", "keep one of them")
        seen.add(name)


def _found(path: Path, number: int, archive: Archive) -> Archive:
    """The archive with its keyring by its absolute path."""
    try:
        keyring = (path.parent / Path(archive.keyring).expanduser()).absolute()
    except RuntimeError as error:
        raise UsageError(f"{path}: archive[{number}].keyring: {error}", "paths are relative to the file") from error
    if archive.keyring and not keyring.is_file():
        raise UsageError(f"{path}: archive[{number}].keyring: there is no {keyring}", "paths are relative to the file")
    return replace(archive, keyring=str(keyring) if archive.keyring else "")


def _preset(base: str) -> dict[str, Any]:
    """What a base says, over its own base."""
    if base == "scratch":
        return {}
    table = facts.load(f"presets/{base}")
    return _over(_preset(table["base"]), table)


def _over(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """Lists go on; of ``[image]`` each key and each name of the environment; all else of the file stands instead."""
    merged = {**base, **table}
    for key, below in base.items():
        if isinstance(below, list):
            merged[key] = [entry for entry in below if _stays(key, entry, table)] + table.get(key, [])
        elif isinstance(below, dict):
            merged[key] = _joined(below, table.get(key, {}))
    return merged


def _joined(base: Mapping[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    inner = {key: {**below, **table.get(key, {})} for key, below in base.items() if isinstance(below, dict)}
    return {**base, **table, **inner}


def _stays(key: str, entry: Any, table: Mapping[str, Any]) -> bool:
    """Whether an entry of a list of the base's is still one: the file says nothing else about it."""
    asked = {name for word in table.get("packages", ()) for name in names(word)}
    match key:
        case "packages":
            return not asked.union(table.get("without", ())) & set(names(entry))
        case "without":
            return entry not in asked
        case "user" | "group":
            return entry["name"] not in {other["name"] for other in table.get(key, ())}
        case "directory" | "symlink" | "file":
            return entry["path"] not in {other["path"] for kind in _MADE for other in table.get(kind, ())}
    return entry not in table.get(key, ())


def names(word: str) -> tuple[str, ...]:
    """The Debian packages that a word of ``packages`` may mean, without versions and suites.

    >>> names("libicu76 | libicu72=72.1-3")
    ('libicu76', 'libicu72')
    """
    return tuple(re.split("[=/]", choice.strip())[0] for choice in word.split("|"))
