import re
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from inspections import CLEAN, HOSTILE, HOSTILE_INSPECTED, INSPECTED, MANY, files, hostile_files
from shave.catalog.explained import explain
from shave.events import silent
from shave.testing import Whiteout, image
from shave.verbs.inspect import files as each_file
from shave.verbs.inspect import inspect
from shave.verbs.inspected import FileRow
from shave.views.inspect import html
from shave.views.visible import visible

pytestmark = pytest.mark.browser
FILES = 100_000
Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "large.html"
    path.write_bytes(html(INSPECTED, files(FILES)))
    return path


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "small.html"
    path.write_bytes(html(INSPECTED, files(3000)))
    return path


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "hostile.html"
    path.write_bytes(html(HOSTILE_INSPECTED, hostile_files()))
    return path


def rows(page: Page, table: str) -> Locator:
    return page.get_by_role("table", name=table, exact=True).locator("tbody tr")


def column(page: Page, table: str, number: int) -> list[str]:
    return rows(page, table).locator(f"td:nth-child({number})").all_inner_texts()


def megabytes(text: str) -> float:
    number, _, unit = text.lstrip("~").partition(" ")
    return float(number) / (1000 if unit == "kB" else 1)


def test_a_hundred_thousand_files_fit(large: Path) -> None:
    assert large.stat().st_size < 15_000_000


def test_the_answer_is_on_top(small: Path, opened: Opened) -> None:
    page = opened(small)
    expect(page.locator("h1")).to_have_text("oci:app:1")
    expect(page.locator(".savings")).to_contain_text("save 13.5 MB packed (14.1 %)")
    assert column(page, "Findings", 1) == ["12.0 MB", "2.0 MB", "0"]
    expect(rows(page, "Findings").first).to_contain_text("layer 3: RUN rm -rf /opt/deleted")
    expect(rows(page, "Findings").first).to_contain_text("written by layer 2: RUN apt-get")


def test_search_finds_by_path_layer_unit_and_reason(large: Path, opened: Opened) -> None:
    page = opened(large)
    box, found = page.get_by_label("Search files"), page.locator(".found")
    expect(found).to_contain_text("100,001 files")
    for query, count in [
        ("file-77777.py", 1),
        ("FILE-77777.PY", 1),
        ("/usr/*/file-77777.*", 1),
        ("module-42/ layer:1", 334),
        ("unit:dpkg:gcc-12 module-42/", 333),
        ("unit: module-42/", 334),
        ("reason:lists module-42/", 200),
        ("kind:shared module-42/", 334),
        ("no such path", 0),
    ]:
        box.fill(query)
        expect(found, query).to_contain_text(re.compile(rf"^{count} file"))
    box.fill("file-77777.py")
    expect(rows(page, "Files")).to_have_count(1)
    assert column(page, "Files", 3) == ["/usr/lib/part-0/node_modules/module-77/file-77777.py"]
    assert column(page, "Files", 4)[0].startswith("3: RUN rm -rf") and column(page, "Files", 5) == ["dpkg:libc6:amd64"]


def test_tables_are_sorted_by_a_click_or_a_key(large: Path, opened: Opened) -> None:
    page = opened(large)
    assert column(page, "Files", 1) == sorted(column(page, "Files", 1), key=megabytes, reverse=True)
    findings = page.get_by_role("table", name="Findings")
    findings.get_by_role("button", name="packed", exact=True).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    assert column(page, "Findings", 1) == ["0", "2.0 MB", "12.0 MB"]
    expect(findings.get_by_role("columnheader", name="packed", exact=True)).to_have_attribute("aria-sort", "ascending")
    units = page.get_by_role("table", name="Units")
    units.get_by_role("button", name="unit", exact=True).click()
    assert column(page, "Units", 5) == ["dpkg:gcc-12", "dpkg:gone", "dpkg:libc6:amd64"]
    page.get_by_label("Search units").fill("gcc")
    assert column(page, "Units", 5) == ["dpkg:gcc-12"]


def test_the_map_is_gone_into_down_to_a_file(large: Path, opened: Opened) -> None:
    page = opened(large)
    crumbs, box = page.get_by_label("Where in the map"), page.get_by_label("Search files")
    for grouping in ("directory", "layer", "unit", "kind"):
        page.get_by_role("combobox", name="by", exact=True).select_option(grouping)
        expect(crumbs).to_have_text("image")
        box.fill("")
        for _ in range(12):
            page.locator(".cell").first.click(position={"x": 5, "y": 5})
            if box.input_value():
                break
        expect(page.locator(".found")).to_contain_text("1 file")
        crumbs.get_by_role("button", name="image").click()
        expect(crumbs).to_have_text("image")


def test_a_crowd_of_equal_files_is_gone_into(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "crowd.html"
    crowd = (FileRow(f"spool/{number}", "file", 0o644, 0, "", 3000, 1000) for number in range(30_000))
    path.write_bytes(html(INSPECTED, crowd))
    page = opened(path)
    for _ in range(5):
        page.locator(".cell.leaf").first.click()
    expect(page.get_by_label("Search files")).to_have_value(re.compile(r"^/spool/\d+$"))


def test_the_map_is_used_by_keys(small: Path, opened: Opened) -> None:
    page = opened(small)
    crumbs, cells = page.get_by_label("Where in the map"), page.locator(".cell")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    label = cells.nth(1).get_attribute("aria-label") or ""
    expect(page.locator(".detail")).to_contain_text(label.split(",")[0])
    page.keyboard.press("Enter")
    expect(crumbs.get_by_role("button")).not_to_have_count(0)
    expect(cells.first).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(crumbs).to_have_text("image")


def test_the_map_gives_bytes_their_share_of_the_area(small: Path, opened: Opened) -> None:
    page = opened(small)
    boxes = page.evaluate(
        """() => {
          const area = { x: 0, y: 0, width: 300, height: 200 };
          const top = GROUPINGS.unit();
          return place(top, "unpacked", area).map(({ child, box }) =>
            [box.width * box.height / 60000, child.unpacked / top.unpacked]);
        }"""
    )
    assert len(boxes) == 2
    assert all(abs(area - weight) < 1e-6 for area, weight in boxes)


def test_a_unit_a_directory_and_a_finding_lead_to_their_files(small: Path, opened: Opened) -> None:
    page = opened(small)
    page.get_by_role("button", name="dpkg:gcc-12").click()
    expect(page.locator(".found")).to_contain_text("1,000 files")
    rows(page, "Findings").first.get_by_text("1 place").click()
    expect(rows(page, "Findings").first.locator("li")).to_have_text("/opt/deleted 12.0 MB in layer 2")


def test_long_tables_grow_when_asked(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "many.html"
    path.write_bytes(html(MANY, files(500)))
    page = opened(path)
    expect(rows(page, "Units")).to_have_count(20)
    page.locator("#units").get_by_role("button", name="Show more of 300").click()
    expect(rows(page, "Units")).to_have_count(200)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_in_both_schemes(small: Path, opened: Opened, scheme: str) -> None:
    page = opened(small, scheme)
    contrasts = page.evaluate(
        """() => {
          const paint = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const luminance = (colour) => {
            paint.fillStyle = colour;
            paint.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
              .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const ratio = (text, ground) => {
            const [low, high] = [luminance(getComputedStyle(text).color),
              luminance(getComputedStyle(ground).backgroundColor)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
          };
          const words = ["h1", ".soft", "th", "td", "nav a", ".found"].map((one) => document.querySelector(one));
          return [...words.map((one) => ratio(one, document.body)),
            ...[...document.querySelectorAll(".cell")].slice(0, 200).map((one) => ratio(one, one))];
        }"""
    )
    assert min(contrasts) > 4.5  # WCAG 2.2, 1.4.3
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(21, 23, 26)"
    assert dark == (scheme == "dark")


def test_a_narrow_window_has_no_sideways_scroll(small: Path, opened: Opened) -> None:
    page = opened(small, width=480)
    assert page.evaluate("document.documentElement.scrollWidth") <= 480


def test_hostile_names_are_text(hostile: Path, opened: Opened) -> None:
    page = opened(hostile)
    for grouping in ("directory", "layer", "unit", "kind"):
        page.get_by_role("combobox", name="by", exact=True).select_option(grouping)
        page.locator(".cell").first.hover(position={"x": 5, "y": 5})
    rows(page, "Findings").first.get_by_text("1 place").click()
    assert page.locator("img").count() == 0 and page.locator("script").count() == 2
    every_attribute = "[...document.querySelectorAll('*')].flatMap(one => [...one.attributes].map(each => each.value))"
    seen = "".join([page.locator("body").inner_text(), page.title(), *page.evaluate(every_attribute)])
    assert not set(seen) & set("\u202e\x1b\udcff\ufffd")
    assert visible(HOSTILE.replace("\n", r"\n")) in seen


def test_hostile_names_are_found(hostile: Path, opened: Opened) -> None:
    page = opened(hostile)
    for query in (r"\udcff", "onerror=alert(1)", r"\u202e", "a*b/</script>*"):
        page.get_by_label("Search files").fill(query)
        assert rows(page, "Files").count() >= 1, query
    page.get_by_label("Search files").fill("__proto__/constructor unit:constructor")
    expect(page.locator(".found")).to_contain_text("1 file")


def test_nothing_can_be_loaded(small: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(small.as_uri())
    refused = page.evaluate(
        """async () => {
          const said = [];
          document.addEventListener("securitypolicyviolation", (event) => said.push(event.effectiveDirective));
          await fetch("http://127.0.0.1:9/").catch(() => {});
          const image = document.createElement("img");
          image.src = "http://127.0.0.1:9/";
          const script = document.createElement("script");
          script.textContent = "window.owned = 1";
          document.body.append(image, script);
          await new Promise((done) => setTimeout(done, 100));
          return [said.sort(), window.owned];
        }"""
    )
    assert refused == [["connect-src", "img-src", "script-src-elem"], None]
    page.close()


def test_an_image_is_shown_as_it_is(opened: Opened, tmp_path: Path) -> None:
    made = image(
        {"/app/big": Random(1).randbytes(400_000), "/app/kept": b"kept"},
        {"/app/big": Whiteout(), "/app/own.py": b"print()\n"},
        history=[{"created_by": "COPY . /app # buildkit"}, {"created_by": "/bin/sh -c rm /app/big"}],
    )
    explained = explain(made, silent)
    found = inspect(explained)
    path = tmp_path / "image.html"
    path.write_bytes(html(found, each_file(explained, found.findings)))
    page = opened(path)
    expect(rows(page, "Findings").first).to_contain_text("layer 2: RUN rm /app/big")
    expect(rows(page, "Findings").first).to_contain_text("written by layer 1: COPY . /app")
    assert column(page, "Layers", 1) == ["1", "2"]
    page.get_by_label("Search files").fill("/app/")
    assert sorted(column(page, "Files", 3)) == ["/app/kept", "/app/own.py"]


def test_a_page_of_nothing_stands(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "empty.html"
    path.write_bytes(html(CLEAN, iter(())))
    page = browser.new_page()
    wrong: list[object] = []
    page.on("pageerror", lambda error: wrong.append(error))
    page.goto(path.as_uri())
    expect(page.locator("#findings")).to_contain_text("None.")
    expect(page.locator(".found")).to_contain_text("0 files")
    assert not wrong
    page.close()
