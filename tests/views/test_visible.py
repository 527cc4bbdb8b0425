import os

from shave.views.visible import visible


def test_no_image_speaks_to_the_terminal() -> None:
    assert visible("a\tb\nüber … \U0001f600") == "a\tb\nüber … \U0001f600"
    assert visible("\x1b]0;title\a\r\x9b2J\x7f") == "\\x1b]0;title\\x07\\r\\x9b2J\\x7f"
    visible(os.fsdecode(b"/\xff")).encode()
