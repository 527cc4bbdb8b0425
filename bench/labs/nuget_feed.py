"""The packages of NuGet that a self-contained publish asks for, made of the runtime that SDK 3.1 of .NET brings.

``nuget_feed.py SDK FEED``. Source of the format: Microsoft.NETCore.App.Runtime.linux-x64, data/RuntimeList.xml, which
the SDK's ResolveRuntimePackAssets reads.
"""

import json
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

RID, TARGET = "linux-x64", "netcoreapp3.1"
NUSPEC = """<package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd"><metadata>
<id>{}</id><version>{}</version><authors>-</authors><description>-</description></metadata></package>"""
FILE = '<File Type="{}" Path="{}" AssemblyName="{}" AssemblyVersion="{}" PublicKeyToken="" FileVersion="{}"/>'


def main() -> None:
    """One package for each framework."""
    sdk, feed = map(Path, sys.argv[1:])
    feed.mkdir()
    for framework in sorted((sdk / "shared").iterdir()):
        (place,) = framework.iterdir()
        name = f"{framework.name}.Runtime.{RID}"
        path = feed / f"{name}.{place.name}.nupkg"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
            package.writestr(f"{name}.nuspec", NUSPEC.format(name, place.name))
            rows = [pack(package, *asset) for asset in assets(sdk, place)]
            package.writestr("data/RuntimeList.xml", "\n".join(("<FileList>", *rows, "</FileList>")))


def assets(sdk: Path, place: Path) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """The files of a framework, of which kind they are, and their versions, as its deps.json has them."""
    (deps,) = place.glob("*.deps.json")
    for libraries in json.loads(deps.read_text())["targets"].values():
        for library in libraries.values():
            for kind in ("runtime", "native"):
                for path, versions in library.get(kind, {}).items():
                    yield place / Path(path).name, kind, versions
    if place.parent.name == "Microsoft.NETCore.App":
        yield next(sdk.glob("host/fxr/*/libhostfxr.so")), "native", {"fileVersion": "0.0.0.0"}


def pack(package: zipfile.ZipFile, file: Path, kind: str, versions: dict[str, Any]) -> str:
    """Put a file in; its row in the list."""
    path = f"runtimes/{RID}/{'native' if kind == 'native' else f'lib/{TARGET}'}/{file.name}"
    package.write(file, path)
    word = "Native" if kind == "native" else "Managed"
    return FILE.format(word, path, file.stem, versions.get("assemblyVersion", ""), versions["fileVersion"])


main()
