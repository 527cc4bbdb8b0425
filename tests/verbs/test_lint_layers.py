"""Which layer each step made: one Dockerfile, as every builder tells of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave import recipe
from shave.errors import UsageError
from shave.image import Image
from shave.testing import image
from shave.verbs.lint_layers import Made, made

DOCKERFILE = b"""\
ARG BASE=debian:12
FROM $BASE AS build
RUN make
FROM $BASE AS mid
ARG WHO="some body"
RUN echo one \\
    # a comment
    && echo two > /two
WORKDIR /app/new
FROM mid
ENV PATH=/opt/x:$PATH
COPY . .
COPY --from=build /built /from/
COPY --chown=1:1 a.txt d/x /many/
RUN ["sh", "-c", "echo json > /json"]
RUN <<EOF
echo here
EOF
RUN --mount=type=cache,target=/c echo mounted > /m
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN echo shell > /shell
CMD ["sh"]
"""
RUN, WORKDIR, COPY, FROM_STAGE, MANY, JSON, HEREDOC, MOUNTED, SHELLED, CMD = 5, 6, 9, 10, 11, 12, 13, 14, 16, 17
BASE = [("/bin/sh -c #(nop) ADD file:0123456789abcdef in / ", False), ('/bin/sh -c #(nop)  CMD ["bash"]', True)]
BUILDKIT = [
    ("ARG WHO=some body", True),
    ("RUN |1 WHO=some body /bin/sh -c echo one     && echo two > /two # buildkit", False),
    ("WORKDIR /app/new", False),
    ("ENV PATH=/opt/x:/usr/local/sbin:/usr/bin", True),
    ("COPY . . # buildkit", False),
    ("COPY /built /from/ # buildkit", False),
    ("COPY --chown=1:1 a.txt d/x /many/ # buildkit", False),
    ("RUN |1 WHO=some body sh -c echo json > /json # buildkit", False),
    ("RUN |1 WHO=some body /bin/sh -c echo here\n # buildkit", False),
    ("RUN |1 WHO=some body /bin/sh -c echo mounted > /m # buildkit", False),
    ("SHELL [/bin/bash -o pipefail -c]", True),
    ("RUN |1 WHO=some body /bin/bash -o pipefail -c echo shell > /shell # buildkit", False),
    ('CMD ["sh"]', True),
]
BUILDAH = [
    ("/bin/sh -c #(nop) ARG WHO", True),
    ("|2 WHO=some body /bin/sh -c echo one     && echo two > /two", False),
    ("/bin/sh -c #(nop) WORKDIR /app/new", True),
    ("/bin/sh -c #(nop) ENV PATH=/opt/x:$PATH", True),
    ("/bin/sh -c #(nop) COPY dir:614ba38401dc9d7465d5deaf798529fb506a in . ", False),
    ("/bin/sh -c #(nop) COPY file:1aa27355c635a7595525a9f4ec3ececc3556 in /from/ ", False),
    ("/bin/sh -c #(nop) COPY multi:930092441da6f9214d711f307f04436b46a in /many/ ", False),
    ('|1 WHO=some body /bin/sh -c ["sh", "-c", "echo json > /json"]', False),
    ("|1 WHO=some body /bin/sh -c <<EOF", False),
    ("|1 WHO=some body /bin/sh -c --mount=type=cache,target=/c echo mounted > /m", False),
    ('/bin/sh -c #(nop) SHELL ["/bin/bash", "-o", "pipefail", "-c"]', True),
    ("|1 WHO=some body /bin/bash -o pipefail -c echo shell > /shell", False),
    ('/bin/sh -c #(nop) CMD ["sh"]', True),
]
KANIKO = [
    ("RUN echo one     && echo two > /two", False),
    ("WORKDIR /app/new", False),
    ("COPY . .", False),
    ("COPY --from=build /built /from/", False),
    ("COPY --chown=1:1 a.txt d/x /many/", False),
    ('RUN ["sh", "-c", "echo json > /json"]', False),
    ("RUN <<EOF", False),
    ("RUN --mount=type=cache,target=/c echo mounted > /m", False),
    ("RUN echo shell > /shell", False),
]
EACH = {RUN: 1, WORKDIR: 2, COPY: 3, FROM_STAGE: 4, MANY: 5, JSON: 6, HEREDOC: 7, MOUNTED: 8, SHELLED: 9}
NO_WORKDIR = {RUN: 1, COPY: 2, FROM_STAGE: 3, MANY: 4, JSON: 5, HEREDOC: 6, MOUNTED: 7, SHELLED: 8}

CLASSIC_DOCKERFILE = b"""\
FROM debian:12
ARG V=3
RUN make
WORKDIR /app
COPY a.txt d/x /many/
COPY --chown=1:1 a.txt /owned
ADD a.txt /added
RUN ["sh", "-c", "echo json > /json"]
RUN ["npm", "ci"]
RUN true
SHELL ["/bin/sh", "-ec"]
RUN echo shell > /shell
USER 1
"""
CLASSIC = [
    ("/bin/sh -c #(nop)  ARG V=3", True),
    ("|1 V=3 /bin/sh -c make", False),
    ("/bin/sh -c #(nop) WORKDIR /app", False),
    ("/bin/sh -c #(nop) COPY multi:3bb7fb2fa52652ba93d8a1d59b84c6ab5dc3d4f6 in /many/ ", False),
    ("/bin/sh -c #(nop) COPY --chown=1:1file:2cc6f75217b6d0ad0246a0f00e7bb3 in /owned ", False),
    ("/bin/sh -c #(nop) ADD file:2cc6f75217b6d0ad0246a0f00e7bb3296d332db5 in /added ", False),
    ("|1 V=3 sh -c echo json > /json", False),
    ("npm ci", False),
    ("|1 V=3 /bin/sh -c true", True),
    ("/bin/sh -ec #(nop)  SHELL [/bin/sh -ec]", True),
    ("|1 V=3 /bin/sh -ec echo shell > /shell", False),
    ("/bin/sh -ec #(nop)  USER 1", True),
]


def built(*history: tuple[str, bool], merged: bool = False) -> Image:
    """An image with this history; ``merged`` as ``docker build --squash`` leaves it."""
    entries = [{"created_by": text, "empty_layer": empty} for text, empty in history]
    merge = {"comment": f"merge sha256:{'a' * 64} to sha256:{'b' * 64}"}
    layers = sum(not empty for _, empty in history) + merged
    return image(*[{f"f{n}": b"x"} for n in range(layers)], history=[*entries, *[merge] * merged])


def layers(text: bytes, *history: tuple[str, bool]) -> Made:
    return made(recipe.read(text), built(*history))


@pytest.mark.parametrize(
    ("history", "expected"),
    [(BUILDKIT, EACH), (BUILDAH, NO_WORKDIR), (KANIKO, EACH)],
    ids=["buildkit", "buildah", "kaniko"],
)
def test_every_builder_is_understood(history: list[tuple[str, bool]], expected: dict[int, int]) -> None:
    assert layers(DOCKERFILE, *BASE, *history) == Made(expected)


def test_of_the_classic_builder_a_run_that_writes_nothing_has_no_layer() -> None:
    assert layers(CLASSIC_DOCKERFILE, *BASE, *CLASSIC) == Made({2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7, 11: 8})


def test_a_run_that_writes_nothing_right_before_the_last_is_no_squash() -> None:
    history = [("/bin/sh -c make", False), ("/bin/sh -c true", True), ("/bin/sh -c make clean", False)]
    assert layers(b"FROM x\nRUN make\nRUN true\nRUN make clean\n", *BASE, *history) == Made({1: 1, 3: 2})


def test_buildah_says_of_no_run_that_it_is_empty_but_in_a_squash() -> None:
    """As buildah 1.28 makes it with --layers=false, of RUNs alone."""
    texts = ("make", "true", "make clean")
    empty = [{"created_by": f"/bin/sh -c {text}", "empty_layer": text != texts[-1]} for text in texts]
    history = [{"created_by": BASE[0][0]}, *empty[:-1], {**empty[-1], "comment": "FROM docker.io/library/debian:12"}]
    squashed = image({"a": b"1"}, {"b": b"1"}, history=history)
    found = made(recipe.read(b"FROM x\nRUN make\nRUN true\nRUN make clean\n"), squashed)
    assert found == Made({1: 1, 2: 1, 3: 1}, (), (1, 2, 3))


def test_instructions_of_one_layer_share_it() -> None:
    """As buildah makes it with --layers=false: one layer a stage, told of its last instruction."""
    squashed = [(text, at not in (2, len(BUILDAH) - 1)) for at, (text, _) in enumerate(BUILDAH)]
    found = layers(DOCKERFILE, *BASE, *squashed)
    assert found.layers[RUN] == found.layers[WORKDIR] == 1
    assert {found.layers[step] for step in (COPY, FROM_STAGE, MANY, JSON, HEREDOC, MOUNTED, SHELLED, CMD)} == {2}
    assert RUN in found.shared and found.differing == ()


def test_docker_build_squash_tells_of_no_layer_but_the_merged_one() -> None:
    squashed = [*BASE, *[(text, True) for text, _ in CLASSIC]]
    found = made(recipe.read(CLASSIC_DOCKERFILE), built(*squashed, merged=True))
    assert set(found.layers.values()) == {1} and len(found.shared) == 8


def test_a_squash_with_the_base_tells_nothing_apart() -> None:
    squashed = [(text, at < len(CLASSIC) - 1) for at, (text, _) in enumerate(CLASSIC)]
    assert made(recipe.read(CLASSIC_DOCKERFILE), built(*squashed)).layers == {}
    alone = made(recipe.read(CLASSIC_DOCKERFILE.replace(b"debian:12", b"scratch")), built(*squashed))
    assert set(alone.layers.values()) == {0}


def test_comments_and_white_space_do_not_count() -> None:
    edited = DOCKERFILE.replace(b"    # a comment\n", b"").replace(b"RUN <<EOF", b"# why\nRUN <<EOF")
    assert layers(edited, *BASE, *BUILDKIT) == Made(EACH)


def test_an_edited_command_has_no_layer_and_the_others_have() -> None:
    found = layers(DOCKERFILE.replace(b"> /m\n", b"> /m && echo more\n"), *BASE, *BUILDKIT)
    assert found.differing == (MOUNTED,)
    assert found.layers == {step: layer for step, layer in EACH.items() if step != MOUNTED}


def test_the_base_may_have_the_same_instruction() -> None:
    run = ("RUN /bin/sh -c apt-get update # buildkit", False)
    assert layers(b"FROM x\nRUN apt-get update\n", *BASE, run, ('CMD ["x"]', True), run) == Made({1: 2})


def test_instructions_that_a_base_put_in_by_onbuild_are_not_the_files() -> None:
    onbuild = ("COPY package.json /src/ # buildkit", False)
    assert layers(b"FROM x\nCOPY . /src\n", *BASE, onbuild, ("COPY . /src # buildkit", False)) == Made({1: 2})


def test_what_only_the_build_knew_may_be_anything() -> None:
    history = ("COPY dist-2.1 /srv/app # buildkit", False)
    assert layers(b"FROM x\nARG V\nARG D=/srv\nCOPY dist-$V $D/app\n", *BASE, history) == Made({3: 1})


def test_another_image_is_refused_and_nothing_priced_wrongly() -> None:
    with pytest.raises(UsageError, match=r"does not look built from this Dockerfile: .*`RUN echo one .* \(line 6\)"):
        layers(DOCKERFILE, *BASE, ("RUN /bin/sh -c pip install flask # buildkit", False))


def test_an_image_without_history_is_refused() -> None:
    nothing = image({"a": b"1"}, {"b": b"1"}, history=[])
    with pytest.raises(UsageError, match="does not say which instruction made which layer"):
        made(recipe.read(DOCKERFILE), nothing)


def test_hostile_sizes_are_refused() -> None:
    with pytest.raises(UsageError, match="too many instructions"):
        layers(b"FROM x\n" + b"ENV A=1\n" * 2000, *BASE, *[("ENV A=1", True)] * 2000)


LINES = st.sampled_from(DOCKERFILE.splitlines(keepends=True)) | st.binary(max_size=20)
ENTRIES = st.tuples(st.sampled_from([text for text, _ in (*BUILDKIT, *BUILDAH, *CLASSIC)]) | st.text(), st.booleans())


@given(st.lists(LINES, max_size=12), st.lists(ENTRIES, max_size=12))
def test_of_any_text_and_history_layers_are_told_in_order_or_none(
    lines: list[bytes], history: list[tuple[str, bool]]
) -> None:
    made_of = built(*history)
    try:
        found = made(recipe.read(b"".join(lines)), made_of)
    except UsageError:
        return
    numbers = [found.layers[step] for step in sorted(found.layers)]
    assert numbers == sorted(numbers)
    assert set(numbers) <= set(range(len(made_of.layers)))
    assert not found.layers.keys() & set(found.differing)
