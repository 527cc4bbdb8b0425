"""What imports lead to, in an image with an interpreter of the system and one of its own."""

import marshal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scenes
from shave.catalog import catalog
from shave.events import silent
from shave.evidence import Access, Evidence
from shave.needs.python import Python
from shave.reference import parse
from shave.sources import open_image
from shave.store import unpack
from shave.verbs.plan import decide
from shave.verbs.roots import Wish

LIBRARY, SYSTEM = "usr/lib/python3.11", "usr/lib/python3/dist-packages"
SITE = "opt/venv/lib/python3.11/site-packages"
IMAGE: dict[str, scenes.Content] = {
    "usr/bin/python3": "python3.11",
    "usr/bin/python3.11": b"\x7fELF",
    f"{LIBRARY}/os.py": b"import tkinter\nimport json",
    f"{LIBRARY}/json/__init__.py": b"",
    f"{LIBRARY}/tkinter/__init__.py": b"",
    f"{LIBRARY}/ensurepip/__init__.py": b"import pip",
    f"{SYSTEM}/yaml/__init__.py": b"",
    "opt/venv/pyvenv.cfg": b"home = /usr/bin\ninclude-system-site-packages = false\n",
    "opt/venv/bin/python": "/usr/bin/python3",
    f"{SITE}/flask/__init__.py": b"from .views import x\ntry:\n    import pkg_resources\nexcept ImportError: pass",
    f"{SITE}/flask/cli.py": b'for each in entry_points(group="flask.commands"): each.load()',
    f"{SITE}/flask/doc.py": b'"""\n   import pandas\n"""\nimport setuptools\nimport pytest\nimport json',
    f"{SITE}/flask/views.py": b'yaml = import_module("yaml.reader")',
    f"{SITE}/yaml/__init__.py": b"",
    f"{SITE}/yaml/reader.cpython-311-x86_64-linux-gnu.so": b"\x7fELF",
    f"{SITE}/pandas/__init__.py": b"",
    f"{SITE}/pandas/tests/a.py": b"import hypothesis",
    f"{SITE}/pip/__init__.py": b"",
    f"{SITE}/setuptools/__init__.py": b"",
    f"{SITE}/pkg_resources/__init__.py": b"",
    f"{SITE}/pytest/__init__.py": b"",
    f"{SITE}/whitenoise/middleware.py": b"",
    f"{SITE}/whitenoise/__init__.py": b"",
    f"{SITE}/google/cloud/storage/__init__.py": b"",
    f"{SITE}/plugin/__init__.py": b"",
    f"{SITE}/plugin-1.dist-info/METADATA": b"Metadata-Version: 2.1\nName: plugin\nVersion: 1\n",
    f"{SITE}/plugin-1.dist-info/entry_points.txt": b"[flask.commands]\nx = plugin:run [x]\n[console_scripts]\ny=pip:m",
    f"{SITE}/start.pth": b"import google.cloud.storage\n/srv/more\n",
    "srv/more/editable.py": b"",
}


def leads(path: str, more: Mapping[str, scenes.Content] = {}, environment: dict[str, str] | None = None) -> set[str]:
    """Where the links of one file lead, as short names."""
    files = scenes.Files([{**IMAGE, **more}])
    need = Python(files, environment or {"PATH": "/opt/venv/bin:/usr/bin"})
    links = list(need.links(path, files.read(path, 0, 256)))
    assert all(link.reason.because == "need" and link.reason.source == path for link in links)
    return {link.target.removeprefix(f"{SITE}/") for link in links}


def written(source: bytes, name: str = "app/main.py") -> set[str]:
    return leads(name, {name: source})


def test_an_application_imports_from_its_environment_and_that_ones_library() -> None:
    assert written(b"import yaml, json\nimport flask.cli") == {
        "yaml/__init__.py",
        f"{LIBRARY}/json/__init__.py",
        "flask/__init__.py",
        "flask/cli.py",
    }


def test_the_first_line_says_whose_environment() -> None:
    assert written(b"#!/usr/bin/python3\nimport yaml\n", "usr/bin/tool") == {f"{SYSTEM}/yaml/__init__.py"}
    assert written(b"#!/opt/venv/bin/python\nimport yaml\n", "bin/tool") == {"yaml/__init__.py"}


def test_extension_modules_and_namespaces_are_found() -> None:
    assert "yaml/reader.cpython-311-x86_64-linux-gnu.so" in leads(f"{SITE}/flask/views.py")
    assert written(b"from google.cloud import storage") == {"google/cloud/storage/__init__.py"}
    assert leads(f"{SITE}/start.pth") == {"google/cloud/storage/__init__.py"}
    assert written(b"import editable") == {"srv/more/editable.py"}


def test_a_library_leads_neither_to_examples_nor_to_tools() -> None:
    assert leads(f"{SITE}/flask/__init__.py") == set()
    assert leads(f"{SITE}/flask/doc.py") == {"setuptools/__init__.py", f"{LIBRARY}/json/__init__.py"}
    assert leads(f"{SITE}/pandas/tests/a.py") == set()


def test_the_standard_library_leads_to_itself_alone() -> None:
    assert leads(f"{LIBRARY}/os.py") == {f"{LIBRARY}/json/__init__.py"}
    assert leads(f"{LIBRARY}/ensurepip/__init__.py") == set()


def test_plugins_are_offered_in_a_group_that_is_named() -> None:
    assert leads(f"{SITE}/flask/cli.py") == {"plugin/__init__.py"}


def test_strings_of_an_application_name_modules() -> None:
    whole = {"whitenoise/__init__.py", "whitenoise/middleware.py"}
    assert written(b'MIDDLEWARE = ["whitenoise.middleware.WhiteNoise", "yaml"]') == whole
    assert written(b'INSTALLED_APPS = ["yaml"]') == {"yaml/__init__.py"}
    assert written(b"class = whitenoise.middleware.X, flask.x", "app/log.ini") == whole
    assert written(b"#!/bin/sh\nexec python -m yaml\n", "app/start") == {"yaml/__init__.py"}


def test_bytecode_counts_where_it_stands_for_its_source() -> None:
    body = b"\0" * 16 + marshal.dumps(compile("def f():\n import yaml", "x", "exec"))
    assert written(body, "app/main.pyc") == {"yaml/__init__.py"}
    assert leads("app/main.pyc", {"app/main.pyc": body, "app/main.py": b""}) == set()


def test_directories_elsewhere_that_distributions_are_in() -> None:
    more = {"opt/deps/late/__init__.py": b"", "opt/deps/late-1.dist-info/METADATA": b"Name: late"}
    assert leads("app/main.py", {**more, "app/main.py": b"import late"}) == {"opt/deps/late/__init__.py"}
    named = {"srv/lib/late/__init__.py": b"", "app/main.py": b"import late"}
    assert leads("app/main.py", named, {"PYTHONPATH": "/srv/lib"}) == {"srv/lib/late/__init__.py"}


@pytest.mark.parametrize("link", ["yaml", "../yaml", "/", "."])
def test_circles_of_symlinks_end(link: str) -> None:
    assert leads("app/main.py", {f"{SITE}/circle": link, "app/main.py": b"import circle.circle.circle"}) is not None


@given(st.sampled_from(["a.py", "a.pyc", "a.pth", "a.ini", "pyvenv.cfg", "entry_points.txt"]), st.binary(max_size=300))
def test_any_bytes_are_read(name: str, body: bytes) -> None:
    assert leads(f"app/x.dist-info/{name}", {f"app/x.dist-info/{name}": body}) is not None


def kept(root: Path, used: Iterable[str]) -> set[str]:
    """What grain ``unit`` keeps of a real directory, of which a run opened some files."""
    with open_image(parse(f"rootfs:{root}"), None, silent) as image:
        (place := root.parent / "plain").mkdir(exist_ok=True)
        files = unpack(image, place, silent)
        seen = Evidence("sha256:x", "seccomp", tuple(Access(f"/{path}", ("opened",), ("start",)) for path in used))
        plan = decide(files, image.config, seen, Wish(), False, (), catalog(files))
        return {each.path for each in plan.kept}


def test_a_real_environment_keeps_what_a_run_did_not_load(tmp_path: Path) -> None:
    root = tmp_path / "root"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", root / "venv"], check=True)
    site = next((root / "venv/lib").glob("python*/site-packages"))
    for name, body in {
        "server": "def work():\n    import late\n    return late.X\n",
        "late": "X = 7\n",
        "never": "",
    }.items():
        (site / f"{name}.py").write_text(body)
        (info := site / f"{name}-1.dist-info").mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "RECORD").write_text(f"{name}.py,,\n{name}-1.dist-info/METADATA,,\n{name}-1.dist-info/RECORD,,\n")
    place = str(site.relative_to(root))
    found = kept(root, [f"{place}/server.py"])
    assert f"{place}/late.py" in found
    assert f"{place}/never.py" not in found
    for path in site.glob("*.py"):
        if str(path.relative_to(root)) not in found:
            path.unlink()
    ran = subprocess.run(
        [root / "venv/bin/python", "-c", "import server; print(server.work())"], capture_output=True, check=True
    )
    assert ran.stdout == b"7\n"
