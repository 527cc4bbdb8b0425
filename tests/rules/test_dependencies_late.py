"""Where a COPY of sources goes, where a manifest is read, and what an installation needs beside it."""

import pytest

from shave.dockerfile.edits import apply
from shave.recipe import read
from shave.rules.dependencies_late import look
from shave.rules.known import NOTHING

INSTALL = "RUN npm ci --omit=dev && npm cache clean --force\n"


@pytest.mark.parametrize(
    ("before", "target", "is_mended"),
    [
        ("FROM node\nWORKDIR /app\n", "/app/", True),
        ("FROM node\nWORKDIR /srv\nWORKDIR app\n", "/srv/app", True),
        ("FROM node\nENV HOME=/home/node\nWORKDIR $HOME\n", "$HOME", True),
        ("FROM node AS base\nWORKDIR /app\nFROM base\n", "/app", True),
        ("FROM node AS other\nWORKDIR /app\nFROM acme/node\n", "/app", False),
        ("FROM acme/node\n", ".", True),
    ],
)
def test_the_working_directory_is_that_of_the_stage(before: str, target: str, is_mended: bool) -> None:
    (finding,) = look(read(f"{before}COPY . {target}\n{INSTALL}".encode()), NOTHING)
    assert bool(finding.fix) == is_mended


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (  # a manifest by its absolute path (python-D5)
            "COPY . /app\nRUN pip install -r /app/requirements.txt\n",
            "COPY requirements.txt /app/\nRUN pip install -r /app/requirements.txt\nCOPY . /app\n",
        ),
        (
            "COPY . /app\nRUN conda env create -f /app/environment.yml\n",
            "COPY environment.yml /app/\nRUN conda env create -f /app/environment.yml\nCOPY . /app\n",
        ),
        (
            "WORKDIR /app\nCOPY . .\nRUN pipenv install --deploy\n",
            "WORKDIR /app\nCOPY Pipfile Pipfile.lock* ./\nRUN pipenv install --deploy\nCOPY . .\n",
        ),
        (
            "WORKDIR /app\nCOPY . .\nRUN poetry install --no-root --only main\n",
            "WORKDIR /app\nCOPY pyproject.toml poetry.lock* ./\nRUN poetry install --no-root --only main\nCOPY . .\n",
        ),
        (
            "WORKDIR /app\nCOPY . .\nRUN uv pip install --system -r a/req.txt\n",
            "WORKDIR /app\nCOPY a/req.txt ./a/\nRUN uv pip install --system -r a/req.txt\nCOPY . .\n",
        ),
        (  # ADD, and what does not read the sources beside it
            "WORKDIR /app\nADD . .\nRUN npm install && ln -s /app/x /bin/x\n",
            "WORKDIR /app\nADD package.json package-lock.json* ./\nRUN npm install && ln -s /app/x /bin/x\nADD . .\n",
        ),
        (  # settings between
            "COPY . /app\nWORKDIR /app\nENV CI=1\nRUN npm ci\n",
            "COPY package.json package-lock.json* /app/\nWORKDIR /app\nENV CI=1\nRUN npm ci\nCOPY . /app\n",
        ),
        (  # a subdirectory that the RUN goes to
            "WORKDIR /app\nCOPY . .\nRUN cd web && npm ci\n",
            "WORKDIR /app\nCOPY web/package.json web/package-lock.json* ./web/\nRUN cd web && npm ci\nCOPY . .\n",
        ),
        (  # indented as it was
            "  WORKDIR /app\n  COPY . .\n  RUN npm ci\n",
            "  WORKDIR /app\n  COPY package.json package-lock.json* ./\n  RUN npm ci\n  COPY . .\n",
        ),
    ],
)
def test_the_manifest_is_copied_to_where_it_is_read(text: str, fixed: str) -> None:
    whole = f"FROM python\n{text}".encode()
    (finding,) = look(read(whole), NOTHING)
    assert finding.fix and not finding.fix.is_safe
    assert apply(whole, finding.fix.edits).decode() == f"FROM python\n{fixed}"


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("RUN poetry install\n", "install them with --no-root"),
        ("RUN uv sync --frozen --no-dev\n", "install them with --no-install-project"),
        ("RUN pip install -r a/x.txt -r b/y.txt\n", "copy a/x.txt b/y.txt before"),
    ],
)
def test_no_edit_where_a_manifest_is_not_enough(text: str, advice: str) -> None:
    (finding,) = look(read(f"FROM python\nWORKDIR /app\nCOPY . .\n{text}".encode()), NOTHING)
    assert finding.fix is None
    assert advice in finding.advice


@pytest.mark.parametrize(
    "text",
    [
        "COPY . /srv\nRUN npm ci\n",
        "COPY . .\nRUN npm ci --prefix web\n",
        "COPY package.json ./\nRUN npm ci\nCOPY . .\nRUN npm ci --omit=dev\n",
        "COPY uv.lock pyproject.toml ./\nRUN uv sync --no-install-project\nCOPY . .\nRUN uv sync\n",
        "COPY . .\nRUN pip install -r /opt/requirements.txt\n",
        "COPY . .\nRUN pip install -r requirements.txt .\n",
        "COPY . .\nRUN cd $X && npm ci\n",
        "COPY . .\nRUN conda env create -f $FILE\n",
    ],
)
def test_what_comes_from_elsewhere_or_was_installed_before_is_no_finding(text: str) -> None:
    assert not list(look(read(f"FROM python\nWORKDIR /app\n{text}".encode()), NOTHING))
