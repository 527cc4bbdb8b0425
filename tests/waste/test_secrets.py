from detected import detected, paths
from shave.testing import File, Whiteout
from shave.waste.secrets import find

SECRET = b"a password nobody may see"


def test_what_is_visible() -> None:
    (found,) = detected(find, {"root/.ssh/id_rsa": SECRET, "app/.env": SECRET, "root/.ssh/id_rsa.pub": b"1"})
    assert paths(found) == {"root/.ssh/id_rsa", "app/.env"}
    assert found.culprit is None
    assert "/root/.ssh/id_rsa (private keys of SSH)" in found.detail


def test_a_deleted_one_is_the_worst() -> None:
    (found,) = detected(find, {"root/.ssh/id_rsa": SECRET}, {"root/.ssh/id_rsa": Whiteout()})
    assert (paths(found), found.culprit, found.layers) == ({"root/.ssh/id_rsa"}, 1, (0,))
    assert "still read" in found.title


def test_one_that_was_replaced() -> None:
    visible, gone = detected(find, {"app/.env": SECRET}, {"app/.env": b"harmless"})
    assert ([place.layer for place in visible.places], [place.layer for place in gone.places]) == ([1], [0])


def test_one_that_got_another_mode_is_one() -> None:
    assert len(detected(find, {"app/.env": SECRET}, {"app/.env": File(SECRET, 0o600)})) == 1
    deleted = detected(find, {"app/.env": SECRET}, {"app/.env": File(SECRET, 0o600)}, {"app/.env": Whiteout()})
    assert [(found.culprit, found.layers) for found in deleted] == [(2, (1,))]


def test_nothing_of_it_is_ever_printed() -> None:
    found = detected(find, {"root/.netrc": SECRET, "x": b""}, {"root/.netrc": Whiteout()})
    assert found and SECRET.decode() not in repr(found)


def test_many_are_counted() -> None:
    (found,) = detected(find, {f"app/{n}/.env": SECRET for n in range(9)})
    assert found.detail.endswith("and 4 more")
