"""Files that an interpreter is told to run."""

import pytest

from patients import causes, diagnosed, host, only, tools
from shave.causes.program_file import interpreters
from shave.testing import Member

PROGRAMS: dict[str, Member] = {
    f"/usr/bin/{name}": host("/bin/sh") for name in ("python3", "node", "java", "php", "perl")
}


@pytest.mark.parametrize(
    "cmd",
    [
        "python3 main.py",
        "python3 -u -X dev main.py --flag",
        "node --require x main",
        "java -Xmx1g -cp a:b -jar main.jar x",
        "sh ./main.sh",
        "sh -e -o pipefail main.sh",
        "php -d a=b -f main.php",
        "env A=b perl -w -I lib main.pl",
    ],
)
def test_what_is_not_there(cmd: str) -> None:
    found = only(diagnosed(tools() | PROGRAMS, *cmd.split(), WorkingDir="/app"))
    assert (found.cause, found.stops) == ("program-file-missing", True)
    assert "is to run, is not there (/app/main" in found.text


@pytest.mark.parametrize(
    "cmd",
    [
        "python3 -m main.py",
        "python3 -c main",
        "node -e main.js",
        "node main",
        "node directory",
        "java -cp x Main",
        "java -version",
        "sh -c true",
        "php -S localhost:80",
        "perl -e 1 main",
        "perl",
    ],
)
def test_what_runs_no_file_or_finds_it(cmd: str) -> None:
    there: dict[str, Member] = {"/app/main.js": b"", "/app/directory/index.js": b""}
    found = diagnosed(tools() | PROGRAMS | there, *cmd.split(), WorkingDir="/app")
    assert "program-file-missing" not in [each.cause for each in found]


def test_it_lies_elsewhere_or_may_be_mounted() -> None:
    members = tools() | PROGRAMS | {"/srv/app/main.py": b""}
    found = only(diagnosed(members, "python3", "app/main.py", WorkingDir="/app", history=("COPY . /srv # buildkit",)))
    assert found.evidence == ("COPY . /srv put /srv/app/main.py there",)
    assert found.fix == "WORKDIR /srv, or name /srv/app/main.py instead"
    found = diagnosed(members, "python3", "/data/main.py", Volumes={"/data": {}})
    assert causes(found) == [("program-file-missing", False)]


def test_every_interpreter_has_a_source() -> None:
    assert all(each.names and each.source for each in interpreters())
