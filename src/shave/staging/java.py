"""Java, by Maven, Gradle or javac: jars and classes on a runtime, without the development kit."""

from shave.smaller_bases import smaller
from shave.staging.built import seen
from shave.staging.last import on
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
_PACKED = {
    "-jar": ("**/target/classes/**", "**/build/{classes,resources}/**", "**/build/libs/*-plain.jar"),
    "build/install/": ("**/build/{classes,resources,libs,scripts,distributions}/**",),
}
"""What the jar has in it too, or the installation, where a word of the command names that."""


def runtime(building: Building) -> Runtime | Refused:
    """By the image: a runtime of the same version, from the same hands."""
    words = [word or "" for step in building.started for call in step.calls for word in call.words]
    packed = next((globs for part, globs in _PACKED.items() if any(part in word for word in words)), ())
    built = seen(building, (*_LEAVES, *packed))
    if isinstance(built, Refused):
        return built
    programs = [path for path in built.programs if path]
    if all(built.owner(path) and built.is_new(path) for path in programs):
        return on(built, built.system)
    base = next((each.name for each in smaller(building.base)), "")
    return on(built, base) if base else Refused(f"no runtime is known for {building.base}")


_TOOLS = ("mvn", "mvnw", "gradle", "gradlew")
_GOALS = frozenset({"package", "install", "verify", "deploy"})
_TASKS = frozenset(
    {"build", "assemble", "assembleDist", "jar", "fatJar", "uberJar", "shadowJar", "buildFatJar", "bootJar", "bootWar"}
    | {"war", "installDist", "installShadowDist", "installBootDist", "distTar", "distZip", "quarkusBuild"}
)
JAVA = Language(
    "Java", {"javac": _ANY, **dict.fromkeys(_TOOLS, _GOALS | _TASKS)}, _LEAVES, runtime, many=frozenset(_TOOLS)
)
