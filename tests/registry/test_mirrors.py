"""Where an image is looked for, by the settings of podman's kind and of Docker's."""

import os
from pathlib import Path

import pytest

from shave.errors import CannotError, UsageError
from shave.registry import mirrors
from shave.registry.session import Place

CONF = """
unqualified-search-registries = ["example.com"]
[aliases]
"debian" = "docker.io/library/debian"

[[registry]]
prefix = "example.com/foo"
location = "internal.example/bar"
insecure = true
[[registry.mirror]]
location = "mirror-0.example/for-foo"
[[registry.mirror]]
location = "mirror-1.example/mirrors/foo"
insecure = true
[[registry.mirror]]
location = "by-digest.example/foo"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "by-tag.example/foo"
pull-from-mirror = "tag-only"

[[registry]]
location = "example.com/foo/deeper"

[[registry]]
prefix = "*.wild.example"
location = "tame.example/all"

[[registry]]
location = "pinned.example"
mirror-by-digest-only = true
[[registry.mirror]]
location = "mirror.example"

[[registry]]
location = "blocked.example"
blocked = true
"""


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "registries.conf"
    path.write_text(CONF)
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(path))
    return path


def where(name: str, by_digest: bool = False) -> list[str]:
    return [f"{place}{'!' if place.insecure else ''}" for place in mirrors.reading(name, by_digest, False)]


@pytest.mark.parametrize(
    ("name", "by_digest", "places"),
    [
        (
            "example.com/foo/image",
            False,
            [
                "mirror-0.example/for-foo/image",
                "mirror-1.example/mirrors/foo/image!",
                "by-tag.example/foo/image",
                "internal.example/bar/image!",
            ],
        ),
        (
            "example.com/foo/image",
            True,
            [
                "mirror-0.example/for-foo/image",
                "mirror-1.example/mirrors/foo/image!",
                "by-digest.example/foo/image",
                "internal.example/bar/image!",
            ],
        ),
        ("example.com/foo", True, ["mirror-0.example/for-foo", "mirror-1.example/mirrors/foo!"]),
        ("example.com/foo/deeper/image", False, ["example.com/foo/deeper/image"]),
        ("example.com/food", False, ["example.com/food"]),
        ("example.com:5000/foo/x", False, ["example.com:5000/foo/x"]),
        ("a.wild.example/x", False, ["tame.example/all/x"]),
        ("a.b.wild.example:5000/x/y", False, ["tame.example/all/x/y"]),
        ("wild.example/x", False, ["wild.example/x"]),
        ("pinned.example/x", False, ["pinned.example/x"]),
        ("pinned.example/x", True, ["mirror.example/x", "pinned.example/x"]),
        ("docker.io/library/debian", False, ["docker.io/library/debian"]),
    ],
)
def test_places(conf: Path, name: str, by_digest: bool, places: list[str]) -> None:
    assert where(name, by_digest)[: len(places)] == places


def test_what_the_user_allows_is_allowed_everywhere(conf: Path) -> None:
    assert all(place.insecure for place in mirrors.reading("example.com/foo/image", False, True))


def test_writing_goes_to_the_place_itself(conf: Path) -> None:
    assert mirrors.writing("example.com/foo/image", False) == Place("example.com", "foo/image", True)
    assert mirrors.writing("other.example/image", False) == Place("other.example", "image", False)


def test_blocked(conf: Path) -> None:
    with pytest.raises(CannotError, match=r"blocked\.example/x is blocked"):
        where("blocked.example/x")
    with pytest.raises(CannotError, match=r"blocked\.example/x is blocked"):
        mirrors.writing("blocked.example/x", True)


@pytest.mark.parametrize("text", ["[[registry]", "registry = 3", '[[registry]]\nlocation = "a"\ninsecure = "maybe"'])
def test_a_malformed_file_is_named(conf: Path, text: str) -> None:
    conf.write_text(text)
    with pytest.raises(UsageError, match=r"registries\.conf cannot be read"):
        where("a.example/b")


def test_a_user_has_files_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    drop_ins = tmp_path / "containers/registries.conf.d"
    drop_ins.mkdir(parents=True)
    (tmp_path / "containers/registries.conf").write_text('[[registry]]\nprefix = "a.example"\nlocation = "b.example"\n')
    assert where("a.example/x") == ["b.example/x"]
    (drop_ins / "1.conf").write_text('[[registry]]\nprefix = "a.example"\nlocation = "c.example"\n')
    (drop_ins / "2.conf").write_text('[[registry]]\nprefix = "d.example"\nlocation = "e.example"\n')
    assert (where("a.example/x"), where("d.example/x")) == (["c.example/x"], ["e.example/x"])


def test_docker_s_mirrors_are_for_docker_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "docker").mkdir()
    settings = tmp_path / "docker/daemon.json"
    settings.write_text('{"debug": true, "registry-mirrors": ["https://one.example", "http://two.example:5000/"]}')
    hub = "docker.io/library/debian"
    assert where(hub) == ["one.example/library/debian", "two.example:5000/library/debian!", hub]
    assert where("quay.io/a") == ["quay.io/a"]
    settings.write_text('{"registry-mirrors": ["https://user:secret@one.example"]}')
    assert where(hub) == ["one.example/library/debian", hub]
    settings.write_text("{")
    with pytest.raises(UsageError, match=r"daemon\.json cannot be read"):
        where(hub)


@pytest.mark.root
def test_settings_of_the_engine_that_are_root_s_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "docker").mkdir()
    (tmp_path / "docker/daemon.json").write_text('{"registry-mirrors": ["https://one.example"]}')
    for path in (tmp_path, *tmp_path.parents):
        if path.stat().st_mode & 0o5 != 0o5:
            path.chmod(0o755)
    (tmp_path / "docker/daemon.json").chmod(0o600)
    os.seteuid(65534)
    try:
        assert where("docker.io/library/debian") == ["docker.io/library/debian"]
    finally:
        os.seteuid(0)
