"""What else a web server answers: a page that it has not, and the pages that its front page leads to.

Nobody asked for these in particular, so they are judged only where the original's own runs agree in every byte
(``answer.EXTRA``): they can find a difference, and never leave a verdict unknown.
"""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urldefrag, urljoin, urlsplit

from shave.probe import Http
from shave.probes.answer import EXTRA, Fields
from shave.probes.http import request
from shave.runners.protocol import Container

_PAGES = 12
_TIMEOUT = 10.0
_NO_SUCH_PAGE = "no-such-page-asked-by-shave"
_PAGE_LIMIT = 1 << 18
_LINK = re.compile(r"""(?<![\w-])(?:href|src)\s{0,9}=\s{0,9}("[^"]*"|'[^']*'|[^\s"'>]+)""", re.I)
# GET is safe by RFC 9110, 9.2.1, which not every application has read.
_NOT_SAFE = re.compile(r"shut.?down|quit|exit|stop|kill|restart|reboot|reset|delete|remove|logout|sign.?out", re.I)


def walk(container: Container, front: str, answer: Fields) -> Iterator[tuple[str, str]]:
    """Ask for the missing page, then for what ``answer``, that of the URL ``front``, leads to, and so on.

    At most twelve pages, breadth first; the first that does not answer is the last.
    """
    waiting, known = [urljoin(front, _NO_SUCH_PAGE), *links(front, answer)], {front}
    while waiting and len(known) <= _PAGES:
        url = waiting.pop(0)
        if url in known:
            continue
        known.add(url)
        path = f"{urlsplit(url).netloc}{urlsplit(url).path}".removeprefix("localhost")
        try:
            found = request(container, Http(url), _TIMEOUT)
        except OSError as error:
            yield f"{EXTRA}{path}", f"no answer: {type(error).__name__}"
            return
        yield from ((f"{EXTRA}{path} {name}", text) for name, text in found)
        waiting += links(url, found)


def links(url: str, answer: Fields) -> list[str]:
    """The URLs of the same server that an answer leads to, in order: where it redirects, and the links of HTML."""
    found = dict(answer)
    page = found.get("body", "")[:_PAGE_LIMIT] if "html" in found.get("header content-type", "") else ""
    named = [found.get("header location", ""), *(unescape(match[1].strip("\"'")) for match in _LINK.finditer(page))]
    return [target for name in named if name and (target := _target(url, name))]


def _target(url: str, name: str) -> str:
    """The whole URL without its fragment; nothing if it is another server's, has a query, or may do harm."""
    try:
        target = urldefrag(urljoin(url, name.strip())).url
        parts, here = urlsplit(target), urlsplit(url)
    except ValueError:
        return ""
    same = (parts.scheme, parts.netloc) == (here.scheme, here.netloc)
    return target if same and not parts.query and not _NOT_SAFE.search(parts.path) else ""
