"""The report of a lab: for the terminal, to be pasted into a document, and as a page with plots."""

from shave.views.lab.html import html
from shave.views.lab.markdown import markdown
from shave.views.lab.text import text

__all__ = ["html", "markdown", "text"]
