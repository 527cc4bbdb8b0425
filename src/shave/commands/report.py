"""What ``--report DIR`` holds: plan.json, evidence.json, removed.txt, report.md, report.html."""

from pathlib import Path

from shave.documents import document
from shave.errors import CannotError
from shave.sources.replacing import opened, replacing, writing
from shave.verbs.slim import Slimmed
from shave.verbs.summary import Summary
from shave.views import markdown, report


def make_directory(directory: Path) -> None:
    """Make the directory of the report if it is missing. Raises CannotError: best known before an hour's work."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotError(f"--report: {directory} cannot be made: {error.strerror}", "name another directory") from None


def write_report(directory: Path, summary: Summary, slimmed: Slimmed) -> None:
    """Write the report's files, each beside and renamed."""
    _replace(directory / "report.md", markdown.slim(summary).encode("utf-8", "surrogateescape"))
    _replace(directory / "report.html", report.html(summary, slimmed.plan))
    _replace(directory / "plan.json", document("plan", slimmed.plan))
    _replace(directory / "evidence.json", document("evidence", slimmed.evidence))
    removed = "".join(f"/{gone.path}\t{gone.bytes}\t{gone.rule}\n" for gone in slimmed.plan.dropped)
    _replace(directory / "removed.txt", removed.encode("utf-8", "surrogateescape"))


def _replace(path: Path, data: bytes) -> None:
    with writing(f"--report: {path}"), opened(path.parent) as directory, replacing(directory, path.name) as file:
        file.write(data)
