import pytest

from shave.dockerfile.steps import steps


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("a && b; c", "program: a && b ; c"),
        ("a > x && b 2>&1 | c >> d", "program: a > x && b 2>&1 | c >> d"),
        ("cat <<E && b | c\nx\nE\nd", "program: cat <<E && b | c, d"),
        ("a\nb & c", "program: a, b & c"),
        ("a || { b; c; } > x", "program: a || { b; c; } > x\ncompound_statement: b ; c ;"),
        ("if a; then b && c; else d; fi", "program: if a; then b && c; else d; fi\n"
            "if_statement: a ;, b && c ;\nelse_clause: d ;"),
        ("x=$(a | b); ! c", "program: x=$(a | b) ; ! c\ncommand_substitution: a | b"),
        ("for i in 1; do a; done && (b)", "program: for i in 1; do a; done && (b)\ndo_group: a ;\nsubshell: b"),
        ("export A=1 && [ -f x ]", "program: export A=1 && [ -f x ]"),
        ("case x in y) a;; esac", "program: case x in y) a;; esac\ncase_item: a ;;"),
        ("if (((", ""),
        ("", ""),
    ],
)  # fmt: skip
def test_rows_and_their_operators(text: str, rows: str) -> None:
    found: dict[str, str] = {}
    for step in steps(text.encode()):
        separator = " " if step.before else ", "
        row = f"{found[step.within]}{separator}" if step.within in found else ""
        found[step.within] = row + text[step.start : step.end] + (f" {step.after.text}" if step.after else "")
        for operator in filter(None, (step.before, step.after)):
            assert text[operator.start : operator.end] == operator.text
    assert "\n".join(f"{within}: {row}" for within, row in found.items()) == rows


@pytest.mark.parametrize("text", [b"> /x", b"a && > /x < /y && b", b"a; >x", b"> /x | a", b"{ > /x; }", b"> /x || a"])
def test_redirections_without_a_command_are_a_statement(text: bytes) -> None:
    spans = [text[step.start : step.end] for step in steps(text)]
    assert any(span.startswith(b">") for span in spans)
