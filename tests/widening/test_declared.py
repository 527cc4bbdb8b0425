"""What an application in Python declares."""

import pytest

import scenes
from shave.oci import RunConfig
from shave.package import Package
from shave.widening.declared import Declared

SITE, SYSTEM = "opt/venv/lib/python3.11/site-packages", "usr/lib/python3/dist-packages"
BASE: dict[str, scenes.Content] = {
    "usr/bin/python3": "python3.11",
    "usr/bin/python3.11": b"\x7fELF",
    "usr/lib/python3.11/os.py": b"",
    f"{SYSTEM}/redis.py": b"",
    f"{SYSTEM}/redis-1.egg-info": b"",
    "opt/venv/pyvenv.cfg": b"home = /usr/bin\n",
    "opt/venv/bin/python3": "/usr/bin/python3",
    **{f"{SITE}/{name}/__init__.py": b"" for name in ("redis", "uvicorn", "pytest")},
    **{f"{SITE}/{name}-1.dist-info/METADATA": b"" for name in ("redis", "uvicorn", "pytest")},
    f"{SITE}/uvicorn/workers.py": b"",
}
PACKAGES = (
    Package("python", "redis", "1", (f"{SYSTEM}/redis-1.egg-info", f"{SYSTEM}/redis.py")),
    *(
        Package("python", name, "1", (f"{SITE}/{name}-1.dist-info/METADATA", f"{SITE}/{name}/__init__.py"))
        for name in ("redis", "uvicorn", "pytest")
    ),
)


def kept(path: str, body: bytes, run: RunConfig | None = None) -> set[str]:
    run = run or RunConfig(env=("PATH=/opt/venv/bin:/usr/bin",))
    known = scenes.scene(BASE, {path: body}, packages=PACKAGES, used=(path,), run=run)
    return {each for each in scenes.widened(known, Declared) if each.endswith(".py") and each != path}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("app/requirements.txt", b"-r other.txt\n# a comment\nRedis[hiredis]>=4 ; python_version > '3' # why\n"),
        ("app/requirements/base.txt", b"redis==4 --hash=sha256:0 \\\n  --hash=sha256:1\n"),
        ("app/requirements-prod.in", b"redis"),
        ("app/pyproject.toml", b'[project]\ndependencies = ["redis>=4"]\noptional-dependencies.dev = ["pytest"]'),
        ("app/pyproject.toml", b'[tool.poetry.dependencies]\npython = "^3"\nredis = {version = "4"}\n'),
        ("app/Pipfile", b'[packages]\nredis = "*"\n[dev-packages]\npytest = "*"\n'),
    ],
)
def test_what_is_declared_stays_from_the_environment_of_the_application(path: str, body: bytes) -> None:
    assert kept(path, body) == {f"{SITE}/redis/__init__.py"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("app/requirements-dev.txt", b"pytest"),
        ("app/requirements/test.txt", b"pytest"),
        ("app/notes.txt", b"pytest"),
        ("app/pyproject.toml", b"[project\nredis"),
        ("app/pyproject.toml", b"project = 1\npackages = []"),
        ("app/requirements.txt", b"\xff\xfe; ;\n"),
        (f"{SITE}/x/requirements.txt", b"pytest"),
        ("app/pyproject.toml", b"a = " + b"[" * 10_000),
    ],
)
def test_what_is_of_development_or_no_manifest_keeps_nothing(path: str, body: bytes) -> None:
    assert kept(path, body) == set()


def test_the_command_of_the_image_names_modules() -> None:
    run = RunConfig(cmd=("gunicorn", "-k", "uvicorn.workers.UvicornWorker", "app:app"), env=("PATH=/opt/venv/bin",))
    assert kept("app/app.py", b"", run) == {f"{SITE}/uvicorn/__init__.py", f"{SITE}/uvicorn/workers.py"}
    run = RunConfig(entrypoint=("python", "-m", "redis"), env=("PATH=/opt/venv/bin",))
    assert kept("app/app.py", b"", run) == {f"{SITE}/redis/__init__.py"}
