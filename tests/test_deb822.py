import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.deb822 import paragraphs

NAMES = st.text(st.sampled_from("abcxyz-"), min_size=1).filter(lambda name: name[0] != "-")
LINES = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip).filter(bool)
FIELDS = st.dictionaries(NAMES, st.lists(LINES, min_size=1, max_size=3).map("\n".join), min_size=1)


@given(st.lists(FIELDS))
def test_what_is_written_is_read(made: list[dict[str, str]]) -> None:
    texts = ("".join(f"{name}: {value}\n".replace("\n", "\n ")[:-1] for name, value in found.items()) for found in made)
    assert list(paragraphs("\n".join(texts))) == made


@given(st.text())
def test_no_text_is_too_strange(text: str) -> None:
    assert all(found for found in paragraphs(text))


def test_what_dpkg_wrote() -> None:
    text = "Package: a\nDescription: short\n long\n .\n\tmore \n\n \n# no field\n"
    text += "Package : b\npackage: c\n stray\nnothing\n"
    assert list(paragraphs(text)) == [{"package": "a", "description": "short\nlong\n.\nmore"}, {"package": "b"}]


@pytest.mark.oracle
def test_dpkg_query_reads_the_same() -> None:
    asked = ["dpkg-query", "-W", "-f", "${Package}\t${Version}\t${Architecture}\n"]
    printed = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.splitlines()
    found = paragraphs(Path("/var/lib/dpkg/status").read_text("utf-8", "surrogateescape"))
    assert sorted("\t".join((f["package"], f.get("version", ""), f["architecture"])) for f in found) == sorted(printed)
