"""Pages in a browser without a head. Nothing is mocked: the page is a file, read by Chromium."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; without its own sandbox, which root and containers cannot have."""
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield made
        made.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """A function that opens a file; at the end the pages have asked for nothing else and complained of nothing."""
    pages: list[Page] = []
    wrong: list[str] = []

    def open_page(
        path: Path, scheme: Literal["light", "dark"] = "light", width: int = 1280, ready: str = ".cell"
    ) -> Page:
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
        pages.append(page)
        page.on("console", lambda message: wrong.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on("request", lambda request: request.url != path.as_uri() and wrong.append(f"request: {request.url}"))
        page.goto(path.as_uri())
        page.wait_for_selector(ready)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert not wrong
