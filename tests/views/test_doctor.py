"""The answer of ``shave doctor``, in every outcome."""

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from shave.diagnosis import Diagnosis
from shave.verbs.doctor import Doctored
from shave.verbs.examined import Examined
from shave.views.doctor import markdown, text

LIBRARY = Diagnosis(
    "library-missing",
    "/usr/bin/app needs libssl.so.3, which the loader would not find",
    ("NEEDED libssl.so.3 of /usr/lib/libcurl.so.4 (loaded with /usr/bin/app)", "/opt/lib/libssl.so.3 is for arm64"),
    "install libssl3",
)
NOTE = Diagnosis("tmp-missing", "/tmp is not there, where /usr/bin/app may want to write", stops=False)
HOSTILE = Diagnosis("command-missing", "a\nb\x1b[2J`, which the image starts, is not there", ("c\n- d",), "`rm`\n")
SEEN = Diagnosis("library-missing", "libssl.so.3 cannot be found by the loader", ("error: libssl.so.3",), "install it")
FAILS = Examined(SEEN, "start", "it exits with 127", 127, shown="line 1\n" * 20 + "app: \x1b[1m libssl.so.3\n")
WELL = Doctored("oci:app:1", "sha256:" + "0" * 64, "linux/amd64", ("app",), (), "", None, "shave inspect oci:app:1")
CASES = {
    "well": WELL,
    "notes": replace(WELL, diagnoses=(NOTE,)),
    "stopped": replace(WELL, diagnoses=(LIBRARY, NOTE, replace(NOTE, cause="home-missing"))),
    "base": replace(WELL, words=(), diagnoses=(Diagnosis("no-command", "it has neither", stops=False),)),
    "works": replace(WELL, runner="crun", seen=Examined(None, seconds=0.31), diagnoses=(NOTE,)),
    "works against all": replace(WELL, runner="crun", seen=Examined(None), diagnoses=(LIBRARY,)),
    "fails as foreseen": replace(WELL, runner="crun", seen=FAILS, diagnoses=(LIBRARY, NOTE)),
    "fails as noted": replace(WELL, runner="crun", seen=FAILS, diagnoses=(NOTE, replace(LIBRARY, stops=False))),
    "fails otherwise": replace(WELL, runner="crun", seen=FAILS, diagnoses=(NOTE,)),
    "hostile": replace(WELL, diagnoses=(HOSTILE,)),
}


@pytest.mark.parametrize("case", CASES)
def test_text(case: str, snapshot: SnapshotAssertion) -> None:
    assert text(CASES[case]) == snapshot


@pytest.mark.parametrize("case", ["stopped", "hostile", "well", "fails otherwise"])
def test_markdown(case: str, snapshot: SnapshotAssertion) -> None:
    assert markdown(CASES[case]) == snapshot
