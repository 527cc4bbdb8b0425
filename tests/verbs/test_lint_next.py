"""What is done next after ``shave lint``."""

from shave.verbs.lint_context import Proposed
from shave.verbs.lint_next import next_step
from shave.verbs.linted import Edited, LintedFile, Seen
from shave.verbs.proved import Proved, Refuted

SAFE = Edited("mend it", True, ())
UNSAFE = Edited("mend it", False, ())
GIVEN = ("--select", "SHV1", "a b/Dockerfile")


def found(rule: str, fix: Edited | None = None, severity: str = "warning") -> Seen:
    return Seen(rule, rule, severity, "there", 1, 1, 1, 2, "x", fix=fix)  # type: ignore[arg-type]


def file(*findings: Seen, proved: Proved | None = None) -> tuple[LintedFile]:
    return (LintedFile("a b/Dockerfile", findings, proved=proved),)


def test_the_options_that_chose_what_was_linted_stay() -> None:
    assert next_step(file(found("SHV101", SAFE)), GIVEN) == "shave lint --fix --select SHV1 'a b/Dockerfile'"
    assert next_step(file(found("SHV102", UNSAFE)), ()) == "shave lint --fix-unsafe --diff"


def test_nothing_that_was_refuted_is_to_be_applied() -> None:
    refuted = Proved("refuted", "it does not build", "podman", ("SHV101", "SHV102"))
    both = found("SHV101", SAFE), found("SHV102", UNSAFE)
    assert next_step(file(*both, proved=refuted), GIVEN[2:]) == "shave lint --fix-unsafe --diff 'a b/Dockerfile'"
    assert next_step(file(both[0], proved=refuted), GIVEN[2:]) == "shave lint --diff 'a b/Dockerfile'"
    part = Proved("proven", "", "podman", ("SHV101",), refuted=(Refuted("SHV102", "it does not build"),))
    assert next_step(file(*both, proved=part), ()) == "shave lint --fix --ignore SHV102"


def test_a_proof_that_holds_or_has_nothing_to_prove_changes_nothing() -> None:
    for proved in (Proved("proven", "", "podman", ("SHV101",)), Proved("unknown", "there is nothing to fix", "podman")):
        assert next_step(file(found("SHV101", SAFE), proved=proved), ()) == "shave lint --fix"


def test_without_fixes() -> None:
    assert next_step(file(found("SHV001", severity="error")), ()) == "shave lint --rule SHV001"
    assert next_step(file(found("SHV104")), ()) == "shave lint --image IMAGE 'a b/Dockerfile'"
    assert next_step(file(found("SHV104")), GIVEN) == "shave lint --image IMAGE --select SHV1 'a b/Dockerfile'"
    assert next_step((*file(found("SHV104")), LintedFile("x")), GIVEN) == "shave lint --image IMAGE 'a b/Dockerfile'"
    left_out = LintedFile("x", ignore_file=Proposed("**/.git\n", 1, 9))
    assert next_step((left_out,), ("--context", ".")) == "shave lint --fix-unsafe --diff --context ."
    assert next_step(file(found("SHV104")), GIVEN, "oci:x") == "shave inspect oci:x"
    assert next_step((LintedFile("x", unread="no such file"),), ()) == "shave lint --help"
    assert next_step(file(), ()) == "shave inspect IMAGE"
