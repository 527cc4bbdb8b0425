"""What this machine's Node cannot load is said of it beforehand; and of what it runs nothing is said."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ondisk import patient
from shave.causes.node import look
from shave.causes.node_imports import certain
from shave.diagnosis import Diagnosis

NODE = Path(os.path.realpath(shutil.which("node") or ""))
LIBRARIES = Path(f"/usr/lib/{os.uname().machine}-linux-gnu")
PACKAGE = {
    "name": "app",
    "scripts": {"start": "node good.js", "again": "npm run again", "lost": "nothing --here", "gone": "node gone.js"},
}
APP = {
    "package.json": json.dumps(PACKAGE),
    "good.js": "const { a,\n b } = require('one')\nconst fs = require('node:fs'), x = 1\nrequire('./part')(a)\n",
    "part.js": "module.exports = require('one/lib/two').c\n",
    "module.mjs": "import one, { a } from 'one'\nimport 'two/feature'\nexport { join } from 'path'\n",
    "late.js": """function f() {
  require('nothing')
}
const g = () => require('nothing')
/*
require('nothing')
*/
const t = `
const x = require('nothing')
`
try { require('nothing') } catch {}
const h = 0 && require('nothing')
""",
    "caught.mjs": "import('nothing').catch(() => {})\n",
    "self.mjs": "import 'app/part.js'\nimport '#inner'\n",
    "bad.js": "const x = require('nothing')\n",
    "bad.mjs": "import {\n  a,\n  b\n} from '@scope/nothing'\n",
    "later.mjs": "const x = (await import('nothing')).default\n",
    "beside.js": "require('./nothing')\n",
    "deep.js": "require('broken')\n",
    "node_modules/one/package.json": '{"name": "one", "main": "lib/index"}',
    "node_modules/one/lib/index.js": "exports.a = (b) => b; exports.b = 1; exports.default = 1\n",
    "node_modules/one/lib/two.js": "exports.c = (a) => a\n",
    "node_modules/two/package.json": '{"exports": {"./feature": {"import": "./x.mjs", "default": "./gone.js"}}}',
    "node_modules/two/x.mjs": "",
    "node_modules/broken/index.js": "var y = require('nothing/at/all')\n",
}
SELF = '{"name": "app", "exports": {"./part.js": "./good.js"}, "imports": {"#inner": "./good.js"}, "type": "commonjs"}'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("node")
    written(root / "app", APP)
    return root


def written(directory: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)


def said(root: Path, *words: str, env: tuple[str, ...] = ()) -> list[Diagnosis]:
    mounts = {"usr/bin/node": NODE, LIBRARIES.as_posix().lstrip("/"): LIBRARIES}
    return list(look(patient(root, "/usr/bin/node", *words, env=env, mounts=mounts)))


def ran(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE, *words], cwd=root / "app", capture_output=True, text=True)


@pytest.mark.parametrize("name", ["good.js", "module.mjs", "late.js", "caught.mjs", "good", "-v"])
def test_of_what_runs_nothing_is_said(root: Path, name: str) -> None:
    done = ran(root, name)
    assert done.returncode == 0, done.stderr
    assert said(root, name) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("bad.js", "nothing"),
        ("bad.mjs", "@scope/nothing"),
        ("later.mjs", "nothing"),
        ("beside.js", "./nothing"),
        ("deep.js", "nothing"),
    ],
)
def test_what_cannot_be_loaded(root: Path, name: str, word: str) -> None:
    assert f"'{word}" in ran(root, name).stderr
    (found,) = said(root, name)
    assert (found.cause, found.stops) == ("node-module-missing", True)
    assert f" loads {word}, " in found.text


def test_packages_that_name_themselves(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root / "app", tmp_path / "app")
    written(tmp_path / "app", {"package.json": SELF})
    assert ran(tmp_path, "self.mjs").returncode == 0
    assert said(tmp_path, "self.mjs") == []


def test_what_decides_otherwise_is_believed(root: Path, tmp_path: Path) -> None:
    assert said(root, "-r", "./part.js", "bad.js") == []
    assert said(root, "bad.js", env=("NODE_OPTIONS=--import tsx",)) == []
    assert said(root, "bad.js", env=("NODE_PATH=/app/node_modules/broken:/app",))
    shutil.copytree(root / "app", tmp_path / "app")
    written(tmp_path / "app", {".pnp.cjs": ""})
    assert said(tmp_path, "bad.js") == []


@pytest.mark.parametrize(
    ("words", "causes"),
    [
        ("start", []),
        ("run again", []),
        ("run lost", ["command-missing"]),
        ("run gone", ["program-file-missing"]),
        ("run nowhere", ["command-missing"]),
        ("--version", []),
    ],
)
def test_npm_runs_the_scripts_of_package_json(root: Path, words: str, causes: list[str]) -> None:
    npm = {"usr/bin/npm": "", "npm/bin/npm-cli.js": "#!/usr/bin/node\n"}
    tree = root.with_name(f"npm-{words.replace(' ', '-')}")
    shutil.copytree(root, tree)
    written(tree, npm)
    (tree / "usr/bin/npm").unlink()
    (tree / "usr/bin/npm").symlink_to("/npm/bin/npm-cli.js")
    (tree / "npm/bin/npm-cli.js").chmod(0o755)
    mounts = {"usr/bin/node": NODE, "bin/sh": Path(os.path.realpath("/bin/sh"))}
    found = list(look(patient(tree, "npm", *words.split(), mounts=mounts)))
    assert [each.cause for each in found] == causes
    (tree / "app/package.json").unlink()
    gone = ["program-file-missing"] if words != "--version" else []
    assert [each.cause for each in look(patient(tree, "npm", *words.split(), mounts=mounts))] == gone


ADDON = "void {}(void) {{}}\n"


@pytest.mark.parametrize(
    ("symbol", "option", "cause"),
    [
        ("napi_register_module_v1", "", None),
        ("node_register_module_v{abi}", "", None),
        ("node_register_module_v57", "", "node-incompatible"),
        ("napi_register_module_v1", "-Wl,--no-as-needed,-l:libother.so", "library-missing"),
    ],
)
def test_addons(tmp_path: Path, symbol: str, option: str, cause: str | None) -> None:
    abi = subprocess.check_output([NODE, "-p", "process.versions.modules"], text=True).strip()
    written(
        tmp_path, {"addon.c": ADDON.format(symbol.format(abi=abi)), "other.c": "", "app/main.js": "require('it')\n"}
    )
    written(tmp_path / "app/node_modules/it", {"index.js": "", "package.json": "{}"})
    shared = ["gcc", "-shared", "-fPIC", f"-L{tmp_path}", "-o"]
    subprocess.run([*shared, tmp_path / "libother.so", tmp_path / "other.c"], check=True)
    addon = tmp_path / "app/node_modules/it/it.node"
    subprocess.run([*shared, addon, tmp_path / "addon.c", *filter(None, [option])], check=True)
    (tmp_path / "libother.so").unlink()
    found = said(tmp_path, "main.js")
    assert [(each.cause, each.stops) for each in found] == ([(cause, True)] if cause else [])


@pytest.mark.network
@pytest.mark.parametrize("libc", ["glibc", "musl"])
def test_real_packages_with_addons(tmp_path: Path, libc: str) -> None:
    """Those of sharp are packages for each platform, those of bcrypt lie all in it."""
    app = tmp_path / "app"
    written(app, {"package.json": '{"dependencies": {"sharp": "0.33.5", "bcrypt": "6.0.0"}}'})
    written(app, {"sharp.js": "require('sharp')\n", "bcrypt.js": "require('bcrypt')\n"})
    npm = ["npm", "install", "--ignore-scripts", "--include=optional", "--os=linux", f"--libc={libc}", "--cpu=x64"]
    subprocess.run(npm, cwd=app, check=True, capture_output=True)
    assert said(tmp_path, "bcrypt.js") == []
    assert bool(ran(tmp_path, "sharp.js").returncode) == (libc == "musl")
    causes = [("node-incompatible", True)] if libc == "musl" else []
    assert [(each.cause, each.stops) for each in said(tmp_path, "sharp.js")] == causes
    shutil.rmtree(app / "node_modules/bcrypt/prebuilds" / "linux-x64")
    assert ran(tmp_path, "bcrypt.js").returncode
    assert [(each.cause, each.stops) for each in said(tmp_path, "bcrypt.js")] == [("node-incompatible", True)]


@given(st.text("import fromrequ()'\"`/*\n\t={},abc.#?&|", max_size=200))
def test_any_text(text: str) -> None:
    for each in certain(text.encode()):
        assert each.name
