"""What becomes of what steps write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerfiles import WRITTEN
from shave import recipe
from shave.lives import lives

USES = [
    ("RUN curl -o /a.tgz https://h/a && tar xf /a.tgz -C /opt && rm /a.tgz", "/a.tgz", ["unpacked 2", "deleted 2"]),
    ("RUN curl -o /a.tgz https://h/a\nRUN tar xf /a.tgz\nRUN rm -f /a.*", "/a.tgz", ["unpacked 3", "deleted 4"]),
    ("COPY x.whl /w/\nRUN pip install /w/*.whl && rm -r /w", "/w/x.whl", ["installed 3", "deleted 3"]),
    ("COPY x.whl /w/\nRUN pip install --find-links=/w x", "/w/x.whl", ["installed 3"]),
    ("COPY a.dat /tmp/\nRUN curl https://h/b | tar xz -C /tmp", "/tmp/a.dat", []),
    ("COPY wheels /w\nRUN pip install --find-links=/w y", "/w", ["installed 3"]),
    ("COPY . /app\nRUN pip install flask && npm install", "/app", []),
    ("COPY app /app\nRUN chown -R 1 /app", "/app", ["granted 3"]),
    ("COPY app /app\nRUN chmod 755 x && cd /app && ls /app", "/app", []),
    ("COPY a.txt /a.txt\nRUN sed -i s/b/c/ /a.txt && mv /a.txt /b.txt", "/a.txt", ["changed 3", "moved 3"]),
    ("COPY a.txt /a.txt\nRUN sed s/b/c/ /a.txt", "/a.txt", ["named 3"]),
    ("COPY a.gz /x/\nRUN gunzip /x/a.gz", "/x/a.gz", ["moved 3"]),
    ("COPY a.jar /x/\nRUN cd /x && jar cf b.jar a.jar", "/x/a.jar", ["named 3"]),
    ("RUN rm -f /a && curl -o /a https://h/a", "/a", []),
    ("RUN dd if=/dev/zero of=/a count=1\nRUN find /a -delete", "/a", ["deleted 3"]),
]


@pytest.mark.parametrize(("text", "path", "expected"), USES)
def test_uses(text: str, path: str, expected: list[str]) -> None:
    found = lives(recipe.read(f"FROM x\nWORKDIR /srv\n{text}\n".encode()))
    (life,) = (each for each in found if each.write.path == path)
    assert [f"{use.how} {use.step}" for use in life.uses] == expected


def test_stages_that_are_not_shipped_have_no_lives() -> None:
    assert not lives(recipe.read(b"FROM x\nCOPY a.txt /\nRUN rm /a.txt\nFROM y\nCOPY --from=0 <<E /b\nE\n"))


@given(
    st.lists(st.sampled_from([*WRITTEN, "RUN rm -rf {a,b}{c,d}* ~ // .", "COPY * ../..", "WORKDIR", "ADD"]), max_size=6)
)
def test_any_text_has_lives(texts: list[str]) -> None:
    for life in lives(recipe.read("\n".join(texts).encode())):
        assert life.write.path.startswith("/")
