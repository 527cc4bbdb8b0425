"""What rules about layers share: which of them speaks of a file, and how a step is called in a sentence."""

import re
from collections.abc import Sequence

from shave.lives import Life
from shave.recipe import Recipe, Step
from shave.written import ARCHIVE

PACKAGE = re.compile(r"\.(?:whl|deb|rpm|apk|gem|tgz|pkg\.tar\.\w+)$", re.IGNORECASE)
"""Files that are installed."""
_CLEANERS = frozenset({"remove", "purge", "autoremove", "del", "erase", "uninstall", "clean", "prune", "autoclean"})

_SMALL = re.compile(
    r"\.(?:sh|bash|py|rb|pl|conf|cfg|ini|ya?ml|json|toml|cron|service|env|c|h)$|entrypoint|crontab$"
    r"|(?:requirements|constraints)[^/]{0,40}\.txt$"
    r"|(?:^|/)(?:start|run|init|boot|setup|install|healthcheck|wait-for-it)(?:[-_][\w-]+)?$",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\w./+@:*-]+", re.ASCII)
_TEMPORARY = ("/tmp/", "/var/tmp/")
_PASSED = frozenset({"", "/root", "/opt", "/usr/local", "/usr/src", "/usr/local/src"})


def has_own_rule(life: Life) -> bool:
    """Whether SHV208, SHV209 or SHV210 say what is to be done: a file that is copied or fetched only to be unpacked or
    installed by a later step.
    """
    return is_copied_package(life) or is_fetched_archive(life) or is_copied_archive(life)


def is_copied_package(life: Life) -> bool:
    """Whether it is packages that are copied, and installed by a RUN."""
    use = life.use("installed")
    if life.write.kind != "copied" or use is None:
        return False
    if not life.write.is_tree:
        return bool(PACKAGE.search(life.write.path))
    words = [word for word in use.call.operands if word]
    return any(map(PACKAGE.search, words)) or use.call.has("--find-links", "-f")


def is_copied_archive(life: Life) -> bool:
    """Whether it is an archive that is copied, and unpacked by a RUN."""
    return life.write.kind == "copied" and not life.write.is_tree and life.use("unpacked") is not None


def is_fetched_archive(life: Life) -> bool:
    """Whether it is an archive or a package that a step fetches and a later one unpacks or installs."""
    use = life.use("unpacked", "installed")
    is_archive = ARCHIVE.search(life.write.path) or PACKAGE.search(life.write.path) or (use and use.how == "unpacked")
    return life.write.kind == "downloaded" and bool(use and is_archive and use.step > life.write.step)


def is_small(life: Life) -> bool:
    """Whether it is a script or a configuration, by its name or as it is edited like a text: too few bytes to speak of,
    unless an image shows more.
    """
    is_edited = any(use.call.tool == "sed" and life.write.path in use.patterns for use in life.uses)
    return is_edited or bool(_SMALL.search(life.write.source or life.write.path))


def is_cleaned(step: Step) -> bool:
    """Whether a package manager takes something away in a step: rules about these say what that means."""
    return any(call.verb in _CLEANERS for call in step.calls)


def is_plain(path: str) -> bool:
    """Whether a path can be written into a command as it is."""
    return bool(_PLAIN.fullmatch(path))


def where(recipe: Recipe, step: Step) -> str:
    """A step in a sentence: "the COPY in line 3"."""
    return f"the {step.keyword} in line {recipe.file.position(step.start)[0]}"


def those(recipe: Recipe, steps: Sequence[Step]) -> str:
    """Steps in a sentence: "the RUN in line 3 and the COPY in line 4", "the steps in lines 3, 4 and 6"."""
    if len(steps) < 3:
        return " and ".join(where(recipe, step) for step in steps)
    *lines, last = (str(recipe.file.position(step.start)[0]) for step in steps)
    return f"the steps in lines {', '.join(lines)} and {last}"


def is_below_temporary(path: str) -> bool:
    """Whether a path is in a directory for what nobody needs later."""
    return path.startswith(_TEMPORARY) or path in ("/tmp", "/var/tmp")


def is_disposable(life: Life) -> bool:
    """Whether no program of the image can miss it: it is temporary, or lies where archives are put to be unpacked."""
    path = life.write.path
    place = path.rpartition("/")[0]
    return is_below_temporary(path) or (not life.write.is_tree and place in _PASSED) or path.startswith("/usr/src/")
