"""What a clean-up calls a file: as its author does."""

import pytest

from shave.lives import lives
from shave.recipe import read
from shave.rules.deleting import deletion

FETCH = "wget https://example.org/a/t-$V.tgz"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"ARG V=1\nRUN {FETCH}", "rm -f t-$V.tgz"),
        (f"ENV V=1\nRUN {FETCH}", "rm -f t-$V.tgz"),
        (f"RUN V=1 && {FETCH}", "rm -f t-$V.tgz"),
        ('ARG V=1\nRUN wget -O "/tmp/${V}.tgz" https://example.org/$V', 'rm -f "/tmp/${V}.tgz"'),
        ("ARG V=1\nRUN cd /opt && curl -o t-$V.tgz https://example.org", "rm -f /opt/t-$V.tgz"),
        ("ARG D=/opt\nRUN wget -O $D/t.tgz https://example.org/x", "rm -f /opt/t.tgz"),
        # rm -r of a directory whose variable may be empty takes what is above it
        ("ARG V=a\nRUN git clone https://example.org/x /opt/$V", "rm -rf /opt/a"),
    ],
)
def test_the_value_of_a_variable_is_not_written_into_the_dockerfile(text: str, expected: str) -> None:
    recipe = read(f"FROM debian\n{text}\n".encode())
    assert deletion(recipe, recipe.steps[-1], *lives(recipe)) == expected
