from shave.views.columns import columns, folded

ROWS = [("what", "kept", "kept because"), ("shared libraries", "1.0 MB", "12 used, 7 needed, 3 by habit")]


def test_cells_align() -> None:
    assert list(columns([("a", "1"), ("bbb", "22")], right=(1,))) == ["a     1", "bbb  22"]
    assert list(columns([])) == list(folded([], 80)) == []


def test_the_last_column_goes_on_below_itself() -> None:
    assert list(folded(ROWS, 80, right=(1,))) == list(columns(ROWS, right=(1,)))
    assert list(folded(ROWS, 46, right=(1,))) == [
        "what                kept  kept because",
        "shared libraries  1.0 MB  12 used, 7 needed,",
        "                          3 by habit",
    ]


def test_a_last_column_is_never_narrower_than_can_be_read() -> None:
    assert "12 used, 7 needed," in "\n".join(folded(ROWS, 1))
