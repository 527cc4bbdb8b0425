"""Java, by Maven, Gradle or javac: jars and classes on a runtime, without the development kit."""

import re

from shave.smaller_bases import smaller
from shave.staging.built import on, seen
from shave.staging.protocol import Building, Language, Refused, Runtime

_ANY = frozenset[str]()
_LEAVES = (
    "**/*.{java,kt,kts,gradle}",
    "**/{pom.xml,mvnw,mvnw.cmd,gradlew,gradlew.bat,gradle.properties}",
    "**/{.mvn,.gradle,gradle/wrapper}/**",
    "**/src/main/{java,kotlin,resources}/**",
    "**/src/test/**",
    "**/target/{maven-archiver,maven-status,surefire-reports,generated-sources,generated-test-sources,test-classes}/**",
    "**/target/*.original",
    "**/build/{tmp,reports,test-results,generated,classes/java/test}/**",
    "root/.m2/**",
    "**/Makefile",
)
_PACKED = ("**/target/classes/**", "**/build/{classes,resources}/**", "**/build/libs/*-plain.jar")
"""What the jar has in it, too."""
_KIT = re.compile(r"(?:.*/)?(?:maven|gradle):.*?(?:eclipse-temurin-|jdk)(\d+).*")


def runtime(building: Building) -> Runtime | Refused:
    """By the image: a runtime of the same version, from the same hands."""
    is_jar = any("-jar" in call.words for step in building.started for call in step.calls[:1])
    built = seen(building, (*_LEAVES, *_PACKED) if is_jar else _LEAVES)
    if isinstance(built, Refused):
        return built
    programs = [path for path in built.programs if path]
    if all(built.owner(path) and built.is_new(path) for path in programs):
        return on(built, built.system)
    base = _base(building.base)
    return on(built, base) if base else Refused(f"no runtime is known for {building.base}")


def _base(base: str) -> str:
    kit = _KIT.fullmatch(base)
    if kit:
        return f"eclipse-temurin:{kit[1]}-jre"
    return next((each.name for each in smaller(base)), "")


_BUILDS = frozenset({"package", "install", "verify", "clean", "build", "assemble", "jar", "bootJar", "shadowJar"})
JAVA = Language(
    "Java",
    {"javac": _ANY, "mvn": _BUILDS, "mvnw": _BUILDS, "gradle": _BUILDS, "gradlew": _BUILDS},
    _LEAVES,
    runtime,
)
