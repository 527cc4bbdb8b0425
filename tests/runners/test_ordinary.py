"""The same tests as ordinary users: one with subordinate ids, one without."""

import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
TOOLS = ("mypy*", "*__mypyc*", "ruff*", "grimp*", "*.dist-info", "*.pth", "__pycache__")
CHOSEN = "killed or proc or namespaces and (user or execute or files or mounts or confinement or network or script)"
CHOSEN += " or traced or bounded or storage_of_the_user"


@pytest.fixture(scope="module")
def readable() -> Iterator[Path]:
    """shave, its packages and its tests where anybody may read them."""
    packages = Path(pytest.__file__).parents[1]
    with tempfile.TemporaryDirectory(prefix="shave-test-", dir="/var/tmp") as name:
        directory = Path(name)
        shutil.copytree(packages, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*TOOLS))
        shutil.copytree(REPOSITORY / "src" / "shave", directory / "shave")
        for tests in ("runners", "sources"):
            shutil.copytree(REPOSITORY / "tests" / tests, directory / "tests" / tests)
        for test in ("conftest.py", "skips.toml", "test_workspace.py", "test_proc.py"):
            shutil.copy(REPOSITORY / "tests" / test, directory / "tests" / test)
        shutil.copy(REPOSITORY / "pyproject.toml", directory / "pyproject.toml")
        directory.chmod(0o755)
        yield directory


@pytest.fixture(params=["subuids", "single"])
def user(request: pytest.FixtureRequest) -> Iterator[str]:
    """``useradd --system`` gives no subordinate ids."""
    name = f"shave-test-{request.param}"
    options = ["--system"] if request.param == "single" else []
    subprocess.run(["userdel", "--remove", name], capture_output=True, check=False)
    subprocess.run(["useradd", "--create-home", *options, name], check=True)
    yield name
    subprocess.run(["userdel", "--remove", name], capture_output=True, check=True)


@pytest.mark.root
def test_the_same_as_an_ordinary_user(readable: Path, user: str) -> None:
    entry = pwd.getpwnam(user)
    become = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--reset-env"]
    python = "/usr/bin/python3"
    tests = ["tests/test_workspace.py", "tests/test_proc.py", "tests/runners/test_container.py"]
    tests += ["tests/sources/test_containers_storage.py"]
    # another user of this name may have been here before, with another id
    own = ["-p", "no:cacheprovider", f"--basetemp={entry.pw_dir}/tests"]
    command = [python, "-m", "pytest", "-q", *own, "-m", "not root", "-k", CHOSEN, *tests]
    variables = [f"PYTHONPATH={readable}", "PYTHONDONTWRITEBYTECODE=1", f"HOME={entry.pw_dir}"]
    ended = subprocess.run(
        [*become, "env", *variables, *command], cwd=readable, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    assert sys.version_info[:2] == (3, 11) or "passed" in ended.stdout
