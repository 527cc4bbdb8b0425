from hypothesis import given
from hypothesis import strategies as st

from shave.views.parts.numbers import Directories, Numbered

PATHS = st.lists(st.lists(st.sampled_from("abc"), max_size=4).map("/".join))


@given(PATHS)
def test_every_directory_is_found_again_by_its_number(paths: list[str]) -> None:
    directories = Directories()
    numbers = [directories.number(path) for path in paths]

    def path(number: int) -> str:
        above = path(directories.above[number]) if directories.above[number] else ""
        return f"{above}/{directories.names[number]}".lstrip("/")

    assert [path(number) for number in numbers] == paths
    assert all(above < number for number, above in enumerate(directories.above) if number)


def test_values_are_numbered_as_they_come() -> None:
    numbered = Numbered("")
    assert [numbered.number(value) for value in ("b", "", "a", "b")] == [1, 0, 2, 1]
    assert numbered.values() == ["", "b", "a"]
