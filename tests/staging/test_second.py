"""The text of last stages: what is the author's stands as it was written."""

import pytest

from shave.dockerfile.edits import apply
from shave.dockerfile.parser import parse
from shave.recipe import read
from shave.staging.protocol import Building, Closing, Directory, Runtime
from shave.staging.second import edits

ALONE = Runtime("scratch", copies=("/app",))


def second(text: str, runtime: Runtime = ALONE) -> str:
    recipe = read(text.encode())
    assert recipe.final
    made = apply(recipe.file.text, edits(Building(recipe, recipe.final.number), runtime))
    assert not parse(made).problems
    return made.decode()


def test_arguments_are_declared_where_something_kept_names_them() -> None:
    text = 'ARG A=1\nFROM x\nARG A\nARG B=$A\nARG C\nRUN make $C\nENV V=${B}\nCMD ["/app"]\n'
    assert second(text).partition("FROM scratch")[2] == (
        '\nCOPY --from=build /app /app\nARG A\nARG B=$A\nENV V=${B}\nCMD ["/app"]\n'
    )


def test_what_the_author_wrote_keeps_its_lines_and_their_ends() -> None:
    text = 'FROM x\r\nRUN make\r\nENV A=1 \\\r\n    B=2\r\nCMD ["/app"]'
    assert second(text) == (
        'FROM x AS build\r\nRUN make\r\nENV A=1 \\\r\n    B=2\r\nCMD ["/app"]\r\n\r\n'
        'FROM scratch\r\nCOPY --from=build /app /app\r\nENV A=1 \\\r\n    B=2\r\nCMD ["/app"]\r\n'
    )


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("FROM x\nCMD a\n", "build"),
        ("FROM x AS mine\nCMD a\n", "mine"),
        ("FROM y AS build\nFROM x\nCMD a\n", "builder"),
    ],
)
def test_names(text: str, name: str) -> None:
    assert f"COPY --from={name} /app /app\n" in second(text)


def test_platform_stays() -> None:
    assert "\nFROM --platform=linux/arm64 scratch\n" in second("FROM --platform=linux/arm64 x\nCMD a\n")


def test_order_of_what_is_made() -> None:
    directory = Directory("/data", 0o2770, 33, 34)
    runtime = Runtime(
        "debian:bookworm-slim",
        ("libpq5",),
        ("/a",),
        (directory,),
        ("WORKDIR /w",),
        has_accounts=True,
        has_libraries=True,
    )
    assert second('# escape=`\nFROM x\nUSER app\nSHELL ["sh", "-c"]\nCMD a\n', runtime).partition("\n\n")[2] == (
        "FROM debian:bookworm-slim\n"
        "COPY --from=build /etc/passwd /etc/group /etc/\n"
        "RUN apt-get update `\n"
        " && apt-get install -y --no-install-recommends libpq5 `\n"
        " && rm -rf /var/lib/apt/lists/* `\n"
        " && install -d -m 2770 -o 33 -g 34 /data\n"
        "COPY --from=build /a /a\n"
        "RUN ldconfig\n"
        "WORKDIR /w\n"
        "USER app\n"
        'SHELL ["sh", "-c"]\n'
        "CMD a\n"
    )


def test_runtimes_of_java_want_the_directory_of_manuals() -> None:
    made = second("FROM x\nCMD a\n", Runtime("debian:bookworm-slim", ("openjdk-17-jre-headless",)))
    assert "RUN mkdir -p /usr/share/man/man1 \\\n && apt-get update" in made


def test_packages_of_alpine() -> None:
    assert "RUN apk add --no-cache libpq\n" in second("FROM x\nCMD a\n", Runtime("alpine:3.20", ("libpq",)))


def test_the_build_ends_where_its_last_command_stood() -> None:
    runtime = Runtime("node:22-slim", copies=("/app",), closing=Closing(2, "npm prune --omit=dev"))
    text = 'FROM node:22\nRUN npm ci\nRUN npm run \\\n    build\nUSER node\nCMD ["node", "app.js"]\n'
    assert "    build\nRUN npm prune --omit=dev\nUSER node\n" in second(text, runtime)


def test_files_of_one_directory_are_one_layer() -> None:
    paths = ("/a", "/usr/local/bin/x", "/usr/local/bin/y", "/usr/local/lib/z")
    made = second("FROM x\nCMD a\n", Runtime("debian:bookworm-slim", copies=paths, files=frozenset(paths[1:])))
    assert [line for line in made.splitlines() if line.startswith("COPY")] == [
        "COPY --from=build /a /a",
        "COPY --from=build /usr/local/bin/x /usr/local/bin/y /usr/local/bin/",
        "COPY --from=build /usr/local/lib/z /usr/local/lib/z",
    ]


def test_files_of_the_root_go_there() -> None:
    made = second("FROM x\nCMD a\n", Runtime("scratch", copies=("/a", "/b"), files=frozenset({"/a", "/b"})))
    assert "COPY --from=build /a /b /\n" in made


@pytest.mark.parametrize(
    ("user", "expected"), [("", 'CMD a\nRUN ["rm"'), ("USER app\n", 'CMD a\nUSER root\nRUN ["rm"')], ids=["root", "app"]
)
def test_what_nobody_needs_is_deleted_at_the_end_of_the_build(user: str, expected: str) -> None:
    runtime = Runtime("debian:bookworm-slim", copies=("/srv",), removed=("/srv/.git", "/srv/x"))
    made = second(f"FROM x\n{user}CMD a\n", runtime)
    assert f'{expected}, "-rf", "/srv/.git", "/srv/x"]\n\nFROM debian' in made
