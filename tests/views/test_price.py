from shave.views import price
from summaries import PRICES


def test_the_chosen_grain_is_marked() -> None:
    assert price.text(PRICES, "unit").splitlines() == [
        "grain     content  files  units  by evidence  by needs  by habit",
        "  file    31.0 MB    640     23      30.0 MB  900.0 kB  100.0 kB",
        "* unit    75.0 MB   3868     80      30.0 MB   13.0 MB   32.0 MB",
        "  waste  590.0 MB  15226    257      30.0 MB   90.0 MB  470.0 MB",
    ]
