"""What a command line of ``java`` asks for: the class, archive or module to run, and where it is looked for.

Source: JDK 25, "The java Command" (its synopsis, argument files, JDK_JAVA_OPTIONS); OpenJDK,
src/java.base/share/native/libjli/java.c (ParseArguments, IsWhiteSpaceOption).
"""

import shlex
from collections.abc import Iterator
from typing import Literal

from msgspec import Struct

from shave.causes.protocol import Patient

_CLASS_PATH = ("-cp", "-classpath", "--class-path")
_MODULE_PATH = ("-p", "--module-path")
_MODULE = ("-m", "--module")
_VALUED = frozenset([*_CLASS_PATH, *_MODULE_PATH])
_VALUED |= {"--add-modules", "--limit-modules", "--add-exports", "--add-opens", "--add-reads", "--upgrade-module-path"}
_VALUED |= {"--patch-module", "--enable-native-access", "--illegal-native-access", "--source"}
_ASKS = frozenset(["-version", "--version", "-help", "--help", "-h", "-?", "-X", "--help-extra", "-fullversion"])
_ASKS |= {"--full-version", "--list-modules", "-d", "--describe-module", "--validate-modules", "--dry-run"}
"""After these nothing is run."""
_ELSEWHERE = (
    "-Xbootclasspath",
    "-javaagent:",
    "-Djava.system.class.loader=",
    "--patch-module",
    "--upgrade-module-path",
)
"""With these classes come from where nobody can see it."""
_MAX_FILE = 1 << 20


class JavaCommand(Struct, frozen=True):
    """``target`` is a jar, a class ("a.b.Main"), a module with or without "/CLASS", or a source file.

    ``class_path`` and ``module_path`` are as written, an empty word is the working directory. ``modules`` are those
    that it asks for beside. ``elsewhere`` if classes may come from other places as well.
    """

    kind: Literal["jar", "class", "module", "source"]
    target: str
    class_path: tuple[str, ...]
    module_path: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    elsewhere: bool = False


def java_command(patient: Patient, arguments: tuple[str | None, ...]) -> JavaCommand | None:
    """None for a command that runs nothing, or of which a word that counts is not known."""
    words = [*_split(patient.environment.get("JDK_JAVA_OPTIONS", "")), *arguments]
    class_path = patient.environment.get("CLASSPATH", "") or "."
    said: dict[str, str] = {}
    elsewhere = False
    options = _expanded(patient, words)
    for word in options:
        name, equals, value = (word or "").partition("=")
        if word is None or name in _ASKS:
            return None
        elsewhere = elsewhere or word.startswith(_ELSEWHERE)
        if word == "-jar":
            jar = next(options, None)
            return (
                None
                if jar is None
                else JavaCommand("jar", jar, (jar,), (), _listed(said, "--add-modules", ","), elsewhere)
            )
        if name in _VALUED:
            given = value if equals else next(options, None)
            if given is None:
                return None
            said[name] = given
        if name in _MODULE or not word.startswith("-"):
            target = value if name in _MODULE and equals else next(options, None) if name in _MODULE else word
            paths = next((said[each] for each in _CLASS_PATH if each in said), class_path).split(":")
            return None if target is None else _of(name in _MODULE, target, tuple(paths), said, elsewhere)
    return None


def _of(
    is_module: bool, target: str, class_path: tuple[str, ...], said: dict[str, str], elsewhere: bool
) -> JavaCommand:
    kind: Literal["class", "module", "source"] = (
        "module" if is_module else "source" if target.endswith(".java") or "--source" in said else "class"
    )
    module_path = next((_listed(said, each, ":") for each in _MODULE_PATH if each in said), ())
    return JavaCommand(
        kind,
        target.replace("/", ".") if kind == "class" else target,
        class_path,
        module_path,
        _listed(said, "--add-modules", ","),
        elsewhere,
    )


def _listed(said: dict[str, str], option: str, separator: str) -> tuple[str, ...]:
    return tuple(part for part in said.get(option, "").split(separator) if part)


def _expanded(patient: Patient, words: list[str | None]) -> Iterator[str | None]:
    """The words with those of argument files, which do not name others."""
    for word in words:
        if word and word.startswith("@") and not word.startswith("@@"):
            path, entry = patient.resolve(word[1:]), patient.entry(word[1:])
            if path is None or entry is None or entry.kind != "file":
                yield None
                return
            yield from _split(patient.files.read(path, 0, _MAX_FILE).decode("utf-8", "replace"))
        else:
            yield word


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()
