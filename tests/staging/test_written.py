"""Last stages by the words of the build: where these leave something to guess there is none."""

import pytest

from shave.recipe import read
from shave.staging import Building, Refused, Runtime, language

STATIC = "gcr.io/distroless/static-debian12"
GO = "FROM golang:1.22\nCOPY main.go go.mod /src/\nWORKDIR /src\nENV CGO_ENABLED=0\nRUN go build -o /app .\n"
PURE = GO.replace("golang:1.22", "golang:1.22-alpine3.20").replace("ENV CGO_ENABLED=0\n", "")
C = "FROM debian:12\nRUN apt-get update && apt-get install -y gcc libc6-dev\nCOPY a.c /\nRUN gcc -o /a /a.c\n"
PYTHON = "FROM python:3.11-slim\nRUN apt-get update && apt-get install -y gcc\nCOPY . /app\nRUN pip install -r /app/r\n"


def runtime(text: str, taken: dict[int, tuple[str, ...]] | None = None) -> Runtime | Refused:
    recipe = read(text.encode())
    assert recipe.final
    building = Building(recipe, recipe.final.number, taken=taken)
    found = language(building)
    assert found
    return found.runtime(building)


@pytest.mark.parametrize(
    ("text", "base", "copies"),
    [
        (GO + 'CMD ["/app"]\n', STATIC, ("/app",)),
        (GO.replace("/app .", "app") + 'CMD ["./app"]\n', STATIC, ("/src/app",)),
        (GO.replace("/app", "/usr/bin/a") + 'ENTRYPOINT ["a"]\nCMD ["-x"]\n', STATIC, ("/usr/bin/a",)),
        (C + 'CMD ["/a"]\n', "debian:bookworm-slim", ("/a",)),
        (C.replace("-o", "-lm -o") + 'CMD ["/a"]\n', "debian:bookworm-slim", ("/a",)),
        # linked statically: nothing of the system is needed
        (C.replace("debian:12", "gcc:13").replace("-o", "-static -lz -o") + 'CMD ["/a"]\n', STATIC, ("/a",)),
        # Go 1.20 and later do without cgo where there is no C compiler
        (PURE + 'CMD ["/app"]\n', STATIC, ("/app",)),
        (PURE.replace("golang:1.22-alpine3.20", "golang:alpine") + 'CMD ["/app"]\n', STATIC, ("/app",)),
        (PURE.replace("WORKDIR", "RUN apk add --no-cache git\nWORKDIR") + 'CMD ["/app"]\n', STATIC, ("/app",)),
        (
            PYTHON + 'CMD ["python", "/app/x.py"]\n',
            "python:3.11-slim",
            ("/usr/local/lib/python3.11/site-packages", "/usr/local/bin", "/app"),
        ),
        (
            PYTHON.replace("pip", "python -m venv /v && /v/bin/pip") + 'CMD ["/v/bin/python", "/app/x.py"]\n',
            "python:3.11-slim",
            ("/v", "/app"),
        ),
    ],
)  # fmt: skip
def test_known(text: str, base: str, copies: tuple[str, ...]) -> None:
    assert runtime(text) == Runtime(base, copies=copies)


@pytest.mark.parametrize(
    "text",
    [
        GO.replace("ENV CGO_ENABLED=0\n", "") + 'CMD ["/app"]\n',
        GO + "CMD /app\n",
        GO + 'CMD ["/other"]\n',
        GO + 'HEALTHCHECK CMD ["/app", "ping"]\nCMD ["/app"]\n',
        GO + 'USER app\nCMD ["/app"]\n',
        GO + 'RUN ./generate\nCMD ["/app"]\n',
        GO + 'RUN go build -o /b ./b\nCMD ["/app"]\n',
        GO.replace("main.go go.mod", ".") + 'CMD ["/app"]\n',
        GO.replace("-o /app", "") + 'CMD ["/app"]\n',
        GO + "COPY page.html /src/\n" + 'CMD ["/app"]\n',
        GO,
        PURE.replace("1.22", "1.19") + 'CMD ["/app"]\n',
        PURE.replace("WORKDIR", "RUN apk add --no-cache gcc musl-dev\nWORKDIR") + 'CMD ["/app"]\n',
        C.replace("debian:12", "gcc:13").replace("-o", "-static $FLAGS -o") + 'CMD ["/a"]\n',
        C.replace("-o", "-lz -o") + 'CMD ["/a"]\n',
        C.replace("-o", "$FLAGS -o") + 'CMD ["/a"]\n',
        C.replace("libc6-dev", "libpq-dev") + 'CMD ["/a"]\n',
        C.replace("debian:12", "gcc:14") + 'CMD ["/a"]\n',
        C.replace("gcc -o /a /a.c", "make install") + 'CMD ["/a"]\n',
        PYTHON.replace("gcc", "gcc libpq-dev") + 'CMD ["python", "/app/x.py"]\n',
        PYTHON.replace("gcc", "gcc ffmpeg") + 'CMD ["python", "/app/x.py"]\n',
        PYTHON.replace("-slim", "") + 'CMD ["python", "/app/x.py"]\n',
        PYTHON.replace("/app", "/") + 'CMD ["python", "/x.py"]\n',
        PYTHON.replace("pip install", "pip install --target /x") + 'CMD ["python", "/app/x.py"]\n',
        'FROM rust:1.85\nCOPY . .\nRUN cargo build --release\nCMD ["/target/release/app"]\n',
        'FROM maven:3\nCOPY . .\nRUN mvn package\nCMD ["java", "-jar", "target/app.jar"]\n',
        'FROM node:22\nRUN apt-get install -y gcc\nCOPY . .\nRUN npm ci\nCMD ["node", "app.js"]\n',
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert isinstance(runtime(text), Refused)


def test_the_context_says_what_is_no_source() -> None:
    text = GO.replace("main.go go.mod /src/\nWORKDIR /src", ". /src/\nWORKDIR /src") + 'CMD ["/app"]\n'
    assert runtime(text, {1: ("main.go", "go.mod", "lib/x.go", "Dockerfile")}) == Runtime(STATIC, copies=("/app",))
    assert runtime(text, {1: ("main.go", "pages/index.html")}) == Runtime(
        STATIC, copies=("/app", "/src/pages/index.html")
    )
