import subprocess
from pathlib import Path

import pytest

from shave.architectures import PLATFORMS, TRIPLETS, of_platform
from shave.errors import UsageError
from shave.oci import Platform


def test_each_is_debians() -> None:
    tables = [Path(f"/usr/share/dpkg/{name}").read_text().split() for name in ("cputable", "tupletable")]
    assert set(PLATFORMS) <= {word for table in tables for word in table}


@pytest.mark.oracle
def test_directories_of_libraries() -> None:
    here = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
    assert TRIPLETS.keys() == PLATFORMS.keys() and Path("/usr/lib", TRIPLETS[here], "libc.so.6").is_file()


@pytest.mark.parametrize("name", PLATFORMS)
def test_there_and_back(name: str) -> None:
    assert of_platform(PLATFORMS[name]) == name


@pytest.mark.parametrize(
    ("platform", "name"),
    [
        (Platform("arm64", "linux", "v8"), "arm64"),
        (Platform("amd64", "linux", "v1"), "amd64"),
        (Platform("arm", "linux"), "armhf"),
    ],
    ids=str,
)
def test_variants(platform: Platform, name: str) -> None:
    assert of_platform(platform) == name


@pytest.mark.parametrize("platform", [Platform("amd64", "windows"), Platform("arm", "linux", "v9"), Platform("x")])
def test_what_debian_has_not(platform: Platform) -> None:
    with pytest.raises(UsageError, match="Debian has no architecture for") as caught:
        of_platform(platform)
    assert "linux/arm64" in caught.value.hint
