"""Words for people out of what registries answer."""

import doctest

import pytest

from shave.registry import answer
from shave.registry.answer import words


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"errors":[{"code":"DENIED","message":"no"},{"code":"TOOMANYREQUESTS","message":"slow"}]}', "no; slow"),
        (b'{"errors":[{"code":"BLOB_UNKNOWN"}]}', "blob unknown"),
        (b'{"errors":[{"code":"BLOB_UNKNOWN","message":null}]}', "blob unknown"),
        (b'{"details":"incorrect username or password"}', "incorrect username or password"),
        (b'{"error":"invalid_grant","error_description":"expired"}', "expired"),
        (b'{"errors":null}', ""),
        (b"<html>502</html>", ""),
        (b"[" * 100_000, ""),
        (b"\xff", ""),
        (b'{"errors":[{"code":"X","message":"a\\u001b[31mb\\nc"}]}', "a [31mb c"),
        (b'{"errors":[{"code":"X","message":"' + b"x" * 9000 + b'"}]}', "x" * 300),
    ],
)
def test_words(body: bytes, said: str) -> None:
    assert words(body) == said


def test_doctest() -> None:
    assert doctest.testmod(answer).failed == 0
