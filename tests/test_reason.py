from shave.reason import Reason, foremost

USED, ON_THE_WAY = Reason("trace", "opened by start"), Reason("symlink", "is on the way to a kept path", "lib/a")


def test_a_fact_is_told_before_what_a_path_is_near_to() -> None:
    assert foremost((ON_THE_WAY, Reason("directory", "holds a kept path", "b"), USED)) == USED
    assert foremost((ON_THE_WAY, Reason("unit", "is of dpkg:a"))) == ON_THE_WAY
