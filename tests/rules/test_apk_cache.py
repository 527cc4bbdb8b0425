"""Who may want apk's index that a fix would keep out of the layer."""

import pytest

from shave.dockerfile.edits import apply
from shave.recipe import read
from shave.rules import apk_cache
from shave.rules.known import NOTHING


@pytest.mark.parametrize(
    ("text", "is_safe"),
    [
        ("RUN apk update\nCOPY x.sh /\nRUN /x.sh\n", False),
        ("RUN apk update && apk add curl\nRUN make install-deps\n", False),
        ("RUN apk update && ./x.sh\n", False),
        ("RUN apk update\nONBUILD RUN apk search x\n", False),
        ("RUN ./x.sh && apk update && apk add curl\nRUN npm ci\n", True),
        # apk add fetches what is missing; who did not ask for the index does not count on it
        ("RUN apk add curl\nRUN ./x.sh\n", True),
        # who is not root starts no apk, as no apt
        ("RUN apk update && apk add curl\nUSER app\nRUN /x.sh\n", True),
        ("RUN apk update && apk add curl\nUSER app\nRUN /x.sh\nUSER 0\nRUN /y.sh\n", False),
        ("RUN apk update && apk add doas\nUSER app\nRUN doas /x.sh\n", False),
    ],
)
def test_a_script_behind_apk_update_may_read_the_index(text: str, is_safe: bool) -> None:
    found = apk_cache.RULE.look(read(f"FROM alpine:3.20\n{text}".encode()), NOTHING)
    assert [each.fix.is_safe for each in found if each.fix] == [is_safe]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("apk add --update-cache x", "apk add --no-cache x"),
        ("apk add -q --update x", "apk add -q --no-cache x"),
        ("apk -U add x", "apk --no-cache add x"),
        ("apk add -qU x", "apk add --no-cache -qU x"),
        ("apk add x", "apk add --no-cache x"),
    ],
)
def test_the_opposite_option_is_replaced(call: str, expected: str) -> None:
    text = f"FROM alpine:3.20\nRUN {call}\n"
    (found,) = apk_cache.RULE.look(read(text.encode()), NOTHING)
    assert found.fix and apply(text.encode(), found.fix.edits).decode() == text.replace(call, expected)


@pytest.mark.parametrize("other", ["composer update", "npm update", "brew update", "apt-get update"])
def test_the_update_of_another_program_stays(other: str) -> None:
    text = f"FROM alpine:3.20\nRUN apk update && {other}\n"
    for finding in apk_cache.RULE.look(read(text.encode()), NOTHING):
        assert finding.fix is None or other.encode() in apply(text.encode(), finding.fix.edits)
