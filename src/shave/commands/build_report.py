"""What ``--report DIR`` of ``shave build`` holds: report.md, and image.cdx.json where there is an image."""

import os
from pathlib import Path

from shave.commands.report import made_at, replace_file
from shave.verbs.build import Built
from shave.verbs.built import BuildSummary
from shave.views.build import markdown


def write_report(directory: Path, summary: BuildSummary, built: Built) -> None:
    """Write the report's files, each beside and renamed."""
    from shave.views import sbom  # its library takes as long to import as all of shave

    replace_file(directory / "report.md", markdown(summary).encode("utf-8", "surrogateescape"))
    if built.image:
        time = made_at(os.environ.get("SOURCE_DATE_EPOCH", ""), built.image.config.created)
        digest, named = built.image.config_digest, summary.output or summary.reference
        made = sbom.built(built.catalog.packages, built.release, digest, named, time)
        replace_file(directory / "image.cdx.json", made)
