"""Last stages of Java: which calls build, and what need not be copied beside the jar."""

import pytest

from scenes import Content, scene
from shave.oci import RunConfig
from shave.recipe import read
from shave.staging import Building, Refused, Runtime, language

BASE: dict[str, Content] = {"etc/os-release": b"ID=debian\n", "opt/java/openjdk/bin/java": b"\x7fELF"}
BUILT: dict[str, Content] = {
    "app/pom.xml": b"",
    "app/src/main/resources/a.properties": b"",
    "app/target/classes/A.class": b"",
    "app/target/a.jar": b"PK",
    "app/build/install/a/bin/a": b"#!/bin/sh\n",
    "app/build/install/a/lib/a.jar": b"PK",
    "app/build/libs/a.jar": b"PK",
    "root/.m2/repository/b.jar": b"PK",
}
PATH = ("PATH=/opt/java/openjdk/bin:/usr/bin",)


def made(base: str, call: str, end: str) -> Runtime | Refused | None:
    recipe = read(f"FROM {base}\nWORKDIR /app\nCOPY . .\nRUN {call}\n{end}\n".encode())
    run = RunConfig(working_dir="/app", env=PATH, entrypoint=("/usr/local/bin/mvn-entrypoint.sh",))
    image = scene(BASE, BUILT, made_by=("ADD rootfs.tar in /", "RUN mvn package"), run=run)
    building = Building(recipe, 0, image, 1)
    found = language(building)
    return found.runtime(building) if found else None


@pytest.mark.parametrize(
    ("call", "builds"),
    [
        ("mvn -B -q clean package", True),
        ("./gradlew --no-daemon clean :app:installDist", True),
        ("gradle -x test bootJar", True),
        ("mvn dependency:go-offline", False),
        ("gradle dependencies", False),
        ("gradle -x jar dependencies", False),
    ],
)
def test_every_word_is_a_goal(call: str, builds: bool) -> None:
    assert (made("maven:3-eclipse-temurin-21", call, 'CMD ["java", "-jar", "target/a.jar"]') is not None) == builds


@pytest.mark.parametrize(
    ("base", "smaller"),
    [
        ("maven:3-eclipse-temurin-21", "eclipse-temurin:21-jre"),
        ("gradle:8-jdk17", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:21-jdk", "eclipse-temurin:21-jre"),
    ],
)
def test_the_runtime_of_the_base_is_not_copied_beside_that_of_the_smaller_one(base: str, smaller: str) -> None:
    runtime = made(base, "mvn package", 'CMD ["java", "-jar", "target/a.jar"]')
    assert isinstance(runtime, Runtime)
    assert (runtime.base, [path for path in runtime.copies if "openjdk" in path]) == (smaller, [])
    assert "/app/target/a.jar" in runtime.copies
    assert not any(path.startswith(("/app/src", "/app/target/classes", "/root")) for path in runtime.copies)


def test_of_an_installation_nothing_is_copied_twice() -> None:
    runtime = made("gradle:8-jdk17", "gradle installDist", 'CMD ["build/install/a/bin/a"]')
    assert isinstance(runtime, Runtime)
    assert "/app/build/install" in runtime.copies
    assert not any("libs" in path for path in runtime.copies)
