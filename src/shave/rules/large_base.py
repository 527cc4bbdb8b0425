"""The base image is far larger than a variant of it that may do.

What: the stage that the image is of starts from the full variant of a public image.

Why: the full variants of language images have compilers, headers and version control: 700 MB and more unpacked, a
tenth of which a program uses. With `--bases` the finding says what both cost, as your engine or registry has them.

The fix is not safe: what is built or called in the stage may need what the smaller variant has not.

Bad:

    FROM python:3.11
    RUN pip install --no-cache-dir flask

Good:

    FROM python:3.11-slim
    RUN pip install --no-cache-dir flask

Bad:

    FROM eclipse-temurin:21-jdk AS run
    COPY app.jar /
    CMD ["java", "-jar", "/app.jar"]

Good:

    FROM eclipse-temurin:21-jre AS run
    COPY app.jar /
    CMD ["java", "-jar", "/app.jar"]

Good, as it is the stage of the build:

    FROM python:3.11 AS build
    RUN pip install --no-cache-dir --prefix /install flask
    FROM python:3.11-slim
    COPY --from=build /install /usr/local

Bad, and by advice only, as curl is called, which the smaller one has not:

    FROM python:3.11
    RUN curl -fsSL https://example.org/data -o /data
    CMD ["python3", "-m", "http.server"]

Good, as a compiler is called:

    FROM eclipse-temurin:21-jdk
    COPY Main.java /
    RUN javac /Main.java

Source: the images' pages at hub.docker.com, "Image Variants"; python:3.11 1.0 GB, python:3.11-slim 0.13 GB unpacked
"""

from collections.abc import Iterator

from shave.dockerfile.edits import Edit
from shave.lint import Fix, LintFinding
from shave.recipe import Recipe
from shave.rules.known import Known
from shave.rules.protocol import Rule
from shave.smaller_bases import SmallerBase, smaller

_BUILDERS = frozenset(
    {
        "javac",
        "jar",
        "jlink",
        "jpackage",
        "mvn",
        "mvnw",
        "gradle",
        "gradlew",
        "gcc",
        "g++",
        "cc",
        "make",
        "cmake",
        "cargo",
    }
    | {"rustc", "git", "go", "node-gyp", "bazel", "meson", "ninja", "jcmd", "jmap", "jstack", "jshell", "jdeps"}
)
"""Tools that only the full variants have; what runs them wants another stage first (SHV215)."""
_DOTNET = frozenset({"build", "publish", "restore", "run", "test", "tool", "watch"})
_FETCHERS = frozenset(
    {"curl", "wget", "unzip", "hg", "svn", "patch", "xz", "bzip2", "gpg", "ssh", "file", "gem", "bundle"}
)
"""What steps call of the full variants and the others may not have: there it is for people to decide."""
_DEBIAN = frozenset({"apt-get", "apt", "aptitude", "dpkg", "add-apt-repository", "gosu"})


def look(recipe: Recipe, known: Known) -> Iterator[LintFinding]:
    """The FROM of the image, if its base has a smaller variant and no step of the stage builds."""
    stage = recipe.final
    if stage is None or stage.parent is not None:
        return
    step = next(each for each in recipe.of(stage.number) if each.keyword == "FROM")
    base = recipe.base(stage.number) or ""
    calls = [call for each in recipe.of(stage.number) for call in each.calls]
    tools = {call.tool for call in calls}
    found = [each for each in smaller(base) if not (each.family and tools & _DEBIAN)]
    if found and not tools & _BUILDERS and not any(call.tool == "dotnet" and call.verb in _DOTNET for call in calls):
        word = stage.base
        can_edit = word.value == base and not tools & _FETCHERS
        yield LintFinding(
            "SHV217",
            "info",
            f"{base} has a smaller variant, {found[0].name}",
            step.number,
            word.start,
            word.end,
            advice=_advice(found[0]),
            fix=Fix(_advice(found[0]), (Edit(word.start, word.end, found[0].name.encode()),), is_safe=False)
            if can_edit
            else None,
        )


def _advice(found: SmallerBase) -> str:
    return f"take {found.name}, which lacks {found.lacks}"


RULE = Rule("SHV217", "The base image is far larger than a variant of it that may do", "info", (), look)
