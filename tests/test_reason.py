from shave.reason import Reason, foremost

USED, ON_THE_WAY = Reason("trace", "opened by start"), Reason("symlink", "is on the way to a kept path", "lib/a")


def test_the_way_to_others_is_told_last() -> None:
    assert foremost((ON_THE_WAY, Reason("directory", "holds a kept path", "b"), USED)) == USED
    assert foremost((ON_THE_WAY,)) == ON_THE_WAY
