"""References: the grammar, round trips, bare names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.errors import CannotError, ShaveError, UsageError
from shave.reference import TRANSPORTS, Reference, Transport, choose, full_name, is_official, parse, short, slim_name

SHA = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "transport", "name", "tag", "digest"),
    [
        ("oci:dir", "oci", "dir", "", ""),
        ("oci:/a/dir:tag", "oci", "/a/dir", "tag", ""),
        ("oci:dir:docker.io/library/app:1.0", "oci", "dir", "docker.io/library/app:1.0", ""),
        (f"oci:dir@{SHA}", "oci", "dir", "", SHA),
        ("oci:dir@home:1", "oci", "dir@home", "1", ""),
        ("oci-archive:a.tar:1", "oci-archive", "a.tar", "1", ""),
        ("docker-archive:a.tar", "docker-archive", "a.tar", "", ""),
        ("docker-archive:a.tar:host:5000/app:1", "docker-archive", "a.tar", "host:5000/app:1", ""),
        ("docker-archive:a.tar:@2", "docker-archive", "a.tar", "@2", ""),
        ("docker-daemon:app", "docker-daemon", "app", "", ""),
        ("docker-daemon:app:1", "docker-daemon", "app", "1", ""),
        ("docker-daemon:localhost:5000/a/b", "docker-daemon", "localhost:5000/a/b", "", ""),
        ("docker-daemon:[::1]:5000/a/b:c", "docker-daemon", "[::1]:5000/a/b", "c", ""),
        (f"docker-daemon:{SHA}", "docker-daemon", SHA, "", ""),
        (f"docker-daemon:app@{SHA}", "docker-daemon", "app", "", SHA),
        ("docker://app", "docker", "app", "", ""),
        ("docker://h:5000/a/b:1", "docker", "h:5000/a/b", "1", ""),
        (f"docker://ghcr.io/a/b@{SHA}", "docker", "ghcr.io/a/b", "", SHA),
        ("containers-storage:localhost/app:1", "containers-storage", "localhost/app", "1", ""),
        ("containerd:k8s.io/docker.io/library/app:1", "containerd", "k8s.io/docker.io/library/app", "1", ""),
        ("rootfs:/a:b@c", "rootfs", "/a:b@c", "", ""),
    ],
)
def test_parse(text: str, transport: Transport, name: str, tag: str, digest: str) -> None:
    reference = parse(text)
    assert reference == Reference(transport, name, tag, digest)
    assert str(reference) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oci",
        "oci:",
        "oci::tag",
        "oci:dir:",
        "oci:dir:two words",
        f"oci:dir:tag@{SHA}",
        "oci:a\0b",
        "zip:file",
        "docker-daemon:App",
        "docker-daemon:app:" + "t" * 129,
        "docker-daemon:" + "a" * 256,
        "docker-daemon:app:1:2",
        f"docker-daemon:app:1@{SHA}",
        "docker-daemon:app@sha256:123",
        "docker-daemon:app@sha256:" + "AB" * 32,
        "docker-daemon:../etc/passwd",
        "docker-archive:a.tar:UP",
        "docker-archive:a.tar:@x",
        "docker:app",
        "docker://",
        "docker://App",
        "containerd:app",
        "containerd:/app",
        "rootfs:",
    ],
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(UsageError):
        parse(text)


WORD = st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)
PATH = st.from_regex(r"[^:\0@]{1,30}", fullmatch=True)
DIGEST = st.from_regex(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}", fullmatch=True)
REPOSITORY = st.builds(
    lambda host, words: host + "/".join(words),
    st.sampled_from(["", "a.io/", "h:5000/"]),
    st.lists(WORD, min_size=1, max_size=3),
)
LAYOUT_TAG = st.from_regex(r"[A-Za-z0-9]{1,5}([-._:@+/][A-Za-z0-9]{1,5}){0,3}", fullmatch=True)
FILES = st.sampled_from(["oci", "oci-archive"])
REFERENCES = st.one_of(
    st.builds(Reference, FILES, PATH, st.just("") | LAYOUT_TAG),
    st.builds(Reference, FILES, PATH, st.just(""), DIGEST),
    st.builds(Reference, st.just("docker-archive"), PATH, st.just("") | REPOSITORY),
    st.builds(Reference, st.just("docker-daemon"), REPOSITORY, st.just("") | TAG),
    st.builds(Reference, st.just("docker-daemon"), REPOSITORY, st.just(""), DIGEST),
    st.builds(Reference, st.just("docker-daemon"), DIGEST),
    st.builds(Reference, st.just("docker"), REPOSITORY, st.just("") | TAG),
    st.builds(Reference, st.just("rootfs"), PATH),
)


@given(REFERENCES)
def test_round_trip(reference: Reference) -> None:
    assert parse(str(reference)) == reference


@given(st.text(), st.sampled_from(["", *(f"{transport}:" for transport in TRANSPORTS)]))
def test_any_text_is_a_reference_or_an_error_of_ours(text: str, prefix: str) -> None:
    try:
        reference = parse(prefix + text)
    except ShaveError:
        return
    assert parse(str(reference)) == reference


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("app", "docker.io/library/app:latest"),
        ("me/app:1", "docker.io/me/app:1"),
        ("docker.io/app", "docker.io/library/app:latest"),
        ("index.docker.io/library/app", "docker.io/library/app:latest"),
        ("localhost/app:1", "localhost/app:1"),
        ("host:5000/app", "host:5000/app:latest"),
        (f"ghcr.io/a/b@{SHA}", f"ghcr.io/a/b@{SHA}"),
    ],
)
def test_full_name(text: str, full: str) -> None:
    assert full_name(text) == full


@pytest.mark.parametrize(
    ("text", "slim"),
    [
        ("docker-daemon:app", "docker-daemon:app:latest-slim"),
        ("docker-daemon:h:5000/app:1", "docker-daemon:h:5000/app:1-slim"),
        ("oci:dir:1", "oci:dir:1-slim"),
        ("oci-archive:a.tar", "oci-archive:a-slim.tar"),
        ("docker-archive:a.tar.gz:app:1", "docker-archive:a-slim.tar:app:1-slim"),
        ("oci-archive:a.oci:1", "oci-archive:a-slim.oci:1-slim"),
        ("docker://h:5000/a/app:1", "docker://h:5000/a/app:1-slim"),
        ("containerd:k8s.io/library/app:1", "oci:app-slim:1"),
        ("rootfs:/srv/Root/", "oci:root-slim:latest"),
    ],
)
def test_slim_name(text: str, slim: str) -> None:
    assert str(slim_name(parse(text))) == slim


@pytest.mark.parametrize("text", [f"docker-daemon:{SHA}", f"oci:dir@{SHA}", "docker-archive:a.tar:@0"])
def test_slim_name_of_no_name(text: str) -> None:
    with pytest.raises(UsageError):
        slim_name(parse(text))


PLACES: dict[str, Transport] = {
    "lay": "oci",
    "./a": "docker-archive",
    "b.tar": "oci-archive",
    "plain": "docker-archive",
}


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("lay", "oci:lay"),
        ("lay:tag", "oci:lay:tag"),
        (f"lay@{SHA}", f"oci:lay@{SHA}"),
        ("./a", "docker-archive:./a"),
        ("./a:app:1", "docker-archive:./a:app:1"),
        ("b.tar", "oci-archive:b.tar"),
        ("plain", "docker-daemon:plain"),
        ("app:1", "docker-daemon:app:1"),
        (SHA, f"docker-daemon:{SHA}"),
        ("oci:elsewhere", "oci:elsewhere"),
        ("elsewhere:1", "docker://elsewhere:1"),
        ("ghcr.io/a/b", "docker://ghcr.io/a/b"),
    ],
)
def test_choose(text: str, chosen: str) -> None:
    assert str(choose(text, PLACES.get, {"plain", "app:1", SHA}.__contains__)) == chosen


def test_choose_names_what_was_tried() -> None:
    with pytest.raises(CannotError, match=r"is at 'nothing\.tar'; the engine has no image"):
        choose("nothing.tar", PLACES.get, lambda name: False)
    with pytest.raises(CannotError, match="'No' is not an image name"):
        choose("No", PLACES.get, lambda name: False)


def test_choose_without_an_engine_says_so() -> None:
    def dead(name: str) -> bool:
        raise CannotError("no engine answers")

    with pytest.raises(CannotError, match="no engine answers"):
        choose("app.tar", PLACES.get, dead)
    assert str(choose("app", PLACES.get, dead)) == "docker://app"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("docker-deamon:corpus/nginx", "docker-daemon:corpus/nginx?"),
        ("corpus/nginx:slim", "docker-daemon:corpus/nginx:slim"),
        ("localhost:5000/app", "docker-daemon:localhost:5000/app"),
        ("out.tar", "docker-archive:out.tar"),
        ("docker:app:1", "docker://app:1"),
        ("UPPER", "transport:name"),
    ],
)
def test_what_lacks_a_transport_is_told_which(text: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert hint in caught.value.hint


def test_a_slip_in_the_transport_is_told_where_it_is_read() -> None:
    with pytest.raises(CannotError) as caught:
        choose("docker-deamon:app", lambda _: None, lambda _: False)
    assert caught.value.hint == "did you mean docker-daemon:app?"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("node", ("node", "")),
        ("docker.io/library/node:20-slim", ("node", "20-slim")),
        ("library/node:20@sha256:0", ("node", "20")),
        ("registry:5000/app", ("registry:5000/app", "")),
        ("registry:5000/app:1", ("registry:5000/app", "1")),
        (None, ("", "")),
    ],
)
def test_short_names(image: str | None, expected: tuple[str, str]) -> None:
    assert short(image) == expected


def test_official_images() -> None:
    names = ("node", "docker.io/library/node:20", "scratch", "acme/app", "localhost:5000/app", "", None)
    assert [is_official(each) for each in names] == [True, True, True, False, False, False, False]
