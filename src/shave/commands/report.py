"""What ``--report DIR`` holds: plan.json, evidence.json, removed.txt, report.md, report.html, and two SBOMs."""

import os
from datetime import UTC, datetime
from pathlib import Path

from shave.documents import document
from shave.errors import CannotError
from shave.plan import Plan
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
    replace_file(directory / "report.md", markdown.slim(summary).encode("utf-8", "surrogateescape"))
    replace_file(directory / "report.html", report.html(summary, slimmed.plan))
    replace_file(directory / "plan.json", document("plan", slimmed.plan))
    replace_file(directory / "evidence.json", document("evidence", slimmed.evidence))
    replace_file(directory / "removed.txt", _removed(slimmed.plan).encode("utf-8", "surrogateescape"))
    _write_sboms(directory, summary, slimmed)


def _removed(plan: Plan) -> str:
    """A line for each path that goes: path, bytes, rule. Line ends and tabs in names are spelled out."""
    return "".join(f"/{_cell(gone.path)}\t{gone.bytes}\t{_cell(gone.rule)}\n" for gone in plan.dropped)


def _cell(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace("\t", r"\t")


def _write_sboms(directory: Path, summary: Summary, slimmed: Slimmed) -> None:
    """The packages of the original, and those of the result where there is one."""
    from shave.views import sbom  # its library takes as long to import as all of shave

    time = made_at(os.environ.get("SOURCE_DATE_EPOCH", ""), slimmed.created)
    replace_file(directory / "before.cdx.json", sbom.before(slimmed, summary.input, time))
    if slimmed.image is not None:
        after = sbom.after(slimmed, slimmed.image.config_digest, summary.output or summary.input, time)
        replace_file(directory / "after.cdx.json", after)


def made_at(epoch: str, created: str) -> datetime:
    """The time that what is made of an image bears: what the user says, else the image's own, else the epoch.

    Source: reproducible-builds.org, "SOURCE_DATE_EPOCH"; RFC 3339.
    """
    try:
        said = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.fromisoformat(created)
    except (ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def replace_file(path: Path, data: bytes) -> None:
    """Write a file of the report, whole or not at all."""
    with writing(f"--report: {path}"), opened(path.parent) as directory, replacing(directory, path.name) as file:
        file.write(data)
