"""What steps write."""

import pytest

from shave import recipe
from shave.written import Write, matches, writes

WRITES = [
    ("COPY a.txt /x/", [("copied", "/x/a.txt", False)]),
    ("COPY a.txt /x.txt", [("copied", "/x.txt", False)]),
    ("COPY a.tgz /tmp", [("copied", "/tmp/a.tgz", False)]),
    ("COPY a.txt b.txt ./", [("copied", "/srv/a.txt", False), ("copied", "/srv/b.txt", False)]),
    ("COPY . .", [("copied", "/srv", True)]),
    ("COPY conf.d /etc/nginx/conf.d", [("copied", "/etc/nginx/conf.d", True)]),
    ("COPY dist/*.whl /tmp/", [("copied", "/tmp/*.whl", False)]),
    ('COPY ["a b.txt", "/x/"]', [("copied", "/x/a b.txt", False)]),
    ("COPY --from=b /out/app /usr/bin/app", [("copied", "/usr/bin/app", True)]),
    ("COPY <<EOF /x\nhello\nEOF", []),
    ("ADD a.tar.gz /x", [("unpacked", "/x", True)]),
    ("ADD --unpack=false a.tar.gz /x/", [("copied", "/x/a.tar.gz", False)]),
    ("ADD https://h/p/a.tgz?x=1 /x/", [("downloaded", "/x/a.tgz", False)]),
    ("ADD --unpack=true https://h/a.tgz /x/", [("unpacked", "/x", True)]),
    ("ADD https://h/r.git#v1 /x", [("cloned", "/x", True)]),
    ("RUN curl -fsSLo /x/a https://h/b", [("downloaded", "/x/a", False)]),
    ("RUN curl -sO https://h/p/b?q", [("downloaded", "/srv/b", False)]),
    ("RUN curl -s https://h/b > b", [("downloaded", "/srv/b", False)]),
    ("RUN curl -s https://h/b 2>/dev/null", []),
    ("RUN curl -s https://h/b -o -", []),
    ("RUN curl --output-dir /x -O https://h/b", [("downloaded", "/x/b", False)]),
    ("RUN cd /tmp && wget https://h/b.tgz", [("downloaded", "/tmp/b.tgz", False)]),
    ("RUN wget -qO /x/b https://h/c", [("downloaded", "/x/b", False)]),
    ("RUN wget -qO- https://h/c", []),
    ("RUN wget -P /x https://h/c", [("downloaded", "/x/c", False)]),
    ("RUN tar -xzf a.tgz -C /opt", [("unpacked", "/opt", True)]),
    ("RUN tar xf a.tgz", [("unpacked", "/srv", True)]),
    ("RUN tar -czf a.tgz /x", []),
    ("RUN unzip -q a.zip -d /x", [("unpacked", "/x", True)]),
    ("RUN git clone --depth 1 https://h/p/r.git", [("cloned", "/srv/r", True)]),
    ("RUN git clone https://h/r /x", [("cloned", "/x", True)]),
    ("RUN dd if=/dev/zero of=/x bs=1M count=1", [("made", "/x", False)]),
    ("RUN cp a /usr/bin/", [("made", "/usr/bin/a", False)]),
    ("RUN mv a b", [("made", "/srv/b", False)]),
    ("RUN --mount=type=tmpfs,target=/tmp curl -o /tmp/a https://h/a", []),
    ("RUN cd $UNKNOWN && wget https://h/b", []),
    ("RUN echo curl -O https://h/b", []),
]


@pytest.mark.parametrize(("text", "expected"), WRITES)
def test_writes(text: str, expected: list[tuple[str, str, bool]]) -> None:
    read = recipe.read(f"FROM x\nWORKDIR /srv\n{text}\n".encode())
    assert [(each.kind, each.path, each.is_tree) for each in writes(read, read.steps[2])] == expected


@pytest.mark.parametrize(
    ("pattern", "path", "is_tree", "expected"),
    [
        ("/x/a", "/x/a", False, True),
        ("/x", "/x/a", False, True),
        ("/x/*", "/x/a", False, True),
        ("/x/a*", "/x/b", False, False),
        ("/x/a/b", "/x/a", False, False),
        ("/x/a/b", "/x/a", True, True),
        ("/x/b.whl", "/x/*.whl", False, True),
        ("/xa", "/x", True, False),
        ("/y", "/", True, True),
    ],
)
def test_matches(pattern: str, path: str, is_tree: bool, expected: bool) -> None:
    assert matches(pattern, Write(path, "copied", 0, is_tree=is_tree)) is expected
