"""Where a front page leads: as text, and asked of real servers whose pages are here, gone, or different each time."""

import http.server
import itertools
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shave.probe import Observation
from shave.probes.answer import EXTRA, Fields
from shave.probes.compare import judge
from shave.probes.links import links, walk

FRONT = "http://localhost:80/"


def page(body: str, kind: str = "text/html; charset=utf-8", **headers: str) -> Fields:
    return (
        ("status", "200"),
        ("header content-type", kind),
        *((f"header {n}", v) for n, v in headers.items()),
        ("body", body),
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<a href="/about.html">', ["about.html"]),
        ("<A HREF='about.html#team'>", ["about.html"]),
        (
            "<link rel=x href=css/main.css><script src='js/a.js'></script><img src=logo.png>",
            ["css/main.css", "js/a.js", "logo.png"],
        ),
        ('<a href="&#47;a&amp;b">', ["a&b"]),
        ('<a href="http://localhost:80/whole">', ["whole"]),
        ('<a href="//elsewhere/x"><a href="https://localhost/x"><a href="http://localhost:81/x">', []),
        ('<a href="mailto:me"><a href="javascript:void(0)"><a href="?page=2"><a href="http://[">', []),
        ('<a href="/logout"><a href="/admin/shutdown"><a href="/items/3/delete">', []),
        ('<a data-href="/x">', []),
    ],
)
def test_the_links_of_a_page(body: str, found: list[str]) -> None:
    assert links(FRONT, page(body)) == [FRONT + path for path in found]


def test_a_redirect_is_a_link_and_text_has_none() -> None:
    assert links(FRONT, page("", location="/login")) == [FRONT + "login"]
    assert links(FRONT, page('<a href="/x">', kind="text/plain")) == []


@given(st.text())
def test_whatever_a_page_says_it_leads_nowhere_else(body: str) -> None:
    assert all(target.startswith(FRONT) for target in links(FRONT, page(f"<a href='{body}'>{body}")))


PAGES = {
    "/": '<a href="/one">one</a> <a href="/now">now</a> <a href="/two">two</a>',
    "/one": '<a href="/deep">deeper</a> <a href="/">home</a>',
    "/two": "two",
    "/deep": "deep",
}


@pytest.fixture
def site() -> Iterator[int]:
    """A server of ``PAGES``, and of one page that is never the same."""
    count = itertools.count()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = str(next(count)) if self.path == "/now" else PAGES.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((body or "nothing here").encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def seen(container, port: int) -> Observation:
    front = f"http://localhost:{port}/"
    return Observation("start", "start", tuple(walk(container, front, page(PAGES["/"]))))


def test_a_site_is_walked_breadth_first_and_what_varies_is_not_judged(container, site: int) -> None:
    runs = [seen(container, site) for _ in range(3)]
    statuses = [(name, text) for name, text in runs[0].fields if name.endswith(" status")]
    at = f"{EXTRA}:{site}"
    assert statuses == [
        (f"{at}/no-such-page-asked-by-shave status", "404"),
        *((f"{at}/{name} status", "200") for name in ("one", "now", "two", "deep")),
    ]
    assert judge(runs[:2], runs[2]).verdict == "same"


def test_a_page_that_was_lost_shows(container, site: int, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = [seen(container, site) for _ in range(2)]
    monkeypatch.delitem(PAGES, "/deep")
    found = judge(runs, seen(container, site))
    assert (found.verdict, found.witnesses[0].field) == ("different", f"{EXTRA}:{site}/deep status")


def test_a_server_that_is_gone_ends_the_walk(container) -> None:
    assert list(walk(container, "http://localhost:1/", ())) == [
        (f"{EXTRA}:1/no-such-page-asked-by-shave", "no answer: ConnectionRefusedError")
    ]


def test_an_endless_site_is_bounded(container, site: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        monkeypatch.setitem(PAGES, f"/{number}", f'<a href="/{number + 1}">')
    front = page("".join(f'<a href="/{number}">' for number in range(40)))
    fields = list(walk(container, f"http://localhost:{site}/", front))
    assert sum(name.endswith(" status") for name, _ in fields) == 12
