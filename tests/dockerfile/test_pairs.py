import pytest

from shave.dockerfile.pairs import fields, pairs
from shave.dockerfile.parser import parse
from shave.dockerfile.parts import Flag


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"ENV a b  c", [("a", "b  c")]),
        (b'ENV a=b c="d e" f=', [("a", "b"), ("c", '"d e"'), ("f", "")]),
        (b'ENV "a=b" c=d', [('"a', 'b"'), ("c", "d")]),
        (b"LABEL x.y='1 2' z=3", [("x.y", "'1 2'"), ("z", "3")]),
        (b"ARG a b=c d", [("a", None), ("b", "c"), ("d", None)]),
        (b"ARG a b", [("a", None), ("b", None)]),
        (b"ENV", []),
    ],
)
def test_names_and_values(line: bytes, found: list[tuple[str, str | None]]) -> None:
    instruction = parse(line).instructions[0]
    assert [(pair.name.value, pair.value and pair.value.value) for pair in pairs(instruction)] == found
    for pair in pairs(instruction):
        for word in filter(None, (pair.name, pair.value)):
            assert line[word.start : word.end].decode() == word.value


def test_values_that_are_continued() -> None:
    line = b"ENV a=b\\\nc d\\\n=\\\ne"
    first, second = pairs(parse(line).instructions[0])
    assert first.value and line[first.value.start : first.value.end] == b"b\\\nc"
    assert second.value and line[second.value.start : second.value.end] == b"e"
    assert line[second.name.start : second.name.end] == b"d"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("type=cache,target=/a,ro", {"type": "cache", "target": "/a", "readonly": ""}),
        ("TYPE=bind,src=x,dst=/y,from=z", {"type": "bind", "source": "x", "target": "/y", "from": "z"}),
        ('type=cache,"target=/a,b"', {"type": "cache", "target": "/a,b"}),
        ('"', {}),
        (None, {}),
    ],
)
def test_fields_of_a_mount(value: str | None, found: dict[str, str]) -> None:
    assert fields(Flag("mount", value, 0, 0)) == found
