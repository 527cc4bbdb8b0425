"""The commands that the maintainer scripts of an image would start, in the order of the packages' names."""

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from shave.deb822 import paragraphs
from shave.maintainer.answers import ImageAnswers
from shave.maintainer.known import answers, packages
from shave.maintainer.protocol import Call, bare
from shave.maintainer.script import followed
from shave.maintainer.state import UnreadableError
from shave.maintainer.words import Words
from shave.stage import MaintainerScript, Remark, Stage

_SHELLS = ("sh", "dash", "bash")
_ORDER = ("preinst", "postinst")


class Calls(Struct, frozen=True):
    """What scripts would call; what could not be read is remarked on."""

    calls: tuple[Call, ...]
    remarks: tuple[Remark, ...]


def calls(stage: Stage, scripts: Sequence[MaintainerScript], emulated: frozenset[str]) -> Calls:
    """Follow every preinst and postinst as at a first installation, and where a package waits for triggers, as dpkg
    would call it for these. Packages whose scripts are known by name are not read.
    """
    runs = [each for each in scripts if each.name in _ORDER and _is_followed(each.unit)]
    runs.sort(key=lambda each: (each.unit, _ORDER.index(each.name)))
    triggers = {each.unit: tuple(_triggers(each.text)) for each in scripts if each.name == "triggers"}
    architecture = _architecture(stage)
    questions = {**dict(_questions(each.text for each in scripts if each.name == "templates")), **answers()}
    found: list[Call] = []
    remarks: list[Remark] = []
    for script in runs:
        image = ImageAnswers(stage, architecture, emulated, questions)
        try:
            for words in _commands(script, triggers.get(script.unit, ()), image):
                found.append(Call(script.unit, script.name, words))
        except UnreadableError as error:
            why = f"its {script.name} could not be read ({error}): what it does is not done"
            remarks.append(Remark(script.unit, why))
    return Calls(tuple(found), tuple(remarks))


def _is_followed(unit: str) -> bool:
    known = packages().get(bare(unit))
    return known is None or known.followed


def _commands(script: MaintainerScript, triggers: Sequence[str], image: ImageAnswers) -> Iterator[Words]:
    first = script.text.split(b"\n", 1)[0].decode("utf-8", "replace")
    interpreter = first[2:].split() if first.startswith("#!") else []
    if interpreter and interpreter[0].rpartition("/")[2] not in _SHELLS:
        raise UnreadableError(f"it is written for {interpreter[0]}")
    environment = {
        "DPKG_MAINTSCRIPT_NAME": script.name,
        "DPKG_MAINTSCRIPT_PACKAGE": bare(script.unit),
        "DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT": "1",
        "DPKG_MAINTSCRIPT_ARCH": image.architecture,
        "DPKG_ROOT": "",
        "DEBIAN_FRONTEND": "noninteractive",
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    }
    if script.name == "preinst":
        yield from followed(script.text, ("install",), environment, image)
        return
    yield from followed(script.text, ("configure", ""), environment, image)
    if triggers:
        yield from followed(script.text, ("triggered", " ".join(triggers)), environment, image)


def _triggers(text: bytes) -> Iterator[str]:
    """What a package is interested in: deb-triggers(5)."""
    for line in text.decode("utf-8", "replace").splitlines():
        words = line.partition("#")[0].split()
        if len(words) == 2 and words[0].startswith("interest"):
            yield words[1]


def _questions(templates: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """The answers that debconf gives where nobody is asked: the defaults; debconf-devel(7)."""
    for template in templates:
        for fields in paragraphs(template.decode("utf-8", "replace")):
            if fields.get("template") and fields.get("type") not in ("note", "error", "title", "text", "password"):
                yield fields["template"], fields.get("default", "")


def _architecture(stage: Stage) -> str:
    """Debian's name of it, from a package of which several architectures could be in; empty if none is."""
    names = (stratum.unit.split(":") for stratum in stage.strata if stratum.unit.startswith("dpkg:"))
    return next((parts[2] for parts in names if len(parts) == 3 and parts[2] != "all"), "")
