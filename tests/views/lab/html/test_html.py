import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from syrupy.assertion import SnapshotAssertion

from laboratory import HOSTILE, hello
from shave.views.lab import html

Opened = Callable[..., Page]


def test_the_page(snapshot: SnapshotAssertion) -> None:
    assert html(hello()).decode().partition("<body>")[2].partition("<script>")[0] == snapshot


def test_it_needs_nothing_but_itself() -> None:
    assert not re.search(r"(?:src|href|url)\s*[=(](?!\"#)", html(hello()).decode())


def test_names_and_messages_are_text() -> None:
    made = html(HOSTILE).decode().partition("<body>")[2]
    assert "\x1b" not in made and "<b>" not in made


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_table_sorts(scheme: str, opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "lab.html"
    path.write_bytes(html(hello()))
    page = opened(path, scheme, ready=".plot")
    table = page.get_by_role("table", name="c", exact=True)

    def order() -> list[str]:
        return table.locator("tbody tr td:first-child").all_inner_texts()

    before = order()
    table.get_by_role("button", name="packed", exact=True).click()
    assert (order()[0], order()[-1]) == ("c.gcc", "c.gcc-wrong")
    table.get_by_role("button", name="packed", exact=True).click()
    assert (order()[0], order()[-1]) == ("c.gcc.scratch", "c.gcc-wrong")
    table.get_by_role("button", name="variant", exact=True).click()
    assert order() == sorted(before)
    assert table.locator("th[aria-sort]").all_inner_texts() == ["variant"]


@pytest.mark.browser
def test_it_fits_a_narrow_window(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "lab.html"
    path.write_bytes(html(hello()))
    page = opened(path, width=420, ready=".plot")
    assert page.evaluate("document.documentElement.scrollWidth") <= 420


@pytest.mark.browser
def test_what_others_named_does_nothing(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "lab.html"
    path.write_bytes(html(HOSTILE))
    assert opened(path, ready="table").locator("b").count() == 0
