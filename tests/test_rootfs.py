"""Configs with other layers."""

import json

import pytest

from shave.errors import BadImageError
from shave.rootfs import with_layers

CONFIG = (
    b'{"os":"linux","x":{"big": 123456789012345678901234567890, "f": 1.50},"history":[{"created_by":"a","why":[1]},'
    b'{"created_by":"ENV","empty_layer":true},{"created_by":"b","empty_layer":false},{"created_by":"c"}],'
    b'"rootfs":{"diff_ids":["1","2","3"],"type":"layers","more":null},"last": 1}'
)


def test_all_else_stays() -> None:
    result = with_layers(CONFIG, ["9", "8"], {0, 2})
    assert b'"x":{"big": 123456789012345678901234567890, "f": 1.50}' in result
    read = json.loads(result)
    assert list(read) == ["os", "x", "history", "rootfs", "last"]
    assert read["rootfs"] == {"diff_ids": ["9", "8"], "type": "layers", "more": None}
    assert read["history"] == [
        {"created_by": "a", "why": [1]},
        {"created_by": "ENV", "empty_layer": True},
        {"created_by": "b", "empty_layer": True},
        {"created_by": "c"},
    ]


@pytest.mark.parametrize("history", [b"null", b"[]", b'[{"created_by":"a"}]'])
def test_a_history_that_knew_nothing_of_the_layers_stays(history: bytes) -> None:
    config = b'{"rootfs":{"type":"layers","diff_ids":["1","2"]},"history":%s}' % history
    assert json.loads(with_layers(config, ["9"], {0}))["history"] == json.loads(history)
    assert "history" not in json.loads(with_layers(b'{"rootfs":{"type":"layers","diff_ids":["1"]}}', [], set()))


@pytest.mark.parametrize(
    "config", [b"", b"[]", b"{}", b'{"rootfs":1}', b'{"rootfs":{"diff_ids":1}}', b'{"a":' + b"[" * 100_000]
)
def test_configs_that_are_none(config: bytes) -> None:
    with pytest.raises(BadImageError, match="image config"):
        with_layers(config, [], set())
