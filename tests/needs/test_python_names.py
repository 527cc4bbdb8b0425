import marshal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.needs.python_names import code, compiled, constants, imported, mains, tried, words


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (b"import os", ["os"]),
        (b"import a.b, c as d # e", ["a.b", "c"]),
        (b"def f():\n\tfrom x.y import z as w, v", ["x.y.z", "x.y.v"]),
        (b"try: import x\nexcept ImportError: pass", ["x"]),
        (b"from x import (\n  a,  # one\n  b as c,\n)", ["x.a", "x.b", "x"]),
        (b"from x import *", ["x.*"]),
        (b"from x import \\\n  y", ["x"]),
        (b"from . import a\nfrom ..b import c\nfrom .d.e import f", []),
        (b"import sys; import os", ["sys", "os"]),
        (b'   "import pandas as pd\\n",', ["pandas"]),
        (b"important = imported\n# import nothing\n>>> import nothing", []),
        (b'x = importlib.import_module("a.b")', ["a.b"]),
        (b"__import__('a')", ["a"]),
        (b'import_optional_dependency(\n  "openpyxl", errors="ignore")', ["openpyxl"]),
        (b'if find_spec("uvloop"):', ["uvloop"]),
        (b"import_module(name)", []),
    ],
)
def test_imports(source: bytes, names: list[str]) -> None:
    assert list(imported(source)) == names


def test_examples_in_documentation_are_no_code() -> None:
    source = b"import a\n\"\"\"\n   import b\n\"\"\"\nx = \"'''\"  # it's\nimport c\ny = '''import d'''\nimport e"
    assert list(imported(code(source))) == ["a", "c", "e"]


def test_a_string_that_never_ends_hides_nothing() -> None:
    assert list(imported(code(b'"""\nimport a\n'))) == ["a"]


def test_attempts() -> None:
    assert list(tried(b"try:\n    import pkg_resources\nexcept ImportError:\n    import x")) == ["pkg_resources"]


def test_constants_and_words() -> None:
    assert list(constants(b"['a.b.C', \"d.e:f\", 'not one', 'g']")) == ["a.b.C", "d.e", "g"]
    assert list(words(b"gunicorn -k uvicorn.workers.UvicornWorker app:app /etc/x.conf --a=b.c")) == [
        "uvicorn.workers.UvicornWorker",
        "b.c",
    ]
    assert list(mains(b"exec python3.11 -u -m celery -A x")) == ["celery"]


def test_bytecode_names_what_its_source_imports() -> None:
    source = "def f():\n    import a.b\n    from c import d\n"
    assert {"a.b", "c", "d"} <= set(compiled(marshal.dumps(compile(source, "x", "exec"))))


@given(st.binary(max_size=2000))
def test_any_bytes_are_read(data: bytes) -> None:
    for read in (imported, constants, words, mains, tried, compiled):
        assert all(isinstance(name, str) for name in read(data))
    assert len(code(data)) <= len(data)


@given(
    st.lists(
        st.sampled_from([b"import", b"from ", b" a", b"(", b")", b",", b"\n", b'"', b"'", b'"""', b"\\", b"#", b";"])
    )
)
def test_any_tokens_are_read(tokens: list[bytes]) -> None:
    source = b"".join(tokens)
    assert all(name for name in imported(source))
    assert len(code(source)) <= len(source)
