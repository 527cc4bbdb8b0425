"""What bases cost, where a registry or the engine has them: nothing of them is read."""

import subprocess
from collections.abc import Iterable, Iterator
from secrets import token_hex

import pytest

from shave import api, recipe
from shave.events import Event, Remark
from shave.image import Image
from shave.lint import Amount, LintFinding
from shave.smaller_bases import SmallerBase
from shave.testing import image
from shave.testing.registry import Registry, registry
from shave.verbs.lint_bases import BaseRow, BaseSize, bases, with_bases

LARGE, SLIM, TINY = (image({"a": bytes([size]) * (size << 16)}, compression="none") for size in (9, 3, 1))

SMALLER = (("slim", SLIM), ("alpine", TINY))


def packed(made: Image) -> int:
    return sum(layer.descriptor.size for layer in made.layers)


@pytest.fixture
def server() -> Iterator[Registry]:
    with registry() as made:
        yield made


@pytest.fixture(autouse=True)
def no_engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "engine" not in {mark.name for mark in request.node.iter_markers()}:
        monkeypatch.setenv("DOCKER_HOST", "unix:///nonexistent.sock")


def rows(text: str, *smaller: str) -> tuple[BaseRow, ...]:
    def instead(name: str) -> Iterable[SmallerBase]:
        return [SmallerBase(each, "a compiler") for each in smaller]

    return bases(recipe.read(text.encode()), instead=instead)


def finding(rule: str = "SHV217", step: int = 0) -> LintFinding:
    return LintFinding(rule, "warning", "", step, 0, 0)


def test_a_registry_says_packed_bytes(server: Registry) -> None:
    for tag, made in (("1", LARGE), ("1-slim", SLIM), ("1-alpine", TINY)):
        api.write(made, f"docker://{server.host}/base:{tag}")
    server.requests.clear()
    name = f"{server.host}/base:1"
    (row,) = rows(f"ARG X\nFROM {name}\n", f"{name}-slim", f"{name}-absent", f"{name}-alpine")
    assert (row.step, row.line, row.base) == (1, 2, BaseSize(name, packed(LARGE)))
    slim, tiny = (BaseSize(f"{name}-{tag}", packed(made), lacks="a compiler") for tag, made in SMALLER)
    assert row.others == (slim, tiny)
    layers = {layer.descriptor.digest for made in (LARGE, SLIM, TINY) for layer in made.layers}
    assert not [each for each in server.requests if any(digest in str(each) for digest in layers)]
    (priced,) = with_bases([finding(step=1)], [row])
    assert priced.amount == Amount(packed(LARGE) - packed(SLIM), 0)


def test_what_is_no_smaller_is_no_alternative(server: Registry) -> None:
    for tag, made in (("1", TINY), ("1-slim", SLIM)):
        api.write(made, f"docker://{server.host}/base:{tag}")
    (row,) = rows(f"FROM {server.host}/base:1\n", f"{server.host}/base:1-slim")
    assert list(with_bases([finding(), finding("SHV101")], [row])) == [finding("SHV101")]


def test_a_smaller_one_that_cannot_be_had_has_no_price(server: Registry) -> None:
    name = f"{server.host}/base:1"
    for tag, made in (("", LARGE), ("-alpine", TINY)):
        api.write(made, f"docker://{name}{tag}")
    (row,) = rows(f"FROM {name}\n", f"{name}-slim", f"{name}-alpine")
    assert [each.name for each in row.others] == [f"{name}-alpine"]
    assert list(with_bases([finding()], [row])) == [finding()]


def test_what_nobody_has_stays_as_the_rule_says() -> None:
    assert rows("FROM 127.0.0.1:1/base:1\nFROM not/a:valid:name\n", "127.0.0.1:1/base:2") == ()
    assert list(with_bases([finding()], [])) == [finding()]


def test_who_does_not_answer_and_what_nobody_has_is_told(server: Registry) -> None:
    told: list[Event] = []
    text = f"FROM {server.host}/none:1\nFROM 127.0.0.1:1/base AS b\nFROM b\n"
    assert (
        bases(recipe.read(text.encode()), sink=told.append, instead=lambda name: [SmallerBase(f"{name}-slim", "")])
        == ()
    )
    warnings = [each.text for each in told if isinstance(each, Remark) and each.level == "warning"]
    assert len(warnings) == 2 and warnings[0].startswith("127.0.0.1:1/base cannot be weighed: 127.0.0.1:1 ")
    assert warnings[1] == "the base in line 2 cannot be weighed: no engine or registry that answers has it"


def test_only_bases_of_the_image_count(server: Registry) -> None:
    name = f"{server.host}/base:1"
    api.write(LARGE, f"docker://{name}")
    text = f"ARG TAG=1\nFROM {name} AS build\nFROM {server.host}/base:$TAG AS app\nFROM scratch AS none\nFROM app\n"
    assert [(row.step, row.base.name) for row in rows(text)] == [(2, name)]


@pytest.mark.engine
def test_the_engine_says_unpacked_bytes() -> None:
    tag = f"shave-test/{token_hex(4)}"
    names = [f"{tag}:large", f"{tag}:slim"]
    try:
        for name, made in zip(names, (LARGE, SLIM), strict=True):
            api.write(made, f"docker-daemon:{name}")
        (row,) = rows(f"FROM 127.0.0.1:1/{tag}:large\nFROM {names[0]}\n", names[1])
    finally:
        subprocess.run(["docker", "image", "rm", "--force", *names], capture_output=True, check=False)
    assert (row.base.unpacked_bytes, row.others[0].unpacked_bytes) == (9 << 16, 3 << 16)
    (priced,) = with_bases([finding(step=1)], [row])
    assert priced.amount and not priced.amount.measured
    assert priced.amount.unpacked_bytes == 6 << 16
