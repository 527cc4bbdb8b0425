"""Statements that stand in no block, beside what ast reads of the standard library."""

import ast
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.causes.python_imports import Import, certain


def stated(nodes: Iterable[ast.stmt]) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (Import(alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = tuple(alias.name for alias in node.names if alias.name != "*")
            yield Import(node.module or "", names, node.level)
        elif isinstance(node, ast.Raise):
            return


@pytest.mark.oracle
def test_ast_reads_the_same_of_the_standard_library() -> None:
    modules = sorted(Path(sysconfig.get_path("stdlib")).glob("[a-h]*/*.py"))
    assert len(modules) > 100
    for path in modules:
        if {"test", "site-packages", "lib2to3"}.isdisjoint(path.parts):
            tree = ast.parse(path.read_bytes())
            tried = {each for node in tree.body if isinstance(node, ast.Try) for each in stated(node.body)}
            found = set(certain(path.read_bytes()))
            assert set(stated(tree.body)) <= found, path
            assert found <= set(stated(tree.body)) | tried, path


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("try:\n  import a; import b\n  import c  # d\nexcept E:\n  raise\n", "abc"),
        ("try:\n  import a\nexcept E:\n  def f():\n    raise\n", ""),
        ("try:\n  import a\nexcept E:\n  raise\nexcept F:\n  pass\n", ""),
        ("try:\n  import a\nfinally:\n  raise\n", ""),
        ("if x:\n  import a\nimport b\n", "b"),
        ("import a\nsys.exit()\nimport b\n", "a"),
        ("x = '''\nimport a\n'''\nimport b as c, d\\\n , e\n", "bde"),
        ("def f():\n\timport a\n#import b\nimport c", "c"),
    ],
)
def test_what_is_certain(source: str, found: str) -> None:
    assert "".join(each.module for each in certain(source.encode())) == found


@given(st.text("import fromtryexcept:\n\t ()#,;.'\"\\abc", max_size=200))
def test_any_text(text: str) -> None:
    for each in certain(text.encode()):
        assert each.module or each.level or each.names
