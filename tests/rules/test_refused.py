"""An instruction that a backslash above it makes words of another."""

import pytest

from shave.recipe import read
from shave.rules.known import NOTHING
from shave.rules.refused import look


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("RUN apk add --no-cache curl \\\n\n# rebar\nRUN curl x && chmod +x y\n", "RUN"),
        ("RUN apt-get update && apt-get install -y git \\\nCOPY . .\n", "COPY"),
        ("RUN true && \\\n  \n  # next\n  RUN echo b\n", "RUN"),
        ('RUN ["a", \\\n "b"]\nRUN true && \\\nCMD ["x"]\n', "CMD"),
    ],
)
def test_an_instruction_behind_a_backslash_is_said_where_the_run_fails_by_it(text: str, word: str) -> None:
    whole = f"FROM alpine\n{text}".encode()
    (finding,) = look(read(whole), NOTHING)
    assert whole[finding.start : finding.end] == word.encode()
    assert "which a \\ above continues" in finding.text


@pytest.mark.parametrize(
    "text",
    [
        "RUN echo a \\\nRUN echo b\n",  # prints "a RUN echo b"
        "RUN true; \\\nRUN echo b; true\n",
        "RUN false || \\\nRUN echo b || true\n",
        "RUN apk add curl \\\nRUN curl x | sh\n",
        "RUN printf 'FROM x\\n\\\nRUN y' >Dockerfile\n",
        "RUN pip install six \\\nRUN\n",
        "RUN <<E\necho\nRUN\nE\n",
        "RUN apk add curl && \\\n  'RUN'\n",
        "RUN apk add curl && \\\n  run\n",
    ],
)
def test_what_may_be_meant_or_does_not_fail_is_not(text: str) -> None:
    assert not list(look(read(f"FROM alpine\n{text}".encode()), NOTHING))
