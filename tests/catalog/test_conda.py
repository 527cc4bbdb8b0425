"""What conda writes of each package of an environment."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from catalogs import found, survives, why
from shave.catalog import conda
from shave.package import Package

META = {
    "name": "zlib",
    "version": "1.3.1",
    "build": "hb9d3cd8_2",
    "depends": ["__glibc >=2.17", "libzlib 1.3.1 hb9d3cd8_2", "_libgcc_mutex", ""],
    "files": ["include/zlib.h", "lib/pkgconfig/zlib.pc", 1],
    "paths_data": {"paths_version": 1},
}


def test_a_package_of_an_environment() -> None:
    meta = "opt/conda/envs/x/conda-meta/zlib-1.3.1-hb9d3cd8_2.json"
    paths = (meta, "opt/conda/envs/x/include/zlib.h", "opt/conda/envs/x/lib/pkgconfig/zlib.pc")
    requires = ("conda:_libgcc_mutex", "conda:libzlib")
    said = found(conda.packages, {f"/{meta}": msgspec.json.encode(META), "/opt/conda/envs/x/conda-meta/history": b""})
    assert said == [Package("conda", "zlib", "1.3.1-hb9d3cd8_2", paths, requires)]


def test_an_environment_that_is_the_root() -> None:
    (package,) = found(conda.packages, {"/conda-meta/zlib.json": msgspec.json.encode(META)})
    assert isinstance(package, Package)
    assert package.paths == ("conda-meta/zlib.json", "include/zlib.h", "lib/pkgconfig/zlib.pc")


def test_broken_records_say_why() -> None:
    for data in (b"", b"{", b"[" * 100_000, b'{"name": "../x", "version": "1"}', b'{"name": 1}'):
        assert why(conda.packages, {"/conda-meta/x.json": data})


@given(st.binary(max_size=99) | st.text(max_size=20).map(lambda name: msgspec.json.encode(META | {"files": [name]})))
def test_no_record_is_too_strange(data: bytes) -> None:
    survives(conda.packages, "opt/conda/conda-meta/x.json")(data)
