"""The house keeps its own rules: floors, skips, generated pages."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
pytest_plugins = ["pytester"]


def test_imports_go_down_the_floors() -> None:
    lint = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_generated_pages_say_what_the_code_says() -> None:
    done = subprocess.run([sys.executable, "docs/generate.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("listed", "failed", "skipped"), [(False, 2, 0), (True, 0, 2)])
def test_a_skip_fails_in_ci_unless_it_is_listed(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, listed: bool, failed: int, skipped: int
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makeconftest((ROOT / "tests/conftest.py").read_text())
    pytester.path.joinpath("skips.toml").write_text('[[skip]]\ntest = "test_*"\nreason = "why"\n' if listed else "")
    pytester.makepyfile(
        test_one="import pytest\ndef test_it(): pytest.skip('no tool')",
        test_two="import pytest\npytest.importorskip('no_such_module')",
    )
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--continue-on-collection-errors")
    outcomes = done.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == failed, done.stdout.str()
    assert outcomes.get("skipped", 0) == skipped
