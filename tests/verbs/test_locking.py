"""By what a lock knows its spec: all that decides what is resolved, and nothing else."""

from pathlib import Path

import pytest

from shave.errors import UsageError
from shave.spec import ImageOptions, NodePackages, PythonPackages, Spec
from shave.verbs.locking import digest

FLASK = Spec(packages=("python3",), python=PythonPackages(("requirements/app.txt",)))


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements/app.txt").write_text("flask\n-r base.txt\n  --constraint=../limits.txt # why\n")
    (tmp_path / "requirements/base.txt").write_text("-r app.txt\n-r https://example.org/r.txt\nclick\n")
    (tmp_path / "limits.txt").write_text("click<9\n")
    return tmp_path


@pytest.mark.parametrize("name", ["requirements/app.txt", "requirements/base.txt", "limits.txt"])
def test_requirements_and_what_they_include_decide(context: Path, name: str) -> None:
    before = digest(FLASK, context)
    assert digest(FLASK, context) == before
    with (context / name).open("a") as file:
        file.write("jinja2\n")
    assert digest(FLASK, context) != before


def test_what_is_included_is_of_the_context(context: Path) -> None:
    (context / "limits.txt").write_text("-r ../other.txt\n")
    with pytest.raises(UsageError, match=r"\.\./other\.txt is outside the directory that holds the spec"):
        digest(FLASK, context)


def test_how_it_starts_decides_nothing(context: Path) -> None:
    spec = Spec(node=NodePackages())
    (context / "package-lock.json").write_text("{}")
    before = digest(spec, context)
    assert digest(Spec(node=NodePackages(), image=ImageOptions(cmd=("node",))), context) == before
    (context / "package-lock.json").write_text("{ }")
    assert digest(spec, context) != before
