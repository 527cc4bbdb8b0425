"""Last stages of Node: the image of the language brings its program, and nothing that only installs comes along."""

import pytest

from scenes import Content, scene
from shave.oci import RunConfig
from shave.recipe import read
from shave.staging import Building, Refused, Runtime, language
from shave.staging.protocol import Closing

RELEASE = b'ID=debian\nVERSION_ID="13"\nPRETTY_NAME="Debian GNU/Linux 13 (trixie)"\n'
BASE: dict[str, Content] = {
    "etc/os-release": RELEASE,
    "etc/passwd": b"node:x:1000:1000::/home/node:/bin/sh\n",
    "usr/local/bin/node": b"\x7fELF",
    "usr/local/bin/docker-entrypoint.sh": b"#!/bin/sh\n",
    "usr/local/lib/node_modules/npm/index.js": b"",
    "usr/local/bin/npm": "../lib/node_modules/npm/index.js",
}
MANIFEST = b'{"scripts": {"start": "node app.js", "serve": "tsx app.ts"}, "devDependencies": {"typescript": "5"}}'
BUILT: dict[str, Content] = {
    "app/package.json": MANIFEST,
    "app/app.js": b"",
    "app/node_modules/express/index.js": b"",
    "app/node_modules/typescript/index.js": b"",
}
TEXT = "FROM node:22\nWORKDIR /app\nCOPY . .\nRUN npm ci\nRUN npm run build\n"
YARN = "yarn install --production --ignore-scripts --prefer-offline"


def runtime(text: str, *more: dict[str, Content], base: str = "node:22", **run: tuple[str, ...]) -> Runtime | Refused:
    recipe = read(text.replace("node:22", base).encode())
    made_by = ("ADD rootfs.tar in /", *("RUN npm ci",) * (len(more) + 1))
    settings = RunConfig(working_dir="/app", **run)  # type: ignore[arg-type]
    image = scene(BASE, BUILT, *more, made_by=made_by, run=settings)
    building = Building(recipe, 0, image, 1)
    found = language(building)
    assert found
    return found.runtime(building)


def test_the_program_of_the_base_is_not_copied_beside_that_of_the_slim_one() -> None:
    made = runtime(TEXT + 'CMD ["node", "app.js"]\n', entrypoint=("docker-entrypoint.sh",))
    assert made == Runtime("node:22-slim", copies=("/app",), closing=Closing(4, "npm prune --omit=dev"))


def test_installers_stay_behind_unless_they_are_started() -> None:
    pnpm: dict[str, Content] = {
        "usr/local/lib/node_modules/pnpm/index.js": b"",
        "usr/local/bin/pnpm": "../lib/node_modules/pnpm/index.js",
        "root/.local/share/pnpm/store/v10/files/0": b"",
        "app/node_modules/express/lib/__pycache__/x.pyc": b"",
    }
    text = TEXT.replace("npm", "pnpm")
    made = runtime(text + 'CMD ["node", "app.js"]\n', pnpm)
    assert isinstance(made, Runtime)
    assert [path for path in made.copies if "pnpm" in path] == []
    started = runtime(text + 'CMD ["pnpm", "start"]\n', pnpm)
    assert isinstance(started, Runtime)
    assert "/usr/local/lib/node_modules/pnpm" in started.copies


@pytest.mark.parametrize(
    ("text", "command"),
    [
        (TEXT + 'CMD ["npm", "start"]\n', "npm prune --omit=dev"),
        (TEXT.replace("npm", "yarn") + 'CMD ["node", "app.js"]\n', YARN),
        (TEXT + 'RUN npm install -g pm2\nCMD ["node", "app.js"]\n', "npm prune --omit=dev"),
        (TEXT.replace("npm ci", "yarn") + 'CMD ["node", "app.js"]\n', YARN),
        (TEXT.replace("npm ci", "npm install -g x") + 'CMD ["node", "app.js"]\n', ""),
        (TEXT + 'CMD ["npm", "run", "serve"]\n', ""),
        (TEXT + 'CMD ["node", "--import", "tsx", "app.ts"]\n', ""),
        (TEXT + 'USER node\nRUN echo\nCMD ["node", "app.js"]\n', ""),
        (TEXT.replace("RUN npm ci", "RUN cd /app && npm ci") + 'CMD ["node", "app.js"]\n', "npm prune --omit=dev"),
        (TEXT.replace("WORKDIR /app\nCOPY . .", "COPY . /app") + 'CMD ["node", "app.js"]\n', ""),
        (
            'FROM node:22\nCOPY . /\nRUN cd app && npm ci\nRUN (cd / && x) && true\nCMD ["node", "app.js"]\n',
            "cd /app && npm prune --omit=dev",
        ),
        (TEXT.replace("RUN npm ci", "RUN cd $X && npm ci") + 'CMD ["node", "app.js"]\n', ""),
    ],
)
def test_what_development_needs_goes_if_nothing_started_may_need_it(text: str, command: str) -> None:
    made = runtime(text)
    assert isinstance(made, Runtime)
    assert (made.closing.command if made.closing else "") == command


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"devDependencies": 1}', b"[" * 10000, b"{}", b"\xff"])
def test_manifests_may_say_anything(manifest: bytes) -> None:
    made = runtime(TEXT + 'CMD ["node", "app.js"]\n', {"app/package.json": manifest})
    assert isinstance(made, Runtime)
    assert made.closing is None
