import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from inspections import HOSTILE_INSPECTED, SAMPLES
from shave.views.inspect import markdown
from shave.views.inspect.markdown import code, plain


@pytest.mark.parametrize("sample", SAMPLES)
def test_markdown(sample: str, snapshot: SnapshotAssertion) -> None:
    assert markdown(SAMPLES[sample]) == snapshot


def test_what_an_image_says_is_no_markup() -> None:
    said = markdown(HOSTILE_INSPECTED)
    prose = re.sub(r"<summary>.*</summary>", "", said)  # HTML, in which there is no Markdown
    outside = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "", prose)  # without the code spans
    assert not re.search(r"<summary>[^\n]*<(?!/summary>)", said)
    assert not re.search(r"(?<!\\)<(?!/?(details|summary|br)\b)|(?<!\\)\[a", outside)


@given(st.text(st.sampled_from("`a |\\<")))
def test_a_code_span_holds_its_text(text: str) -> None:
    span = code(text)
    fence = re.match("`*", span)
    assert fence and fence[0] not in re.findall("`+", text)
    if text:
        assert span.removeprefix(fence[0]).removesuffix(fence[0]).strip(" ") == text.strip(" ")


def test_plain_text_is_escaped() -> None:
    assert plain("a*b<c>[d](e)_f`g") == r"a\*b\<c\>\[d\](e)\_f\`g"
