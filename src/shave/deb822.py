"""Paragraphs of fields, as Debian writes control data. Source: deb822(5)."""

from collections.abc import Iterator


def paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The fields of each paragraph, by name in lower case; the first of two equal names wins, as in dpkg.

    A value keeps its lines, each without the space or tab that continues the field. What is no field is passed over.
    """
    fields: dict[str, list[str]] = {}
    name = ""
    for line in text.split("\n"):
        if not line.strip():
            if fields:
                yield _joined(fields)
            fields, name = {}, ""
        elif line[0] in " \t":
            if name:
                fields[name].append(line[1:].rstrip())
        elif line[0] != "#":
            before, colon, value = line.partition(":")
            name = before.rstrip().lower() if colon and before.rstrip().lower() not in fields else ""
            if name:
                fields[name] = [value.strip()]
    if fields:
        yield _joined(fields)


def _joined(fields: dict[str, list[str]]) -> dict[str, str]:
    return {name: "\n".join(lines) for name, lines in fields.items()}
