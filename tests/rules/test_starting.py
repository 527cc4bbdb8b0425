"""Starts whose words mean something else than they look like, and programs that nobody copies."""

import pytest

from shave.dockerfile.edits import apply
from shave.recipe import read
from shave.rules.cannot_run import look
from shave.rules.known import NOTHING


def mended(text: str) -> str | None:
    """The last line as the edit makes it, "" for no edit, None for no finding."""
    recipe = read(text.encode())
    for finding in look(recipe, NOTHING):
        return apply(recipe.file.text, finding.fix.edits).decode().splitlines()[-1] if finding.fix else ""
    return None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ENTRYPOINT [/get.sh]", 'ENTRYPOINT ["/get.sh"]'),
        ("CMD ['nginx', '-g', 'daemon off;']", 'CMD ["nginx", "-g", "daemon off;"]'),
        ("CMD [ 'python3', \"-m\", 'x' ]", 'CMD ["python3", "-m", "x"]'),
        ("CMD ['a']", 'CMD ["a"]'),
        ("CMD [nginx, -g]", 'CMD ["nginx", "-g"]'),
        ("CMD ['a', '$HOME']", ""),
        ('CMD ["a" "b"]', ""),
        ('ENTRYPOINT ["a", "b",]', 'ENTRYPOINT ["a", "b"]'),
        ("CMD [ -f /x ] && echo x", None),
        ('CMD [ "$X" = 1 ]', None),
        ("CMD [[ -f /x ]]", None),
        ("CMD []", None),
        ('CMD ["a", "b"]', None),
    ],
)
def test_an_array_that_is_none(line: str, expected: str | None) -> None:
    assert mended(f"FROM ubuntu:24.04\n{line}") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('CMD ["/usr/bin/code --verbose"]', 'CMD ["/usr/bin/code", "--verbose"]'),
        ('ENTRYPOINT ["mix phx.server"]', 'ENTRYPOINT ["mix", "phx.server"]'),
        ('ENTRYPOINT []\nCMD ["npm start", "x"]', 'CMD ["npm", "start", "x"]'),
        # it is an argument of what is started
        ('ENTRYPOINT ["sh", "-c"]\nCMD ["npm start"]', None),
        # a file of that name may be copied
        ('COPY ["my app", "/bin/"]\nCMD ["my app"]', None),
        ('CMD ["C:\\\\Program Files\\\\a.exe"]', None),
        ('CMD ["sh", "-c", "a b"]', None),
        # a program of Windows gets one text
        ('SHELL ["powershell"]\nENTRYPOINT ["cmd /c x"]', None),
    ],
)
def test_a_word_that_is_several(line: str, expected: str | None) -> None:
    assert mended(f"FROM ubuntu:24.04\n{line}") == expected


def test_what_an_unknown_base_starts_may_split_words() -> None:
    assert mended('FROM mcr.microsoft.com/windows/servercore:ltsc2022\nENTRYPOINT ["cmd /c x"]') is None
    assert mended('FROM acme/shell\nCMD ["npm start"]') is None
    assert mended('FROM acme/runner:3.20-alpine\nCMD ["npm start"]') is None
    assert mended('FROM debian AS base\nENTRYPOINT ["sh", "-c"]\nFROM base\nCMD ["npm start"]') is None
    assert mended("FROM debian AS base\nENTRYPOINT /serve\nFROM base\nCMD [server --port 80]") is None
    assert mended('FROM debian AS base\nENTRYPOINT []\nFROM base\nCMD ["npm start"]') == 'CMD ["npm", "start"]'
    assert mended('FROM acme/shell\nENTRYPOINT ["npm start"]') == 'ENTRYPOINT ["npm", "start"]'


@pytest.mark.parametrize(
    ("text", "is_missing"),
    [
        ('COPY --from=b /target/x.jar /\nCMD ["java", "-jar", "/x.jar"]', True),
        ('COPY x.py /app/\nENTRYPOINT ["python3", "/app/x.py"]', True),
        ('COPY x.jar /\nCOPY --from=b /opt/java /usr\nCMD ["java", "-jar", "/x.jar"]', False),
        ('COPY x.jar /\nCOPY --from=b /opt/jre.min /usr\nCMD ["java", "-jar", "/x.jar"]', False),
        ('COPY x.jar java /opt/\nENV PATH=/opt\nCMD ["java", "-jar", "/x.jar"]', False),
        ('COPY x.jar /\nCOPY <<E /usr/bin/java\n#!/x\nE\nCMD ["java", "-jar", "/x.jar"]', False),
        # data that nobody starts
        ('COPY x.json /\nCMD ["none"]', False),
        ('COPY app /\nCMD ["/app"]', False),
        ('COPY out/ /\nCMD ["/app"]', False),
        ('ADD root.tar.xz /\nCMD ["bash"]', False),
        ('COPY $WHAT /\nCMD ["bash"]', False),
        ('COPY a.jar /\nRUN ["/x"]\nCMD ["java"]', False),
    ],
)
def test_a_program_that_nobody_copies(text: str, is_missing: bool) -> None:
    findings = look(read(f"FROM maven:3 AS b\nFROM scratch\n{text}\n".encode()), NOTHING)
    assert any("which nothing brings" in each.text for each in findings) is is_missing
