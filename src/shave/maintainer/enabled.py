"""a2enmod, a2enconf, a2ensite, phpenmod: links that turn on parts of Apache httpd and PHP.

Sources: a2enmod(8) of apache2 2.4.62; phpenmod(8) of php-common 93.
"""

import re
from collections.abc import Iterator, Sequence

from shave.maintainer.draft import Draft
from shave.maintainer.options import given
from shave.maintainer.protocol import Call, Effects
from shave.stage import Stage

_APACHE = "/etc/apache2"
_APACHE_PARTS = {"a2enmod": ("mods", ".load"), "a2enconf": ("conf", ".conf"), "a2ensite": ("sites", ".conf")}
_DEPENDS = re.compile(rb"^# *Depends: *(.*)$", re.MULTILINE)
_PRIORITY = re.compile(rb"^; *priority *= *(\d{1,3})", re.MULTILINE)
_DEFAULT_PRIORITY = b"20"
_MOST_DEPENDENCIES = 1000


class Enabled:
    """Calls; phpenmod for modules that only a run knows means all that there are, as after phpquery -M."""

    names: tuple[str, ...] = (*_APACHE_PARTS, "phpenmod")

    def effects(self, stage: Stage, calls: Sequence[Call]) -> Effects:
        draft = Draft(stage)
        for call in calls:
            if call.name == "phpenmod":
                _php(draft, call)
            else:
                _apache(draft, call)
        return draft.effects()


def _apache(draft: Draft, call: Call) -> None:
    kind, suffix = _APACHE_PARTS[call.name]
    words = given(call.words, frozenset())
    if words is None:
        draft.remark(call.unit, f"its {call.script} calls {call.name} with words that only a run knows")
        return
    todo, seen = list(words.operands), set[str]()
    while todo and len(seen) < _MOST_DEPENDENCIES:
        name = todo.pop()
        body = draft.read(f"{_APACHE}/{kind}-available/{name}{suffix}")
        if name in seen or "/" in name or body is None:
            continue
        seen.add(name)
        for ending in (suffix, ".conf") if kind == "mods" else (suffix,):
            if draft.entry(f"{_APACHE}/{kind}-available/{name}{ending}"):
                link = f"{_APACHE}/{kind}-enabled/{name}{ending}"
                draft.symlink(call.unit, link, f"../{kind}-available/{name}{ending}")
        for found in _DEPENDS.findall(body) if kind == "mods" else ():
            todo.extend(found.decode("utf-8", "replace").replace(",", " ").split())


def _php(draft: Draft, call: Call) -> None:
    """For each interface (``-s``) and module a link, whose name begins with the module's priority."""
    known = given(tuple(word for word in call.words if word is not None), frozenset({"-v", "-s"}))
    version = known.first("-v") if known else None
    if known is None or not version or "/" in version:
        draft.remark(call.unit, f"its {call.script} calls phpenmod with words that only a run knows")
        return
    wanted = known.first("-s") or "ALL"
    everything = _names(draft.stage, f"etc/php/{version}/mods-available", ".ini")
    modules = list(everything) if None in call.words else [name.partition("/")[0] for name in known.operands]
    for interface in _names(draft.stage, f"usr/lib/php/{version}/sapi", "") if wanted == "ALL" else (wanted,):
        for module in modules:
            path = f"/etc/php/{version}/mods-available/{module}.ini"
            body = draft.read(path)
            if body is not None and draft.entry(f"/etc/php/{version}/{interface}/conf.d"):
                priority = (_PRIORITY.findall(body) or [_DEFAULT_PRIORITY])[0].decode()
                draft.symlink(call.unit, f"/etc/php/{version}/{interface}/conf.d/{priority}-{module}.ini", path)


def _names(stage: Stage, directory: str, suffix: str) -> Iterator[str]:
    for path in stage.tree.children.get(directory, ()):
        if path.endswith(suffix):
            yield path.rpartition("/")[2].removesuffix(suffix)
