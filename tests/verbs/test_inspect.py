"""Where the bytes of images come from."""

from random import Random

import pytest
from msgspec.structs import replace

from shave import api
from shave.catalog.explained import explain
from shave.events import silent
from shave.history import instruction
from shave.image import Image
from shave.oci import HistoryEntry
from shave.testing import Directory, File, Hardlink, Member, Symlink, Whiteout, image
from shave.verbs.inspect import files, inspect
from shave.verbs.inspected import FileRow, Inspected


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def noise(length: int) -> bytes:
    """Bytes that do not compress."""
    return Random(length).randbytes(length)


STATUS = """\
Package: tool
Status: install ok installed
Architecture: amd64
Version: 1.0

Package: empty
Status: install ok installed
Architecture: amd64
Version: 2
"""
BASE: dict[str, Member] = {
    "/usr/bin/tool": File(noise(40_000), 0o755),
    "/usr/lib/twin": Hardlink("/usr/bin/tool"),
    "/usr/lib/again": Symlink("twin"),
    "/var/lib/dpkg/status": STATUS.encode(),
    "/var/lib/dpkg/info/tool.list": b"/.\n/usr\n/usr/bin\n/usr/bin/tool\n/usr/lib/again\n",
    "/var/lib/dpkg/info/empty.list": b"/.\n",
    "/opt/data/one": noise(20_000),
    "/opt/data/two": noise(30_000),
}
ABOVE: dict[str, Member] = {
    "/opt/data/one": File(noise(20_000), uid=7),
    "/opt/data/two": Whiteout(),
    "/app/main": noise(10_000),
    "/app/": Directory(0o755),
}


@pytest.fixture
def made() -> Image:
    texts = "ADD rootfs.tar /", 'CMD ["tool"]', "RUN /bin/sh -c chown -R 7 /opt # buildkit"
    history = tuple(HistoryEntry(created_by=text, empty_layer=text.startswith("CMD")) for text in texts)
    plain = image(BASE, ABOVE)
    return replace(plain, config=replace(plain.config, history=history))


@pytest.fixture
def found(made: Image) -> Inspected:
    return inspect(explain(made, silent))


def test_measures(found: Inspected, made: Image) -> None:
    assert found.measures.packed_bytes == sum(layer.descriptor.size for layer in made.layers)
    records = len(STATUS) + sum(len(BASE[f"/var/lib/dpkg/info/{n}.list"]) for n in ("tool", "empty"))  # type: ignore[arg-type]
    assert found.measures.unpacked_bytes == 40_000 + 20_000 + 30_000 + records + 20_000 + 10_000
    assert found.measures.content_bytes == found.measures.unpacked_bytes - 50_000
    assert found.measures.wasted_bytes == 50_000
    assert found.measures.wasted_packed_bytes == pytest.approx(50_000, rel=0.05)
    assert not found.measures.packed_estimated
    assert found.efficiency.wasted_bytes == 50_000


def test_layers_with_what_made_them(found: Inspected) -> None:
    base, above = found.layers
    assert (base.instruction, above.instruction) == ("ADD rootfs.tar /", "RUN chown -R 7 /opt")
    assert (base.base, above.base) == (True, False)
    assert found.base
    assert (found.base.layers, found.base.found_by) == (1, "history")
    assert above.changes.touched.unpacked_bytes == 20_000
    assert above.changes.removed.unpacked_bytes == 30_000
    assert above.changes.added.unpacked_bytes == 10_000
    assert instruction("x") == "x"


def test_units_own_what_their_records_list(found: Inspected) -> None:
    tool, empty = found.units
    assert (tool.unit, tool.version, tool.layer, tool.files, tool.unpacked_bytes) == ("dpkg:tool", "1.0", 0, 1, 40_000)
    assert tool.packed_bytes == pytest.approx(40_000, rel=0.1)
    assert (empty.unit, empty.layer, empty.files) == ("dpkg:empty", None, 0)


def test_what_debian_owns_stays_debian_s_though_several_distributions_of_one_name_list_theirs() -> None:
    """Debian's pip beside one that pip installed."""
    places = "usr/lib/python3/dist-packages", "usr/local/lib/python3.11/dist-packages"
    modules: dict[str, Member] = {f"/{place}/pip.py": noise(9_000 + at) for at, place in enumerate(places)}
    for version, place in enumerate(places):
        modules[f"/{place}/pip-{version}.dist-info/METADATA"] = f"Name: pip\nVersion: {version}\n\n".encode()
        modules[f"/{place}/pip-{version}.dist-info/RECORD"] = b"pip.py,,\n"
    lists: dict[str, Member] = {"/var/lib/dpkg/info/tool.list": f"/{places[0]}/pip.py\n".encode()}
    found = inspect(explain(image({**BASE, **lists, **modules}), silent))
    bytes_of = {(row.unit, row.version): row.unpacked_bytes for row in found.units}
    assert bytes_of["dpkg:tool", "1.0"] == 9_000
    assert (bytes_of["python:pip", "0"], bytes_of["python:pip", "1"]) == (0, 9_001)


def test_what_nobody_owns_is_shown_by_directory(found: Inspected) -> None:
    rows = {row.path: row.unpacked_bytes for row in found.unowned}
    assert rows.pop("var") == found.measures.content_bytes - 40_000 - 20_000 - 10_000
    assert rows == {"opt": 20_000, "app": 10_000}


def test_findings_name_the_instruction_and_count_no_byte_twice(found: Inspected) -> None:
    rules = {finding.rule: finding for finding in found.findings}
    assert rules["rewritten"].culprit == rules["deleted"].culprit == 1
    assert rules["rewritten"].unpacked_bytes == 20_000
    assert rules["deleted"].unpacked_bytes == 30_000
    assert found.saved_packed_bytes == sum(finding.counted_packed for finding in found.findings)
    assert found.saved_unpacked_bytes <= found.measures.unpacked_bytes


def test_files(made: Image) -> None:
    explained = explain(made, silent)
    rows = {row.path: row for row in files(explained, inspect(explained).findings)}
    tool = rows["usr/bin/tool"]
    assert (tool.unit, tool.unpacked_bytes, tool.layer) == ("dpkg:tool", 40_000, 0)
    assert rows["usr/lib/twin"] == FileRow("usr/lib/twin", "hardlink", 0o755, 0, "", 0, 0, "usr/bin/tool")
    assert rows["usr/lib/again"].link == "twin"
    assert rows["opt/data/one"].layer == 1
    assert sum(row.unpacked_bytes for row in rows.values()) == inspect(explained).measures.content_bytes


def test_by_the_name_of_the_library(made: Image) -> None:
    import shave

    assert shave.inspect(made) == api.inspect(explain(made, silent))


def test_an_image_of_nothing() -> None:
    found = inspect(explain(image({}), silent))
    assert (found.measures.unpacked_bytes, found.findings, found.units, found.unowned) == (0, (), (), ())


def test_a_blob_that_is_listed_twice_is_stored_once() -> None:
    found = inspect(explain(image(BASE, BASE), silent))
    assert found.measures.packed_bytes == found.layers[0].packed_bytes == found.layers[1].packed_bytes
    assert found.measures.unpacked_bytes == 2 * found.layers[0].unpacked_bytes


def test_a_file_whose_first_name_went_counts_at_the_one_that_is_left() -> None:
    made = image({"/z/first": noise(9_000), "/b/second": Hardlink("/z/first")}, {"/z/first": Whiteout()})
    found = inspect(explain(made, silent))
    assert (found.measures.content_bytes, found.measures.wasted_bytes) == (9_000, 0)
    assert [(row.path, row.unpacked_bytes) for row in found.unowned] == [("b", 9_000)]
