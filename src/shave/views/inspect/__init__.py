"""The answers of ``shave inspect``: for the terminal, as Markdown, as one offline page; and its list of files."""

from shave.views.inspect.file_list import file_list
from shave.views.inspect.html import html
from shave.views.inspect.markdown import markdown
from shave.views.inspect.text import text

__all__ = ["file_list", "html", "markdown", "text"]
