from hypothesis import given
from hypothesis import strategies as st

from shave.verbs.inspected import FileRow
from shave.views.inspect.html.file_columns import file_columns

NAMES = st.text(st.characters(blacklist_characters="/"), min_size=1, max_size=3)
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
ROWS = st.builds(
    FileRow,
    PATHS,
    st.sampled_from(["file", "symlink", "directory"]),
    st.just(0o644),
    st.integers(0, 9),
    st.sampled_from(["", "dpkg:a", "python:b"]),
    st.integers(0),
    st.integers(0),
    st.just(""),
    st.sampled_from(["", "docs"]),
)


@given(st.lists(ROWS))
def test_columns_say_what_the_rows_said(rows: list[FileRow]) -> None:
    columns = file_columns(rows)

    def directory(number: int) -> str:
        above, name = columns["directory_above"][number], columns["directory_name"][number]
        return f"{directory(above)}/{name}" if number else ""

    numbers, words = ("layer", "packed", "unpacked"), ("unit", "reason")
    said = [
        (
            f"{directory(columns['directory'][at])}/{name}",
            *(columns[each][at] for each in numbers),
            *(columns[f"{each}s"][columns[each][at]] for each in words),
        )
        for at, name in enumerate(columns["name"])
    ]
    assert said == [
        (f"/{row.path}", row.layer, row.packed_bytes, row.unpacked_bytes, row.unit, row.reason)
        for row in rows
        if row.kind != "directory"
    ]
