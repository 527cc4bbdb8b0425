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
