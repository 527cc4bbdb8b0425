"""Last stages of Python: what only installs packages stays behind, unless something may start it."""

import pytest

from scenes import Content, scene
from shave.oci import RunConfig
from shave.recipe import read
from shave.staging import Building, Runtime, language

BASE: dict[str, Content] = {
    "etc/os-release": b"ID=debian\n",
    "usr/local/bin/python3.13": b"\x7fELF",
    "usr/local/lib/python3.13/os.py": b"",
}
BUILT: dict[str, Content] = {
    "usr/local/bin/uv": b"\x7fELF",
    "usr/local/lib/python3.13/site-packages/uv/__init__.py": b"",
    "usr/local/lib/python3.13/site-packages/flask/__init__.py": b"",
    "opt/poetry/bin/poetry": b"#!/opt/poetry/bin/python\n",
    "opt/poetry/bin/python": "/usr/local/bin/python3.13",
    "opt/poetry/pyvenv.cfg": b"",
    "app/.venv/bin/python": "/usr/local/bin/python3.13",
    "app/words.py": b"",
}


@pytest.mark.parametrize(
    ("path", "end", "kept"),
    [
        ("/usr/local/bin", 'CMD ["/app/.venv/bin/python", "words.py"]', set()),
        ("/usr/local/bin", 'CMD ["uv", "run", "words.py"]', {"/usr/local/bin/uv"}),
        ("/usr/local/bin", 'CMD ["/opt/poetry/bin/poetry", "run", "words"]', {"/opt/poetry"}),
        ("/opt/poetry/bin:/usr/local/bin", 'CMD ["python", "words.py"]', {"/opt/poetry"}),
    ],
)
def test_installers(path: str, end: str, kept: set[str]) -> None:
    text = f"FROM python:3.13\nWORKDIR /app\nCOPY . .\nRUN /opt/poetry/bin/poetry install\n{end}\n"
    run = RunConfig(working_dir="/app", env=(f"PATH={path}",))
    image = scene(BASE, BUILT, made_by=("ADD rootfs.tar in /", "RUN poetry install"), run=run)
    building = Building(read(text.encode()), 0, image, 1)
    found = language(building)
    assert found
    runtime = found.runtime(building)
    assert isinstance(runtime, Runtime)
    assert runtime.base == "python:3.13-slim"
    copies = set(runtime.copies)
    assert {each for each in copies if "uv" in each or each.startswith("/opt")} - {
        "/usr/local/lib/python3.13/site-packages/uv"
    } == kept
    assert {"/app", "/usr/local/bin/python3.13"} & copies == {"/app"}


SHOP: dict[str, Content] = {
    "srv/shop/app/main.py": b"",
    "srv/shop/frontend/package.json": b'{"devDependencies": {"vite": "5"}}',
    "srv/shop/frontend/node_modules/vite/index.js": b"",
}
BUILT_SHOP = (
    "FROM python:3.13\nWORKDIR /srv/shop\nCOPY . .\nRUN pip install -r requirements.txt\n"
    "RUN cd frontend && npm ci && npm run build\nUSER shop\n"
)


@pytest.mark.parametrize(
    ("start", "command"),
    [
        ("usr/local/bin/python3.13", "cd /srv/shop/frontend && npm prune --omit=dev"),
        ("srv/shop/frontend/node_modules/.bin/vite", None),
        ("usr/local/bin/front", None),
    ],
    ids=["python", "of the modules", "a script for node"],
)
def test_what_the_pages_needed_to_be_built_stays_behind(start: str, command: str | None) -> None:
    programs: dict[str, Content] = {
        "srv/shop/frontend/node_modules/.bin/vite": "../vite/index.js",
        "usr/local/bin/front": b"#!/usr/bin/env node\n",
    }
    image = scene(
        BASE, SHOP | programs, made_by=("ADD rootfs.tar in /", "RUN npm ci"), run=RunConfig(working_dir="/srv/shop")
    )
    building = Building(read(f'{BUILT_SHOP}CMD ["/{start}", "app/main.py"]\n'.encode()), 0, image, 1)
    found = language(building)
    assert found
    runtime = found.runtime(building)
    assert isinstance(runtime, Runtime)
    assert (runtime.closing.command if runtime.closing else None) == command
