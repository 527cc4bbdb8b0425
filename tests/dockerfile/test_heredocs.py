import pytest

from shave.dockerfile.heredocs import openings, parse_opening


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("<<EOF", ("EOF", 0, True, False)),
        ("<<-EOF", ("EOF", 0, True, True)),
        ("3<<EOF", ("EOF", 3, True, False)),
        ("<<'EOF'", ("EOF", 0, False, False)),
        ('<<"E F"', ("E F", 0, False, False)),
        ("<<E'O'F", ("EOF", 0, False, False)),
        ("<<\\EOF", ("EOF", 0, True, False)),
        ("<< EOF", ("EOF", 0, True, False)),
        ("<<EOF>x", ("EOF>x", 0, True, False)),
        ("<<E F", None),
        ("<<<EOF", None),
        ("<<", None),
        ("<<'E", None),
        ("x<<EOF", None),
    ],
)
def test_a_word(word: str, found: tuple[str, int, bool, bool] | None) -> None:
    """As BuildKit's ParseHeredoc has it; unlike in a shell, a redirection behind the name is part of it."""
    opening = parse_opening(word)
    assert (opening and (opening.name, opening.descriptor, opening.is_expanded, opening.is_chomped)) == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"RUN cat <<A 3<<- B > x", [b"<<A"]),
        (b"RUN a <<A && b << B", [b"<<A", b"<< B"]),
        ("RUN é <<A".encode(), [b"<<A"]),
        (b"RUN '<<A' \\<<B $((1<<2)) <<<c", []),
        (b"RUN it's <<A", []),
        (b"RUN ${a <<A", []),
    ],
)
def test_those_of_a_line(line: bytes, found: list[bytes]) -> None:
    assert [line[each.start : each.end] for each in openings(line)] == found
