"""What real runtimes of jlink's refuse is what is said of it beforehand; and what they run is not spoken of."""

import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ondisk import patient
from shave.causes import program_file
from shave.causes.java import look
from shave.diagnosis import Diagnosis

MAIN = "package app; public class {} {{ public static void main(String[] a) throws Exception {{ {} }} }}"
SOURCES = {
    "Hello": MAIN.format("Hello", "System.out.println(1);"),
    "Base": MAIN.format("Base", "System.out.println(java.sql.DriverManager.getLoginTimeout());"),
    "Beside": MAIN.format("Beside", "if (a.length > 0) new Other().run();"),
    "Other": "package app; class Other { void run() { System.out.println(java.util.logging.Logger.getGlobal()); } }",
    "module-info": "module hello { requires java.sql; exports app; }",
}


def javac(*arguments: str | Path) -> None:
    tool = shutil.which("javac")
    assert tool
    subprocess.run([tool, *arguments], check=True)


def jar(path: Path, main: str, bodies: Mapping[str, bytes], more: str = "") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(
            "META-INF/MANIFEST.MF", f"Manifest-Version: 1.0\r\n{main and f'Main-Class: {main}'}\r\n{more}\r\n"
        )
        for name, body in bodies.items():
            file.writestr(name, body)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runtime of java.base alone in /jre; in /app what it shall run."""
    root = tmp_path_factory.mktemp("java")
    tool = shutil.which("jlink")
    assert tool
    subprocess.run([tool, "--add-modules", "java.base", "--strip-debug", "--output", root / "jre"], check=True)
    app = root / "app"
    for name, text in SOURCES.items():
        (root / f"{name}.java").write_text(text)
    javac("-d", app / "classes", *(root / f"{name}.java" for name in SOURCES))
    (app / "modules").mkdir()
    (app / "lib").mkdir()
    bodies = {f"app/{path.name}": path.read_bytes() for path in sorted(app.glob("classes/app/*.class"))}
    module = {"module-info.class": (app / "classes/module-info.class").read_bytes()}
    newer = bytearray(bodies["app/Hello.class"])
    newer[6:8] = (int.from_bytes(newer[6:8], "big") + 1).to_bytes(2, "big")
    jar(app / "hello.jar", "app.Hello", {"app/Hello.class": bodies["app/Hello.class"]})
    jar(app / "lib/all.jar", "app.Hello", bodies)
    jar(app / "modules/hello.jar", "app.Hello", {**bodies, **module})
    jar(app / "base.jar", "app.Base", bodies)
    jar(app / "beside.jar", "app.Beside", bodies)
    jar(app / "lost.jar", "app.Lost", bodies)
    jar(app / "mute.jar", "", bodies)
    jar(app / "thin.jar", "app.Hello", {}, "Class-Path: lib/all.jar\r\n")
    jar(app / "newer.jar", "app.Hello", {"app/Hello.class": newer})
    versions = {"app/Hello.class": newer, "META-INF/versions/9/app/Hello.class": bodies["app/Hello.class"]}
    jar(app / "versions.jar", "app.Hello", versions, "Multi-Release: true\r\n")
    (app / "cut.jar").write_bytes((app / "base.jar").read_bytes()[:-40])
    (app / "arguments").write_text("# of a file\n-cp 'classes'\napp.Hello\n")
    (app / "Script.java").write_text(MAIN.format("Script", ""))
    return root


def said(root: Path, *words: str, env: tuple[str, ...] = ()) -> list[Diagnosis]:
    started = patient(root, "/jre/bin/java", *words, env=env)
    return [*program_file.look(started), *look(started)]


RUNS = [
    ("-jar", "hello.jar"),
    ("-Xmx64m", "-jar", "thin.jar"),
    ("-jar", "versions.jar"),
    ("-cp", "classes", "app.Hello"),
    ("-cp", "nowhere:lib/*", "app.Hello"),
    ("--class-path=lib/all.jar", "app/Hello"),
    ("@arguments",),
    ("-jar", "beside.jar"),
    ("-cp", "hello.jar", "--add-modules", "java.base", "app.Hello"),
    ("-version",),
]
REFUSED = [
    (("-jar", "newer.jar"), "java-too-old", "UnsupportedClassVersionError"),
    (("-jar", "base.jar"), "java-module-missing", "NoClassDefFoundError"),
    (("-cp", "classes", "app.Base"), "java-module-missing", "NoClassDefFoundError"),
    (("-jar", "lost.jar"), "java-class-missing", "Could not find or load main class"),
    (("-cp", "lib/*", "app.Lost"), "java-class-missing", "Could not find or load main class"),
    (("-jar", "mute.jar"), "java-class-missing", "no main manifest attribute"),
    (("-jar", "cut.jar"), "java-class-missing", "Invalid or corrupt jarfile"),
    (("-jar", "nowhere.jar"), "program-file-missing", "Unable to access jarfile"),
    (("Nowhere.java",), "program-file-missing", ""),
    (("Script.java",), "java-module-missing", "jdk.compiler"),
    (("--add-modules=java.sql", "-jar", "hello.jar"), "java-module-missing", "java.sql not found"),
    (("-p", "modules", "-m", "hello/app.Hello"), "java-module-missing", "java.sql not found"),
    (("-m", "hello/app.Hello"), "java-module-missing", "hello not found"),
    (("-m", "java.base/app.Hello"), "java-class-missing", "app.Hello"),
]


def ran(root: Path, words: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("JAVA", "JDK", "CLASSPATH"))}
    return subprocess.run([root / "jre/bin/java", *words], cwd=root / "app", env=clean, capture_output=True, text=True)


@pytest.mark.parametrize("words", RUNS)
def test_of_what_runs_nothing_is_said(root: Path, words: tuple[str, ...]) -> None:
    done = ran(root, words)
    assert done.returncode == 0, done.stderr
    assert not [each for each in said(root, *words) if each.stops]


@pytest.mark.parametrize(("words", "cause", "line"), REFUSED)
def test_what_is_refused(root: Path, words: tuple[str, ...], cause: str, line: str) -> None:
    done = ran(root, words)
    assert done.returncode == 1
    assert line in done.stdout + done.stderr
    assert [(each.cause, each.stops) for each in said(root, *words) if each.stops] == [(cause, True)]


def test_other_classes_of_the_archive_give_notes(root: Path) -> None:
    notes = said(root, "-jar", "beside.jar")
    assert [(each.cause, each.stops) for each in notes] == [("java-module-missing", False)] * 2
    assert "app/Base.class of /app/beside.jar needs the module java.sql (java.sql.DriverManager)" in notes[0].text


def test_variables_and_the_path_lead_to_it_too(root: Path) -> None:
    (found,) = look(patient(root, "java", env=("PATH=/jre/bin", "JDK_JAVA_OPTIONS=-cp nowhere app.Hello")))
    assert found.cause == "java-class-missing"
    assert said(root, "app.Hello", env=("CLASSPATH=hello.jar",)) == []


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("lib/modules", "java-module-missing"),
        ("lib/server/libjvm.so", "library-missing"),
        ("lib/jvm.cfg", "program-file-missing"),
        ("lib/libjava.so", "library-missing"),
    ],
)
def test_a_runtime_that_was_cut_down(root: Path, name: str, cause: str) -> None:
    part = (root / "jre" / name).rename(root / "part")
    try:
        assert ran(root, ("-version",)).returncode
        (found,) = said(root, "-version")
    finally:
        part.rename(root / "jre" / name)
    assert (found.cause, found.stops) == (cause, True)
    assert name in found.text
