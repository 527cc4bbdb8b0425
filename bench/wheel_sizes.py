"""Writes facts/wheel_sizes.toml: what pip fetches for the distributions that Dockerfiles name most often.

    python bench/wheel_sizes.py >src/shave/facts/wheel_sizes.toml

by CPython 3.11 on amd64. pip keeps each wheel as it was fetched, and no packing makes it smaller.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ASKED = """
pip setuptools wheel build virtualenv tox pipx pipenv poetry uv hatch ninja cmake meson cython pybind11
requests six click tqdm pyyaml jinja2 certifi idna itsdangerous python-dotenv psutil pydantic cryptography paramiko
flask django fastapi uvicorn gunicorn tornado aiohttp celery redis sqlalchemy alembic psycopg2-binary pymysql lxml
pillow numpy pandas scipy scikit-learn matplotlib sympy ipython notebook jupyterlab jupyter streamlit
pytest pytest-cov coverage flake8 pylint mypy black ruff pre-commit
boto3 awscli ansible ansible-core supervisor yq grpcio-tools grpcio protobuf
"""


def main() -> None:
    """Prints the table."""
    with TemporaryDirectory() as cache:
        brought = {name: _fetched(name, cache) for name in ASKED.split()}
    sizes = {name: size for found in brought.values() for name, size in found.items()}
    print(HEAD)
    for name, size in sorted(sizes.items()):
        print(f"{name} = {size}")
    print("\n[needs]")
    for name, found in sorted(brought.items()):
        print(f"{name} = {json.dumps(sorted(found.keys() - {name}))}")


def _fetched(name: str, cache: str) -> dict[str, int]:
    """The wheels that come with a distribution, itself among them, and their bytes."""
    with TemporaryDirectory() as directory:
        where = ["--cache-dir", cache, "-d", directory]
        line = [sys.executable, "-m", "pip", "download", "-q", "--only-binary", ":all:", *where, name]
        subprocess.run(line, check=True)
        return {_name(path): path.stat().st_size for path in Path(directory).iterdir()}


def _name(wheel: Path) -> str:
    """Source: Python Packaging User Guide, Names and normalization."""
    return re.sub(r"[-_.]+", "-", wheel.name.partition("-")[0]).lower()


HEAD = """\
# Bytes of the wheels that pip fetches, and for distributions that Dockerfiles often name what else is fetched, however
# far: made by bench/wheel_sizes.py.

source = "wheels of CPython 3.11 (amd64), with what they need"

[packed_bytes]"""

if __name__ == "__main__":
    main()
