import pytest

from shave.dockerfile.ignores import ignores
from shave.dockerfile.parser import parse


@pytest.mark.parametrize(
    ("comments", "rules"),
    [
        ("# hadolint ignore=DL3009\n", {"DL3009"}),
        ("#hadolint   ignore = DL3009 , SC2046\n", {"DL3009", "SC2046"}),
        ("  # shave ignore=SHV101,SHV102\r\n", {"SHV101", "SHV102"}),
        ("# shave ignore=SHV101\n# hadolint ignore=DL3009\n# why\n", {"SHV101", "DL3009"}),
        ("# shave ignore=SHV101\n\n", set()),
        ("# shave ignore=SHV101\nRUN a\n", set()),
        ("# shave ignore=SHV101 because reasons, as SHV102 says\n", {"SHV101"}),
        ("# shave ignore=SHV101,SHV102: why\n", {"SHV101", "SHV102"}),
        ("# hadolint ignore=DL3009 # why\n", {"DL3009"}),
        ("# hadolint ignore=DL3009 because\n", set()),
        ("# hadolint ignore=DL3009,,DL3008\n", set()),
        ("# HADOLINT ignore=DL3009\n", set()),
        ("# ignore=DL3009\n", set()),
    ],
)
def test_comments_above_an_instruction(comments: str, rules: set[str]) -> None:
    dockerfile = parse(f"FROM a\n{comments}RUN \\\n# shave ignore=SHV999\n b\n".encode())
    assert ignores(dockerfile).at(dockerfile.instructions[-1]) == rules


def test_for_the_whole_file() -> None:
    dockerfile = parse(
        b"# check=skip=JSONArgsRecommended, StageNameCasing;error=true\nFROM a\n# shave ignore=SHV101\nRUN a\n"
        b"# hadolint global ignore=DL3007\n# shave global ignore=SHV102\n"
    )
    found = ignores(dockerfile)
    assert found.everywhere == {"JSONArgsRecommended", "StageNameCasing", "DL3007", "SHV102"}
    assert found.at(dockerfile.instructions[1]) == found.everywhere | {"SHV101"}
    assert found.is_error


def test_what_check_may_say_instead() -> None:
    assert ignores(parse(b"# check=skip=all\nFROM a")).everywhere == {"all"}
    assert ignores(parse(b"# check=error=false;nonsense\nFROM a")).is_error is False


@pytest.mark.parametrize(
    "comment",
    [
        "# shave:ignore=SHV101",
        "# SHAVE IGNORE = SHV101",
        "#shave: disable=SHV101",
        "# shave ignore SHV101",
        "# shave ignore=SHV101 SHV102",
        "# shave ignore=SHV101,,SHV102",
        "# shave ignore=SHV101\n",
        "# shave global-ignore=SHV101",
        "RUN x && \\\n  # shave ignore=SHV101\n  y",
        "RUN x # shave ignore=SHV101",
    ],
)
def test_comments_that_look_like_ours_are_not_read_in_silence(comment: str) -> None:
    text = f"FROM a\n{comment}\nRUN b\n".encode()
    found = ignores(parse(text))
    assert (found.asked, found.unread) == ((), (text.index(b"#"),))


@pytest.mark.parametrize("comment", ["# shave ignore=SHV101 why", "# shaved", "# what shave ignores", "# SHV101: why"])
def test_other_comments_are_nobodys_business(comment: str) -> None:
    assert ignores(parse(f"FROM a\n{comment}\nRUN b\n".encode())).unread == ()
