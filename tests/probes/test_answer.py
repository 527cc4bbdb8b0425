import hashlib
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shave.probes.answer import fields, tail, text

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=10,
)


def test_json_is_a_field_for_each_leaf_whatever_its_order() -> None:
    found = fields("body", b'{"b": [1, {"x y": "\\u00e9"}], "a": {}, "c": []}\n')
    assert found == (("body.a", "{}"), ("body.b[0]", "1"), ('body.b[1]["x y"]', '"é"'), ("body.c", "[]"))
    assert fields("body", b'{"a": 1, "b": 2}') == fields("body", b'{"b":2,\n"a":1}')


@given(VALUES, VALUES)
def test_different_json_gives_different_fields(one: Any, two: Any) -> None:
    first, second = (fields("body", json.dumps([value]).encode()) for value in (one, two))
    assert (first == second) == (json.dumps(one, sort_keys=True) == json.dumps(two, sort_keys=True))


def test_what_is_no_json_document_is_text() -> None:
    for data in (b"42", b"[1, 2", b"hello", b"", b"[" * 100_000, b"[" + b"9" * 5000 + b"]"):
        assert fields("body", data) == (("body", data.decode()),)


def test_hostile_json_is_still_writable() -> None:
    assert fields("body", b'["\\ud800"]')[0][1].encode()


def test_very_large_json_is_text() -> None:
    data = b"[" + b"1," * 50_000 + b"1]"
    assert fields("body", data) == (("body", data.decode()),)


def test_binary_is_digest_and_length() -> None:
    digest = hashlib.sha256(b"\xff\x01").hexdigest()
    assert text(b"\xff\x01") == f"sha256:{digest} (2 bytes)"
    assert text(b"a\0b").startswith("sha256:")
    assert text("é\n".encode()) == "é\n"


def test_the_tail_is_bounded() -> None:
    assert tail(b"a\n" * 100, b"end") == "a\n" * 20 + "end"
    assert len(tail(b"\xff" * 10_000)) == 2000
