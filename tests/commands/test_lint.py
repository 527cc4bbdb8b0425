"""``shave lint`` as it is typed."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import pytest
from sarif_pydantic import Sarif

from cli import Shave

FAT = "FROM base\nRUN apt-get update && apt-get install -y --no-install-recommends libpq5\n"
LEAN = "FROM base\nCOPY app /app\n"
BROKEN = "FROM base\nCOPPY app /app\n"


@pytest.fixture
def fat(shave: Shave) -> Path:
    path = Path("Dockerfile")
    path.write_text(FAT)
    return path


def test_findings_and_none(shave: Shave, fat: Path) -> None:
    done = shave("lint")
    assert (done.code, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == "Dockerfile: 1 finding, ~19.0 MB estimated (packed)"
    assert lines[2].startswith("Dockerfile:2:5: warning SHV101: ")
    assert lines[4:6] == [
        "2 | RUN apt-get update && apt-get install -y --no-install-recommends libpq5",
        "  |     ^^^^^^^^^^^^^^",
    ]
    assert lines[-1] == "next: shave lint --fix"
    fat.write_text(LEAN)
    done = shave("lint")
    assert (done.code, done.out.splitlines()) == (0, ["Dockerfile: nothing found", "", "next: shave inspect IMAGE"])


def test_many_files(shave: Shave, fat: Path) -> None:
    Path("a b").mkdir()
    Path("a b/x.Dockerfile").write_text(BROKEN)
    Path("a b/Containerfile").write_text(LEAN)
    done = shave("lint", ".")
    assert done.code == 1
    assert done.out.splitlines()[0] == "3 Dockerfiles: 2 findings in 2, ~19.0 MB estimated (packed)"
    assert "a b/x.Dockerfile:2:1: error SHV001: unknown instruction: COPPY" in done.out
    found = json.loads(shave("lint", "a b", "Dockerfile", "--format", "json").out)
    assert found["schema"] == "shave.lint/v1"
    assert [each["path"] for each in found["files"]] == ["a b/x.Dockerfile", "Dockerfile", "a b/Containerfile"]


def test_the_rest_is_linted(shave: Shave, fat: Path) -> None:
    Path("lean").write_text(LEAN)
    done = shave("lint", "missing", "lean")
    assert (done.code, done.out.splitlines()[0]) == (3, "1 Dockerfile: nothing found; 1 not read")
    assert "missing: it cannot be read: No such file or directory" in done.out
    assert done.err.splitlines()[0] == "shave: missing could not be read"
    assert "the others were" in done.err


def test_a_name_that_is_mistyped(shave: Shave, fat: Path) -> None:
    for options in ((), ("--diff",), ("--fix",), ("--statistics",)):
        done = shave("lint", "missing", *options)
        assert (done.code, done.out) == (3, "")
        first, hint = done.err.splitlines()
        assert first == "shave: missing: it cannot be read: No such file or directory"
        assert hint == "hint: give a Dockerfile, a directory of them, or - for standard input"
    assert json.loads(shave("lint", "missing", "--format", "json").out)["files"][0]["unread"]
    assert shave("lint", "missing", "Dockerfile").code == 1


def test_standard_input(fat: Path) -> None:
    words = [sys.executable, "-m", "shave", "lint", "-", "--stdin-filename", "app/Dockerfile"]
    done = subprocess.run(words, input=fat.read_text(), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split(":")[0]) == (1, "app/Dockerfile")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--select", "SHV110,SHV9"), "'SHV9' is no rule"),
        (("--ignore", "SHVL101"), "did you mean 'SHV101'?"),
        (("--rule", "x"), "--rule all"),
        (("--fail-over", "10MB"), "nothing is measured"),
        (("-", "Dockerfile", "--fix"), "mended alone"),
        (("-", "--prove"), "read once"),
        (("",), "a Dockerfile has an empty name"),
        (("--fail-over", "much", "--context", "."), "no number of bytes"),
        (("--image", "oci:none"), "no OCI layout at none"),
    ],
)
def test_what_cannot_be_meant(shave: Shave, fat: Path, arguments: tuple[str, ...], said: str) -> None:
    done = shave("lint", *arguments)
    assert done.code in (2, 3)
    assert said in done.err and "hint: " in done.err


def test_settings(shave: Shave, fat: Path) -> None:
    Path("shave.toml").write_text('[lint]\nselect = ["SHV2"]\n')
    assert [shave("lint", *more).code for more in ((), ("--select", "SHV1"))] == [0, 1]
    Path("shave.toml").write_text("[lint]\nselekt = []\n")
    assert "did you mean 'select'" in shave("lint").err
    Path("shave.toml").write_text("[lint]\nselect = 1\n")
    assert "see docs/lint.md for the keys" in shave("lint").err


def test_notes(shave: Shave) -> None:
    Path("Dockerfile").write_text(FAT.replace("RUN", "# shave ignore=SHV101,SHV102\nRUN"))
    assert [shave("lint", *more).err for more in ((), ("-v",))] == [
        "",
        "Dockerfile: line 2: ignore=SHV102: nothing to ignore\n",
    ]


def test_comments_that_are_not_read_are_told(shave: Shave) -> None:
    Path("Dockerfile").write_text(FAT.replace("RUN", "# shave: ignore=SHV101\nRUN"))
    for more in ((), ("--fix",)):
        assert shave("lint", *more).err.count("Dockerfile:2: this comment is not read") == 1


def test_fixes(shave: Shave, fat: Path) -> None:
    done = shave("lint", "--diff")
    assert (done.code, fat.read_text()) == (1, FAT)
    assert done.out.splitlines()[:2] == ["--- a/Dockerfile", "+++ b/Dockerfile"]
    patched = subprocess.run(["patch", "-p1", "--dry-run"], input=done.out, capture_output=True, text=True, check=True)
    assert "Dockerfile" in patched.stdout
    done = shave("lint", "--fix")
    assert (done.code, done.out.splitlines()[0]) == (
        0,
        "Dockerfile: 1 fixed, ~19.0 MB estimated (packed); nothing left",
    )
    assert done.out.splitlines()[2].startswith("fixed Dockerfile:2:5: SHV101: delete the lists")
    assert fat.read_text() == FAT.rstrip() + " && rm -rf /var/lib/apt/lists/*\n"
    assert shave("lint", "--fix").out.splitlines()[0] == "Dockerfile: nothing found"


def test_unsafe_fixes_are_asked_for(shave: Shave) -> None:
    text = FAT.replace(" --no-install-recommends", "")
    Path("Dockerfile").write_text(text)
    done = shave("lint", "--fix", "--select", "SHV102")
    assert (done.code, Path("Dockerfile").read_text()) == (1, text)
    assert "next: shave lint --fix-unsafe --diff" in done.out
    assert json.loads(shave("lint", "--fix-unsafe", "--format", "json").out)["files"][0]["fixed"][1]["rule"] == "SHV102"
    assert "--no-install-recommends" in Path("Dockerfile").read_text()


def test_standard_input_is_mended_to_standard_output(fat: Path) -> None:
    words = [sys.executable, "-m", "shave", "lint", "-", "--fix"]
    done = subprocess.run(words, input=FAT.encode(), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (0, FAT.rstrip().encode() + b" && rm -rf /var/lib/apt/lists/*\n")
    assert done.stderr.startswith(b"-: 1 fixed")
    done = subprocess.run(words, input=b"x" * (2 << 20), capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"-: it is larger than 1 MiB" in done.stderr


@pytest.mark.root
def test_what_cannot_be_written_is_told_and_the_others_are(shave: Shave, fat: Path) -> None:
    Path("other").write_text(FAT)
    subprocess.run(["chattr", "+i", "Dockerfile"], check=True)
    try:
        done = shave("lint", "--fix", "Dockerfile", "other")
    finally:
        subprocess.run(["chattr", "-i", "Dockerfile"], check=True)
    headline = done.out.splitlines()[0]
    assert (done.code, headline[:21], headline[-13:]) == (3, "1 Dockerfile: 1 fixed", "1 not written")
    assert "Dockerfile: Dockerfile cannot be written: Operation not permitted" in done.out
    assert done.err.splitlines()[0] == "shave: Dockerfile could not be written"
    assert fat.read_text() == FAT != Path("other").read_text()


def test_pages(shave: Shave) -> None:
    assert shave("lint", "--rule", "shv101").out.startswith("SHV101: apt's package lists stay in the layer.\n\nWhat: ")
    assert shave("lint", "--rule", "SHV101", "--format", "markdown").out.startswith("# SHV101: apt's package lists")
    assert "SHV101  apt's package lists stay in the layer\n" in shave("lint", "--rule", "all").out


def test_other_forms(shave: Shave, fat: Path) -> None:
    document = shave("lint", "--format", "sarif").out
    Sarif.model_validate_json(document)
    [run] = json.loads(document)["runs"]
    [result] = run["results"]
    region = {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 19}
    assert result["locations"][0]["physicalLocation"]["region"] == region
    [replacement] = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["insertedContent"]["text"] == " && rm -rf /var/lib/apt/lists/*"
    assert run["tool"]["driver"]["rules"][0]["help"]["markdown"].startswith("# SHV101")
    github = shave("lint", "--format", "github").out.splitlines()
    assert github[0].startswith("::warning file=Dockerfile,line=2,col=5,endColumn=19,title=SHV101%3A apt's package")
    assert github[-1] == "shave lint: Dockerfile: 1 finding, ~19.0 MB estimated (packed)"
    assert "| ~19.0 MB | `Dockerfile:2` | SHV101 (warning) |" in shave("lint", "--format", "markdown").out


def test_a_context(shave: Shave) -> None:
    Path("Dockerfile").write_text("FROM base\nCOPY . /app\n")
    Path(".git").mkdir()
    Path(".git/pack").write_bytes(b"x" * 3_000_000)
    assert shave("lint").code == 0
    done = shave("lint", "--context", ".")
    assert done.code == 1
    assert "this .dockerignore would leave out 1 file, 3.0 MB unpacked\n  **/.git\n" in done.out


BAD = {
    "binary": (b"\0\xff" * 50_000, "a NUL byte"),
    "UTF-16": ("FROM debian:12\n".encode("utf-16"), "a NUL byte"),
    "no text": (b"\x7fELF" + bytes(range(1, 256)) * 4000, "unknown instruction"),
    "a long line": (b"FROM x\nRUN echo " + b"a" * 100_000, "a line of more than 65535 bytes"),
    "a large file": (b"FROM x\nRUN echo " + b"a" * 10_000_000, "it is larger than 1 MiB"),
    "an open here-document": (b"FROM x\nRUN <<EOF\napt-get update\n", "does not end"),
    "an open quote": (b'FROM x\nRUN apt-get update "\n', ""),
    "no UTF-8": (b"FROM debian\nRUN apt-get update && echo \xff\xfe\n", "SHV103"),
    "nothing": (b"", ""),
    "a mark": (b"\xef\xbb\xbf", ""),
    "comments": (b"# one\n\n# two\n", ""),
    "an instruction": (b"FROM x\nCOPPY a b\n", "unknown instruction"),
    "directives": (b"# check=skip=\n# escape=x\n", "SHV001"),
    "no FROM": (b"RUN apt-get update\n", "SHV001"),
    "no stage": (b"FROM x\nCOPY --from=9 a b\nCOPY --from= a b\nFROM\n", "SHV001"),
}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github"])
def test_bad_input(shave: Shave, form: str) -> None:
    for name, (data, _) in BAD.items():
        Path(name).write_bytes(data)
    done = shave("lint", "missing", *BAD, "--format", form)
    assert (done.code, done.err) == (1, "")
    assert all(said in done.out for _, said in BAD.values())
    if form == "sarif":
        Sarif.model_validate_json(done.out)
    assert len(done.out) < 2_000_000


@pytest.fixture
def provable(shave: Shave) -> Path:
    """A Dockerfile whose build and start are asked for by an argument, with its context."""
    shutil.copy("/bin/busybox", "busybox")
    Path("data").mkdir()
    Path("data/large").write_bytes(bytes(range(256)) * 4000)
    path = Path("Dockerfile")
    # removing an image takes away the steps that another build of them may be about to use
    top = f"FROM scratch\nENV MADE_FOR={token_hex(6)}\nCOPY busybox /bin/sh\nCOPY busybox /bin/chown\nCOPY data /srv/\n"
    path.write_text(f'{top}RUN chown -R 1:1 /srv\nARG WORDS\nENV WORDS=$WORDS\nCMD ["/bin/sh", "-c", "echo $WORDS"]\n')
    return path


PROVE = ("--prove", "--fix-unsafe", "--select", "SHV202", "--builder", "docker-classic", "--build-arg", "WORDS=ready")


@pytest.mark.engine
def test_what_is_proven_is_written(shave: Shave, provable: Path) -> None:
    before = provable.read_text()
    done = shave("lint", *PROVE, "--diff")
    assert done.code == 1
    assert "+COPY --chown=1:1 data /srv/" in done.out
    assert "Dockerfile: proven: " in done.err
    assert provable.read_text() == before
    done = shave("lint", *PROVE)
    assert (done.code, "Dockerfile: proven: " in done.out) == (0, True)
    assert "COPY --chown=1:1 data /srv/" in provable.read_text()
    found = json.loads(shave("lint", *PROVE, "--format", "json").out)["files"][0]
    assert found["proved"]["reason"] == "there is nothing to fix"


def test_what_proofs_do_not_go_with(shave: Shave, fat: Path) -> None:
    assert shave("lint", "--prove", "--image", "oci:x").code == 2
    done = shave("lint", "--prove", "--build-arg", "SHAVE_NO_SUCH")
    assert (done.code, done.err.splitlines()[0]) == (2, "shave: --build-arg: 'SHAVE_NO_SUCH' has no value")
    assert shave("lint", "--prove", "--builder", "none").code == 2
