"""What ``--report DIR`` holds: plan.json, evidence.json, removed.txt, report.md."""

from pathlib import Path

from shave.documents import document
from shave.verbs.slim import Slimmed
from shave.verbs.summary import Summary
from shave.views import markdown


def write_report(directory: Path, summary: Summary, slimmed: Slimmed) -> None:
    """Write the report's files, each beside and renamed; the directory is made if it is missing."""
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / "report.md", markdown.slim(summary).encode("utf-8", "surrogateescape"))
    _replace(directory / "plan.json", document("plan", slimmed.plan))
    _replace(directory / "evidence.json", document("evidence", slimmed.evidence))
    removed = "".join(f"/{gone.path}\t{gone.bytes}\t{gone.rule}\n" for gone in slimmed.plan.dropped)
    _replace(directory / "removed.txt", removed.encode("utf-8", "surrogateescape"))


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(data)
    beside.replace(path)
