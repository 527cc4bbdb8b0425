import json
import re
from base64 import b64encode
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from shave.views.page import data, page, shown


def test_the_policy_allows_this_script_and_no_network() -> None:
    made = page("a", "<p>b</p>", "p { color: red }", "let one = 1;\n").decode()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', made)
    assert policy
    digest = b64encode(sha256(b"let one = 1;\n").digest()).decode()
    assert "default-src &#x27;none&#x27;" in policy[1] and f"script-src &#x27;sha256-{digest}&#x27;" in policy[1]
    assert "http" not in made.replace('<meta http-equiv="', "")


def test_a_title_is_text() -> None:
    assert b"<title>&lt;/title&gt;\\x1b</title>" in page("</title>\x1b", "")


@given(st.text(st.characters()))
def test_data_ends_nowhere_but_at_its_end(text: str) -> None:
    element = data("x", {"name": text})
    body = element.removeprefix('<script type="application/json" id="x">').removesuffix("</script>")
    assert "<" not in body and json.loads(body) == {"name": text}


@given(st.text(st.characters()))
def test_shown_text_is_neither_markup_nor_control(text: str) -> None:
    html = shown(text).encode().decode()
    assert not set(html) & set('<>"\x1b‮')
