import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from inspections import HOSTILE
from shave.plan import Dropped, Kept, Listing, Plan, UnitFate
from shave.reason import Reason
from shave.verbs.keeping import keep_path
from shave.views.report import html
from shave.views.visible import visible
from summaries import LISTINGS, PRICES, UNITS, summary

pytestmark = pytest.mark.browser
Opened = Callable[..., Page]
SUMMARY = summary(grain="unit", prices=PRICES, units=UNITS, listings=LISTINGS)
USED = Reason("trace", "opened by start")


def plan(files: int) -> Plan:
    """Half of the files stay: one is used, the others are of its unit."""
    first = "usr/lib/part-0/module-0/file-0.py"
    rest = Reason("unit", "is of dpkg:coreutils", first)
    every = [f"usr/lib/part-{n % 7}/module-{n % 300}/file-{n}.py" for n in range(files)]
    return Plan(
        "sha256:0",
        "unit",
        "unit",
        False,
        tuple(
            Kept(path, 1000 + n, "Python", (USED if n == 0 else rest,), "dpkg:coreutils")
            for n, path in enumerate(every)
            if n % 2 == 0
        ),
        tuple(Dropped(path, 1000 + n, "man pages", "dpkg:gcc") for n, path in enumerate(every) if n % 2),
    )


def hostile_plan() -> Plan:
    kept = Kept(f"opt/{HOSTILE.replace('/', '')}", 5, "other", (Reason("need", HOSTILE, "opt/b"),), HOSTILE)
    cycle = Kept("opt/b", 1, "other", (Reason("need", "names it", kept.path),), "__proto__")
    return Plan("sha256:0", "unit", "unit", False, (kept, cycle), (Dropped("opt/it's [a]{b}*?", 7, HOSTILE, HOSTILE),))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "large.html"
    path.write_bytes(html(SUMMARY, plan(100_000)))
    return path


@pytest.fixture
def opened_large(large: Path, opened: Opened) -> Page:
    return opened(large, ready=".tree summary")


@pytest.fixture
def hostile(opened: Opened, tmp_path: Path) -> Page:
    units = (UnitFate(HOSTILE, HOSTILE, "split", 1, 2, 3, 4, 5, 6),)
    path = tmp_path / "hostile.html"
    said = summary(input=HOSTILE, output=HOSTILE, next=HOSTILE, units=units, listings=(Listing(HOSTILE, 1, 2),))
    path.write_bytes(html(said, hostile_plan()))
    return opened(path, ready=".tree summary")


def rows(page: Page, table: str) -> Locator:
    return page.get_by_role("table", name=table, exact=True).locator("tbody tr")


def column(page: Page, table: str, number: int) -> list[str]:
    return rows(page, table).locator(f"td:nth-child({number})").all_inner_texts()


def test_a_hundred_thousand_paths_fit(large: Path) -> None:
    assert large.stat().st_size < 6_000_000


def test_the_answer_is_on_top(opened_large: Page) -> None:
    expect(opened_large.locator("h1")).to_have_text("oci:dir:app")
    expect(opened_large.locator("header")).to_contain_text("slimmed, verdict same, written to oci:dir:app-slim")
    expect(opened_large.locator(".figures")).to_contain_text("666.6 MB → 32.0 MB")
    expect(opened_large.locator(".found")).to_contain_text("50,000 paths of")
    assert column(opened_large, "Grains", 1) == ["file", "unit (chosen)", "waste"]
    assert column(opened_large, "Verdict", 1) == ["start", "home"]


def test_a_row_opens_to_what_it_holds_and_a_file_to_what_keeps_it(opened_large: Page) -> None:
    tree = opened_large.locator(".tree")
    expect(tree.locator("summary")).to_have_count(1)
    expect(tree.locator("summary .name")).to_have_text("usr/lib/")
    expect(tree.locator("summary .why")).to_have_text("50,000 kept, 50,000 dropped")
    tree.locator("summary").first.click()
    expect(tree.locator("summary")).to_have_count(8)
    opened_large.get_by_label("Search paths").fill("file-14.py")
    kept = tree.locator("details.kept summary")
    expect(kept).to_have_count(1)
    kept.press("Enter")
    expect(tree.locator(".step").first).to_have_text(
        "/usr/lib/part-0/module-14/file-14.py is of dpkg:coreutils, which is used because of"
    )
    expect(tree.locator(".step").nth(1)).to_have_text(
        "/usr/lib/part-0/module-0/file-0.py, which was used: opened by start"
    )


def test_what_is_dropped_says_what_would_keep_it(opened_large: Page) -> None:
    opened_large.get_by_label("Search paths").fill("file-77777.py")
    opened_large.locator(".tree details.dropped summary").click()
    expect(opened_large.locator(".tree .dropped .held")).to_contain_text("goes: man pages")
    expect(opened_large.locator(".tree .dropped .held")).to_contain_text(
        "--keep /usr/lib/part-0/module-77/file-77777.py or --keep-unit dpkg:gcc"
    )


def test_search_finds_by_path_unit_fate_and_reason(opened_large: Page) -> None:
    box, found = opened_large.get_by_label("Search paths"), opened_large.locator(".found")
    for query, count in [
        ("file-77777.py", "0 paths of 0 kept, 1 of"),
        ("/usr/*/file-77777.*", "0 paths of 0 kept, 1 of"),
        ("unit:dpkg:gcc module-41/", "0 paths of 0 kept, 334 of"),
        ("why:man module-41/", "0 paths of 0 kept, 334 of"),
        ("why:with-its-unit module-42/", "334 paths of"),
        ("fate:kept", "50,000 paths of"),
        ("unit:", "0 paths of 0 kept, 0 of 0 dropped"),
    ]:
        box.fill(query)
        expect(found, query).to_contain_text(count)
    box.fill("")
    opened_large.get_by_label("Which paths").select_option("dropped")
    expect(found).to_contain_text("0 paths of 0 kept, 50,000 of")


def test_many_children_come_so_many_at_a_time(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "crowd.html"
    crowd = tuple(Dropped(f"spool/{n}", n, "not used") for n in range(3000))
    path.write_bytes(html(SUMMARY, Plan("sha256:0", "unit", "unit", False, (), crowd)))
    page = opened(path, ready=".tree summary")
    page.locator(".tree summary").first.click()
    expect(page.locator(".tree details.dropped")).to_have_count(100)
    page.get_by_role("button", name="Show more of 3,000").click()
    expect(page.locator(".tree details.dropped")).to_have_count(1100)


def test_units_are_sorted_and_lead_to_their_paths(opened_large: Page) -> None:
    assert column(opened_large, "Units", 1) == ["dpkg:gcc", "dpkg:coreutils 9.1", "python:a b 1", "dpkg:libc6 2.36"]
    assert column(opened_large, "Units", 7)[-2:] == ["--keep-unit 'python:a b'", ""]
    opened_large.get_by_role("table", name="Units").get_by_role("button", name="kept", exact=True).click()
    assert column(opened_large, "Units", 1)[0] == "dpkg:libc6 2.36"
    opened_large.get_by_label("Search units").fill("split")
    assert column(opened_large, "Units", 2) == ["split", "split"]
    rows(opened_large, "Units").get_by_role("button", name="dpkg:coreutils").click()
    expect(opened_large.locator(".found")).to_contain_text("50,000 paths of")
    assert column(opened_large, "Listed directories", 4) == ["--keep '/opt/venv/bin/**'", "--keep '/etc/a[[]b]/**'"]


def test_reasons_add_up_and_lead_to_their_paths(opened_large: Page) -> None:
    assert column(opened_large, "Reasons", 3) == ["50,000", "49,999", "1"]
    rows(opened_large, "Reasons").get_by_role("button", name="opened by start").click()
    expect(opened_large.locator(".found")).to_contain_text(re.compile("^1 path of"))


@pytest.mark.parametrize("width", [390, 1280])
def test_no_window_has_a_sideways_scroll(large: Path, opened: Opened, width: int) -> None:
    page = opened(large, width=width, ready=".tree summary")
    page.locator(".tree summary").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_names_are_text(hostile: Page) -> None:
    hostile.locator(".tree summary").first.click()
    for details in hostile.locator(".tree details .held details summary").all():
        details.click()
    assert hostile.locator("img").count() == 0 and hostile.locator("script").count() == 2
    every_attribute = "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes].map(each => each.value))"
    seen = "".join([hostile.locator("body").inner_text(), hostile.title(), *hostile.evaluate(every_attribute)])
    assert not set(seen) & set("\u202e\x1b\udcff\ufffd")
    assert visible(HOSTILE.replace("\n", r"\n")) in seen


def test_options_are_quoted_as_the_terminal_quotes_them(hostile: Page) -> None:
    for name in ("opt/a", "opt/it's [a]{b}*?", "opt/ü", "a b", "a$b", "x@y%+=:,.-_"):
        assert hostile.evaluate("(name) => keepOption(name)", f"/{name}") == keep_path(name)


def test_a_page_of_nothing_stands(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_bytes(html(summary(verdict=None, result=None), Plan("sha256:0", "unit", "unit", False, (), ())))
    page = opened(path, ready="#verdict")
    expect(page.locator(".found")).to_have_text("0 paths of 0 kept, 0 of 0 dropped")
    expect(page.locator("#verdict")).to_contain_text("Nothing was run.")
