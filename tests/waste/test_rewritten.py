import pytest

from detected import detected
from shave.testing import File, Member
from shave.waste.rewritten import find


@pytest.mark.parametrize(
    ("after", "word", "detail"),
    [
        (File(b"1", uid=5), "chown", "changed: owner of 1"),
        (File(b"1", mode=0o755), "chmod", "changed: mode of 1"),
        (File(b"1", xattrs={"security.capability": b"x"}), "setcap", "changed: attributes of 1"),
        (File(b"1", mtime=5), "time", "changed: time of 1"),
        (File(b"1"), "as they were", "changed: nothing of 1"),
        (File(b"1", uid=5, mode=0o755, mtime=7), "chown", "changed: owner of 1, mode of 1, time of 1"),
    ],
)
def test_what_changed_is_said(after: Member, word: str, detail: str) -> None:
    (found,) = detected(find, {"a": b"1"}, {"a": after})
    assert word in found.title
    assert found.detail == f"/a; {detail}"
    assert (found.culprit, found.layers, found.unpacked_bytes) == (1, (0,), 1)


def test_most_bytes_give_the_name() -> None:
    before: dict[str, Member] = {"a": b"1" * 100, "b": b"2", "c": b"3"}
    after: dict[str, Member] = {"a": File(b"1" * 100, uid=5), "b": File(b"2", 0o600), "c": File(b"3", 0o600)}
    (found,) = detected(find, before, after)
    assert "chown" in found.title and "mode of 2, owner of 1" in found.detail


def test_each_further_copy_counts() -> None:
    first, second = detected(find, {"a": b"1"}, {"a": File(b"1", uid=1)}, {"a": File(b"1", uid=2)})
    assert [(found.culprit, found.layers) for found in (first, second)] == [(1, (0,)), (2, (1,))]


def test_copied_files_are_copied_with_their_owner() -> None:
    history = [{"created_by": "COPY . /app # buildkit"}, {"created_by": "RUN chown -R app /app"}]
    (found,) = detected(find, {"a": b"1"}, {"a": File(b"1", uid=1)}, history=history)
    assert found.fix == "write them with COPY --chown"
