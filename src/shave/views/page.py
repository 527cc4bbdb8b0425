"""The frame of every HTML answer: one file that needs no network and is allowed none."""

import json
from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from shave.views.visible import visible

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""


def page(title: str, body: str, style: str = "", script: str = "") -> bytes:
    """A page. ``body`` is HTML in which what an image says went through ``shown``; ``style`` comes after ``page.css``.

    Its policy lets this one script run, by its hash, and nothing be loaded. Source: CSP level 3, sections 6.7 and 8.
    """
    ours = b64encode(sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{ours}'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'"
    )
    frame = _FRAME.format(
        policy=escape(policy), title=shown(title), style=asset("page.css") + style, body=body, script=script
    )
    return frame.encode()


def shown(text: str) -> str:
    """Text as HTML: control characters and stray bytes spelled out, then escaped, for bodies and quoted attributes."""
    return escape(visible(text))


def data(name: str, value: Any) -> str:
    """An element with a value as JSON, which a script reads by ``document.getElementById(name)``.

    No ``<`` is left in it, so that nothing in a string ends the element. Bytes that are not UTF-8 are lone surrogates.
    """
    body = json.dumps(value, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{body}</script>'


def asset(path: str) -> str:
    """A style sheet or script that lies beside the views."""
    return files("shave.views").joinpath(path).read_text("utf-8")
