"""What an image says, on a terminal of ours."""


def visible(text: str) -> str:
    """The text with control characters and stray bytes spelled out (``\\x1b``), but for line ends and tabs.

    A path or the output of a program must neither speak to the terminal nor break its encoding.
    """
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)
