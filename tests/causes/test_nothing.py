"""Images that start nothing."""

from patients import causes, diagnosed, tools


def test_a_base() -> None:
    assert causes(diagnosed(tools())) == [("no-command", False)]
    assert diagnosed(tools(), "sh") == ()
