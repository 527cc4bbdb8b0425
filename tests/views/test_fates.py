from shave.plan import Listing, UnitFate
from shave.views import fates
from summaries import LISTINGS, UNITS


def test_each_row_says_what_keeps_it() -> None:
    options = [row[-1] for row in fates.unit_rows(UNITS)]
    assert options == ["--keep-unit dpkg:gcc", "--keep-unit dpkg:coreutils", "--keep-unit 'python:a b'", ""]
    assert [row[-1] for row in fates.listing_rows(LISTINGS)] == ["--keep '/opt/venv/bin/**'", "--keep '/etc/a[[]b]/**'"]


def test_a_terminal_shows_the_three_that_lost_most() -> None:
    units = [UnitFate(f"dpkg:{number}", "1", "split", 1, number, 1, 1, 1, number) for number in range(9)]
    listings = [Listing(f"d{number}", number, 10) for number in range(1, 9)]
    lines = "\n".join(fates.text(units, listings))
    assert "dpkg:8" in lines and "dpkg:6" in lines and "dpkg:5" not in lines
    assert "'/d8/**'" in lines and "/d6/" in lines and "/d5/" not in lines


def test_nothing_is_said_of_nothing() -> None:
    assert not list(fates.text((), ()))


def test_a_unit_says_no_line_of_its_own() -> None:
    hostile = UnitFate("dpkg:a\nverdict same", "1\n2", "split", 1, 1, 1, 1, 1, 1), Listing("a\nb", 1, 2)
    lines = [*fates.text(hostile[:1], hostile[1:]), *map(str, fates.unit_rows(hostile[:1]))]
    assert not any("\n" in line for line in lines)
    assert any(r"dpkg:a\nverdict same" in line for line in lines)
