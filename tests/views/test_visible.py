import os

from hypothesis import given
from hypothesis import strategies as st

from shave.views.visible import abridged, one_line, shortened, visible


def test_no_image_speaks_to_the_terminal() -> None:
    assert visible("a\tb\nüber … \U0001f600") == "a\tb\nüber … \U0001f600"
    assert visible("\x1b]0;title\a\r\x9b2J\x7f") == "\\x1b]0;title\\x07\\r\\x9b2J\\x7f"
    visible(os.fsdecode(b"/\xff")).encode()


def test_one_line_has_no_line_ends() -> None:
    assert one_line("a\nb\tc\x1b") == r"a\nb\tc\x1b"


@given(st.text(st.characters()), st.integers(2, 20))
def test_a_shortened_text_says_that_it_was_cut(text: str, width: int) -> None:
    line = shortened(text, width)
    assert len(line) <= width and "\n" not in line
    assert line == visible(" ".join(text.split())) or line.endswith("…")


def test_words_are_shortened() -> None:
    assert shortened("RUN make \\\n  && make install", 12) == "RUN make \\…"
    assert shortened("RUN make", 8) == "RUN make"


@given(st.text(st.characters()), st.integers(2, 20))
def test_of_an_abridged_text_both_ends_are_left(text: str, width: int) -> None:
    line, whole = abridged(text, width), one_line(text)
    assert len(line) <= width
    start, end = line[: width // 2], line[width // 2 + 1 :]
    assert line == whole or (len(line) == width and whole.startswith(start) and whole.endswith(end))
    assert abridged("/usr/lib/python3/x.py", 11) == "/usr/…/x.py"
