"""What an image says, on a terminal of ours."""


def visible(text: str) -> str:
    """The text with control characters and stray bytes spelled out (``\\x1b``), but for line ends and tabs.

    A path or the output of a program must neither speak to the terminal nor break its encoding.
    """
    return "".join(char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1] for char in text)


def one_line(text: str) -> str:
    """The text made visible as one line: line ends and tabs are spelled out too (``\\n``)."""
    return visible(text.replace("\n", r"\n").replace("\t", r"\t"))


def shortened(text: str, width: int) -> str:
    """The text as one line of at most ``width`` characters, white space folded; ``…`` where it was cut."""
    line = visible(" ".join(text.split()))
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"


def abridged(text: str, width: int) -> str:
    """The text as one line of at most ``width`` characters; ``…`` stands for the middle of a longer one."""
    line, start = one_line(text), width // 2
    return line if len(line) <= width else f"{line[:start]}…{line[len(line) - (width - start - 1) :]}"
