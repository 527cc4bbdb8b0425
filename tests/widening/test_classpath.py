"""What is on a class path."""

import pytest

import scenes
from shave.oci import RunConfig
from shave.package import Package
from shave.widening.classpath import ClassPath

LIB = "opt/shop/lib"
LAYER: dict[str, scenes.Content] = {
    **{f"{LIB}/{name}.jar": b"PK" for name in ("main", "provider")},
    "opt/shop/plugins/extra.jar": b"PK",
    "usr/share/java/gson-2.10.jar": b"PK",
    "usr/share/java/gson.jar": "gson-2.10.jar",
    "usr/share/java/other.jar": b"PK",
}


def kept(used: str, packages: tuple[Package, ...] = (), run: RunConfig | None = None, **more: bytes) -> set[str]:
    layer = {**LAYER, **{path.replace("__", "/"): data for path, data in more.items()}}
    known = scenes.scene({}, layer, packages=packages, used=(used,) if used else (), run=run)
    assert set(scenes.widened(known)) == ({used} if used else set())
    return set(scenes.widened(known, ClassPath)) - {used}


def test_archives_beside_a_used_one() -> None:
    assert kept(f"{LIB}/main.jar") == {f"{LIB}/provider.jar"}
    assert kept("usr/share/java/other.jar") == set()


def test_archives_of_packages_that_an_archives_package_depends_on() -> None:
    other = Package("dpkg", "libother-java", "1", ("usr/share/java/other.jar",), ("dpkg:libgson-java", "dpkg:bash"))
    gson = Package("dpkg", "libgson-java", "1", ("usr/share/java/gson-2.10.jar", "usr/share/java/gson.jar", "usr/x"))
    found = kept("usr/share/java/other.jar", (other, gson))
    assert found == {"usr/share/java/gson-2.10.jar", "usr/share/java/gson.jar"}


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (("java", "-jar", "/opt/shop/plugins/extra.jar"), {"opt/shop/plugins/extra.jar"}),
        (("java", "-cp", "plugins/*:/absent/*", "Main"), {"opt/shop/plugins/extra.jar"}),
        (("java", "-javaagent:plugins/extra.jar=x=1", "Main"), {"opt/shop/plugins/extra.jar"}),
        (("sh", "-c", "exec java -cp '/usr/share/java/other.jar' Main"), {"usr/share/java/other.jar"}),
        (("java", "@arguments"), {"opt/shop/plugins/extra.jar"}),
        (("java", "Main"), set()),
    ],
)
def test_what_the_command_names(command: tuple[str, ...], found: set[str]) -> None:
    run = RunConfig(cmd=command, working_dir="/opt/shop")
    assert kept("", run=run, opt__shop__arguments=b"-cp /opt/shop/plugins/extra.jar") == found


def test_what_variables_name() -> None:
    run = RunConfig(env=("JAVA_TOOL_OPTIONS=-javaagent:/opt/shop/plugins/extra.jar",))
    assert kept("", run=run) == {"opt/shop/plugins/extra.jar"}


@pytest.mark.parametrize(
    ("script", "found"),
    [
        (b'CLASSPATH=$APP_HOME/plugins/extra.jar:$X\nexec java -cp "$CLASSPATH"', {"opt/shop/plugins/extra.jar"}),
        (b'for i in "$HOME_DIR"/plugins/*.jar; do CP=$CP:$i; done', {"opt/shop/plugins/extra.jar"}),
        (b"java -jar ${BASE}/../plugins/extra.jar", {"opt/shop/plugins/extra.jar"}),
        (b"find_jars gson", {"usr/share/java/gson.jar", "usr/share/java/gson-2.10.jar"}),
        (b"rm -rf /tmp/*; echo extra.jar.sha1", set()),
    ],
)
def test_what_a_launch_script_names(script: bytes, found: set[str]) -> None:
    assert kept("opt/shop/bin/run", opt__shop__bin__run=b"#!/bin/sh\n" + script) == found
