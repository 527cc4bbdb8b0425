"""Ways of breaking what a runtime needs to run its program; of each, the cause that doctor must say first."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from posixpath import basename, dirname, join

from mutants import Bed, Mutant
from shave.diagnosis import Cause

_IMPORT = re.compile(r"^(?:from|import)\s+(\w+)", re.MULTILINE)
_COMPILED = {"numpy": ("pandas", "sklearn"), "plyvel": ("plyvel",), "pydantic_core": ("fastapi",)}
"""Distributions of Python that do nothing without their compiled modules, and who imports them."""


def script_gone(bed: Bed) -> Iterator[Mutant]:
    word, path = bed.script
    if path:
        yield Mutant("main script, jar or dll", ("program-file-missing",), word, (path,))


def other_workdir(bed: Bed) -> Iterator[Mutant]:
    first, (word, path) = bed.words[0], bed.script
    relative = "/" in first and not first.startswith("/")
    cause: Cause = "command-missing" if relative else "program-file-missing"
    name = first if relative else word
    if name and not name.startswith("/") and (relative or path) and not bed.real(name, "/var"):
        yield Mutant("another WORKDIR", (cause,), name, config=bed.configured(working_dir="/var"))


def java_newer(bed: Bed) -> Iterator[Mutant]:
    """Instead of an older JRE, of which Debian has none beside: classes of a Java that is none yet."""
    yield from _java(bed, "classes for a newer Java", "java-too-old", lambda body: body[:6] + b"\0\x60" + body[8:])


def java_main(bed: Bed) -> Iterator[Mutant]:
    yield from _java(bed, "main class", "java-class-missing", lambda body: None)


def _java(bed: Bed, kind: str, cause: Cause, change: Callable[[bytes], bytes | None]) -> Iterator[Mutant]:
    """The main class, of a jar or of a directory, changed or taken away."""
    word, path = bed.script
    if "java" not in bed.chain[-1:][0]:
        return
    if word.endswith(".jar"):
        with zipfile.ZipFile(io.BytesIO(bed.read(path))) as jar:
            manifest = jar.read("META-INF/MANIFEST.MF").decode()
            found = re.search(r"^Main-Class: (\S+)", manifest, re.MULTILINE)
            assert found
            main, out = found[1].replace(".", "/") + ".class", io.BytesIO()
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as other:
                for name in jar.namelist():
                    body = change(jar.read(name)) if name == main else jar.read(name)
                    if body is not None:
                        other.writestr(name, body)
        yield Mutant(kind, (cause,), main, put=((path, out.getvalue(), 0o644),))
    elif path := bed.real(f"classes/{bed.words[-1]}.class"):
        body = change(bed.read(path))
        yield Mutant(kind, (cause,), path, () if body else (path,), ((path, body, 0o644),) if body else ())


def java_module(bed: Bed) -> Iterator[Mutant]:
    """The modules are of Debian bookworm's JDK: another version cannot even read them."""
    modules = next((path for path in bed.tree.nodes if path.endswith("/lib/modules")), "")
    release = bed.real(f"/{dirname(dirname(modules))}/release") if modules else ""
    if release and b'JAVA_VERSION="17.' in bed.read(release):
        put = ((modules, (bed.tools / "modules").read_bytes(), 0o644),)
        yield Mutant("JRE of java.base alone", ("java-module-missing",), modules, put=put)


def _imports(bed: Bed) -> list[str]:
    """Packages that the main script of Python imports, and where they are installed."""
    path = bed.script[1] if bed.script[1].endswith(".py") else bed.chain[0] if len(bed.chain) > 1 else ""
    if not bed.is_python or not path:
        return []
    names = dict.fromkeys(_IMPORT.findall(bed.read(path).decode("utf-8", "replace")))
    return [each for name in names for each in _installed(bed, name)]


def _installed(bed: Bed, name: str) -> list[str]:
    return [path for path in bed.tree.children if basename(path) == name and dirname(path).endswith("-packages")]


def python_package(bed: Bed) -> Iterator[Mutant]:
    found = _imports(bed)
    for path in bed.chance.sample(found, len(found)):
        yield Mutant("package that Python imports", ("python-module-missing",), path, (path,))


def python_library(bed: Bed) -> Iterator[Mutant]:
    found = [path for path in bed.tree.children if path.endswith("/encodings") and "/python3" in path]
    if bed.is_python and found:
        yield Mutant("Python's own library", ("python-module-missing",), found[0], tuple(found))


def python_tag(bed: Bed) -> Iterator[Mutant]:
    """A wheel for another Python or libc: its modules have that in their names, and its WHEEL file says so."""
    for name, users in _COMPILED.items() if bed.is_python else ():
        for package in _installed(bed, name) if any(_installed(bed, user) for user in users) else ():
            module, tag = bed.chance.choice(
                [
                    (r"cpython-39\2", "cp39-cp39-manylinux_2_17_x86_64"),
                    (r"cpython-\1-x86_64-linux-musl", "cp311-cp311-musllinux_1_2_x86_64"),
                ]
            )
            below = [path for path in bed.tree.nodes if path.startswith(f"{package}/")]
            names = [path for path in below if path.endswith("-linux-gnu.so")]
            renamed = [re.sub(r"cpython-(\d+)(-x86_64-linux-gnu)", module, path) for path in names]
            put = [(new, bed.read(old), 0o755) for old, new in zip(names, renamed, strict=True)]
            for path in (path for path in bed.by_name.get("WHEEL", ()) if path.startswith(f"{package}-")):
                put.append((path, re.sub(rb"(?m)^Tag: .*", b"Tag: " + tag.encode(), bed.read(path)), 0o644))
            if names:
                kind = "wheel of another Python or libc"
                yield Mutant(kind, ("python-incompatible",), renamed[0], tuple(names), tuple(put))


def _main_of_node(bed: Bed) -> str:
    """The script that Node runs: of the command line, or what ``npm start`` says."""
    package = bed.real("package.json")
    found = re.search(r'"start":\s*"node (\S+?)"', bed.read(package).decode()) if package else None
    return bed.script[1] if bed.script[1].endswith(".js") else bed.real(found[1]) if found else ""


def node_module(bed: Bed) -> Iterator[Mutant]:
    main = _main_of_node(bed)
    names = re.findall(r"""(?:from |require\()['"]([^./'"][^'"]*)['"]""", bed.read(main).decode()) if main else []
    for name in names:
        if (path := join(dirname(main), "node_modules", name)) in bed.tree.nodes:
            yield Mutant("module that Node's program requires", ("node-module-missing",), path, (path,))


def node_script(bed: Bed) -> Iterator[Mutant]:
    if main := _main_of_node(bed):
        yield Mutant("main script of npm start", ("program-file-missing",), main, (main,))


def node_addon(bed: Bed) -> Iterator[Mutant]:
    """An addon for musl (of npm), and one that says an older ABI (compiled here), each required by a main script."""
    node = next(iter(bed.named("node")), "")
    for name in ("musl.node", "abi.node") if node else ():
        main, addon = f'require("./{name}")\n'.encode(), (bed.tools / name).read_bytes()
        put = (("srv/main.js", main, 0o644), (f"srv/{name}", addon, 0o755))
        config = bed.configured(entrypoint=None, cmd=("node", "/srv/main.js"))
        yield Mutant("addon of Node for musl or another ABI", ("node-incompatible",), name, put=put, config=config)


def dotnet_newer(bed: Bed) -> Iterator[Mutant]:
    for path in bed.tree.nodes:
        body = bed.read(path) if path.endswith(".runtimeconfig.json") and path.count("/") < 3 else b""
        newer = re.sub(rb'("version": ")\d+\.', rb"\g<1>9.", body)
        if newer != body and b'"framework' in body:
            put = ((path, newer, 0o644),)
            yield Mutant("runtimeconfig asks a newer framework", ("dotnet-runtime-missing",), path, put=put)


def dotnet_runtime(bed: Bed) -> Iterator[Mutant]:
    for name in ("libhostfxr.so", "libhostpolicy.so"):
        if name in bed.by_name and any("/shared/" in path or "/fxr/" in path for path in bed.by_name[name]):
            yield Mutant("host or framework of .NET", ("dotnet-runtime-missing",), name, tuple(bed.by_name[name]))


def dotnet_icu(bed: Bed) -> Iterator[Mutant]:
    is_dotnet = any("System.Private.CoreLib" in name for name in bed.by_name)
    invariant = any("GLOBALIZATION_INVARIANT" in each for each in bed.run.env or ())
    paths = tuple(path for name, found in bed.by_name.items() if name.startswith("libicu") for path in found)
    if is_dotnet and paths and not invariant:
        yield Mutant("ICU of .NET", ("dotnet-library-missing",), paths[0], paths)
