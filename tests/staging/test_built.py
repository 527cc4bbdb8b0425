"""Last stages by the image: what programs are linked to is installed, what the build made is copied, no more."""

import subprocess
from pathlib import Path

import pytest

from scenes import Content, scene
from shave.oci import RunConfig
from shave.package import Package
from shave.recipe import read
from shave.staging import Building, Refused, Runtime, language
from shave.staging.protocol import Directory

STATUS = b"Package: libc6\nPriority: optional\n\nPackage: dpkg\nEssential: yes\nPriority: required\n\nPackage: apt\n\n"
RELEASE = b'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'
LIBC = "lib/x86_64-linux-gnu/libc.so.6"
PACKAGES = (
    Package("dpkg", "dpkg", "1", ("usr/bin/dpkg",), ("dpkg:libc6",)),
    Package("dpkg", "apt", "1", ("usr/bin/apt",), ("dpkg:libc6",)),
    Package("dpkg", "libc6:amd64", "1", (LIBC, "lib64/ld-linux-x86-64.so.2")),
    Package("dpkg", "libm1:amd64", "1", ("usr/lib/x86_64-linux-gnu/libgreet.so.1",), ("dpkg:libc6",)),
    Package("dpkg", "dash", "1", ("bin/sh",)),
    Package("dpkg", "gcc", "1", ("usr/bin/gcc",)),
    Package("dpkg", "curl", "1", ("usr/bin/curl",)),
    Package("dpkg", "ca-certificates", "1", ("etc/ca-certificates.conf",)),
)
GCC = "FROM debian:12\nRUN apt-get install -y gcc libm-dev\nWORKDIR /src\nCOPY . .\nRUN gcc -o hello hello.c\n"


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A library and programs: linked to it, to the C library, to nothing, and one that looks for certificates."""
    here = tmp_path_factory.mktemp("compiled")
    (here / "greet.c").write_text("int greet(void) { return 0; }\n")
    (here / "main.c").write_text("int greet(void); int main(void) { return greet(); }\n")
    (here / "nothing.c").write_text('const char *where = "/etc/ssl/certs"; int main(void) { return where[0] != 47; }\n')
    for command in (
        "gcc -shared -Wl,-soname,libgreet.so.1 -o libgreet.so.1 greet.c",
        "gcc -o linked main.c libgreet.so.1",
        "gcc -o plain nothing.c",
        "gcc -static -o alone nothing.c",
    ):
        subprocess.run(command.split(), cwd=here, check=True)
    return {path.name: path.read_bytes() for path in here.iterdir()}


def base() -> dict[str, Content]:
    loader = Path("/lib64/ld-linux-x86-64.so.2").read_bytes()
    return {
        "etc/os-release": RELEASE,
        "var/lib/dpkg/status": STATUS,
        "bin/sh": b"\x7fELF",
        "lib64/ld-linux-x86-64.so.2": loader,
        LIBC: Path("/lib/x86_64-linux-gnu/libc.so.6").read_bytes(),
        "etc/passwd": b"root:x:0:0::/root:/bin/sh\n",
        "tmp/": "",
    }


def runtime(
    text: str,
    *layers: dict[str, Content],
    user: str = "",
    directory: str = "/src",
    packages: tuple[Package, ...] = PACKAGES,
) -> Runtime | Refused:
    recipe = read(text.encode())
    made_by = ("ADD rootfs.tar in /", "RUN apt-get install -y gcc", "COPY dir in .", "RUN make")
    image = scene(base(), *layers, packages=packages, made_by=made_by, run=RunConfig(user=user, working_dir=directory))
    building = Building(recipe, 0, image, 1)
    found = language(building)
    assert found
    return found.runtime(building)


def layers(program: bytes, **more: bytes) -> tuple[dict[str, Content], ...]:
    installed: dict[str, Content] = {
        "usr/bin/gcc": b"",
        "usr/bin/curl": b"\x7fELF",
        "var/cache/x": b"x",
        "etc/made": b"x",
    }
    copied: dict[str, Content] = {"src/hello.c": b"int", "src/Makefile": b"", "src/README.md": b"#"}
    return (
        installed,
        copied | {f"src/{name}": body for name, body in more.items()},
        {"src/hello": program, "src/a.o": b""},
    )


def test_a_static_program_needs_nothing(compiled: dict[str, bytes]) -> None:
    made = runtime(GCC + 'CMD ["./hello"]\n', *layers(compiled["alone"]))
    assert isinstance(made, Runtime)
    assert (made.base, made.packages, made.copies, made.directories) == ("scratch", (), ("/src/hello",), ())


@pytest.mark.parametrize(
    ("code", "zones"),
    [(b"\0time.LoadLocation\0", True), (b"\0time.LoadLocationFromTZData\0\7tmpfile\x08", False)],
    ids=["asked for", "not asked for"],
)
def test_names_of_functions_are_whole(compiled: dict[str, bytes], code: bytes, zones: bool) -> None:
    installed, *rest = layers(compiled["alone"] + code)
    found = runtime(GCC + 'CMD ["./hello"]\n', installed | {"usr/share/zoneinfo/": ""}, *rest)
    assert isinstance(found, Runtime)
    assert (found.copies, found.settings) == (("/usr/share/zoneinfo",) * zones + ("/src/hello",), ())


def test_certificates_come_if_they_are_there(compiled: dict[str, bytes]) -> None:
    installed, *rest = layers(compiled["alone"])
    bundle: dict[str, Content] = {"etc/ssl/certs/ca-certificates.crt": b"-"}
    made = runtime(GCC + 'CMD ["./hello"]\n', installed | bundle, *rest)
    assert isinstance(made, Runtime)
    assert made.copies == ("/etc/ssl/certs/ca-certificates.crt", "/src/hello")


@pytest.mark.parametrize("end", ["CMD ./hello\n", 'HEALTHCHECK CMD curl x\nCMD ["./hello"]\n'])
def test_commands_of_a_shell_want_a_system(compiled: dict[str, bytes], end: str) -> None:
    made = runtime(GCC + end, *layers(compiled["alone"]))
    assert isinstance(made, Runtime)
    assert made.base == "debian:bookworm-slim"
    assert made.packages == (("ca-certificates", "curl") if "curl" in end else ("ca-certificates",))


def test_libraries_of_the_smallest_system_are_there(compiled: dict[str, bytes]) -> None:
    made = runtime(GCC + 'CMD ["./hello"]\n', *layers(compiled["plain"]))
    copies = ("/src/hello",)
    assert made == Runtime("debian:bookworm-slim", ("ca-certificates",), copies, files=frozenset(copies))


def test_libraries_are_installed_by_their_packages(compiled: dict[str, bytes]) -> None:
    installed, *rest = layers(compiled["linked"])
    library: dict[str, Content] = {"usr/lib/x86_64-linux-gnu/libgreet.so.1": compiled["libgreet.so.1"]}
    made = runtime(GCC + 'CMD ["./hello"]\n', installed | library, *rest)
    assert made == Runtime("debian:bookworm-slim", ("libm1",), ("/src/hello",), files=frozenset({"/src/hello"}))


def test_libraries_that_were_built_are_copied_and_told_of(compiled: dict[str, bytes]) -> None:
    first, second, third = layers(compiled["linked"])
    third["usr/local/lib/libgreet.so.1"] = compiled["libgreet.so.1"]
    made = runtime(GCC + 'CMD ["./hello"]\n', first, second, third)
    copies = ("/src/hello", "/usr/local/lib/libgreet.so.1")
    assert made == Runtime("debian:bookworm-slim", copies=copies, has_libraries=True, files=frozenset(copies))


def test_what_may_be_read_comes_along_and_sources_do_not(compiled: dict[str, bytes]) -> None:
    made = runtime(GCC + 'CMD ["./hello"]\n', *layers(compiled["alone"], **{"data/words": b"x", "data/more/x.h": b""}))
    assert isinstance(made, Runtime)
    assert made.copies == ("/src/data/words", "/src/hello")


def test_tools_that_somebody_asked_for_stay(compiled: dict[str, bytes]) -> None:
    made = runtime(GCC.replace("-y gcc", "-y gcc curl=7") + 'CMD ["./hello"]\n', *layers(compiled["alone"]))
    assert isinstance(made, Runtime)
    assert made.packages == ("ca-certificates", "curl")


def test_users_keep_what_is_theirs(compiled: dict[str, bytes]) -> None:
    made = runtime(GCC + 'USER app\nCMD ["./hello"]\n', *layers(compiled["alone"]), user="app")
    assert isinstance(made, Runtime)
    assert made.has_accounts


def test_who_runs_it_has_a_home(compiled: dict[str, bytes]) -> None:
    """Note of a user: useradd -m made one, and the last stage did not."""
    installed, *rest = layers(compiled["plain"])
    accounts: dict[str, Content] = {
        "etc/passwd": b"root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n",
        "home/app/": b"",
    }
    made = runtime(GCC + 'USER app\nCMD ["./hello"]\n', installed | accounts, *rest, user="app")
    assert isinstance(made, Runtime)
    assert made.directories == (Directory("/home/app", 0o755, 0, 0),)


def test_histories_do_not_go_along_with_many_files(compiled: dict[str, bytes]) -> None:
    """Note of a user: 68 MB of .git."""
    many = {f"data/{number}": b"x" for number in range(20)} | {"data/.git/pack": b"x" * 200_000}
    made = runtime(GCC + 'CMD ["./hello"]\n', *layers(compiled["plain"], **many))
    assert isinstance(made, Runtime)
    assert (made.copies, made.removed) == (("/src",), ("/src/data/.git",))


def test_who_links_to_openssl_has_its_settings(compiled: dict[str, bytes]) -> None:
    installed, *rest = layers(compiled["linked"])
    library: dict[str, Content] = {"usr/lib/x86_64-linux-gnu/libgreet.so.1": compiled["libgreet.so.1"]}
    packages = (
        Package("dpkg", "libm1:amd64", "1", ("usr/lib/x86_64-linux-gnu/libgreet.so.1",), ("dpkg:libssl3",)),
        Package("dpkg", "libssl3:amd64", "1", ("usr/lib/x86_64-linux-gnu/libcrypto.so.3",)),
        Package("dpkg", "openssl", "1", ("usr/lib/ssl/openssl.cnf",)),
    )
    made = runtime(GCC + 'CMD ["./hello"]\n', installed | library, *rest, packages=(*packages, *PACKAGES))
    assert isinstance(made, Runtime)
    assert made.packages == ("libm1", "openssl")


@pytest.mark.parametrize(
    "end", ['CMD ["./missing"]\n', "", 'CMD ["sh"]\nENTRYPOINT ["/src/start.sh"]\n'], ids=["missing", "none", "script"]
)
def test_what_is_not_known_is_not_guessed(compiled: dict[str, bytes], end: str) -> None:
    found = layers(compiled["alone"], **{"start.sh": b"#!/bin/sh\nexec hello\n"})
    assert isinstance(runtime(GCC + end, *found), Refused)


@pytest.mark.parametrize("name", ["a b", "a\nRUN x", "$HOME", "a*", 'a"', "é", "\udcff"])
def test_names_that_would_mean_something_else_are_refused(compiled: dict[str, bytes], name: str) -> None:
    made = runtime(GCC + 'CMD ["./hello"]\n', *layers(compiled["alone"], **{name: b"x"}))
    assert isinstance(made, Refused)
    assert made.why.isprintable()


def test_what_starts_the_command_is_not_lost_with_the_base(compiled: dict[str, bytes]) -> None:
    recipe = read((GCC + 'CMD ["./hello"]\n').encode())
    made_by = ("ADD rootfs.tar in /", "RUN apt-get install -y gcc", "COPY dir in .", "RUN make")
    run = RunConfig(working_dir="/src", entrypoint=("/usr/bin/tini", "--"))
    image = scene(base(), *layers(compiled["alone"]), packages=PACKAGES, made_by=made_by, run=run)
    building = Building(recipe, 0, image, 1)
    found = language(building)
    assert found
    assert found.runtime(building) == Refused("the ENTRYPOINT of its base would not be there")
