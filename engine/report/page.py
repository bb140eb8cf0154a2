"""The page: its parts put together into one file that loads nothing.

Whatever comes from a dataset stands in a block of JSON in which no `<` occurs, and is shown as text only. The page's
own policy allows no script and no style but those that it was made with, and no address but pictures that it holds.
"""

from __future__ import annotations

import base64
import hashlib
import html
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from engine.errors import BadInput
from engine.files import reason, write_atomically

MARK = "<!-- A report of Dataset Studio -->"
"""Every report begins with it, so that it may be replaced by a later one, and nothing else is."""

SCRIPTS = ("base.js", "marks.js", "plots.js", "filters.js", "gallery.js", "viewer.js", "main.js")


def page(contents: dict[str, Any]) -> str:
    """The page of some contents, as `engine.report.contents` makes them."""
    style = _part("style.css")
    script = '"use strict";\n(() => {\n' + "\n".join(map(_part, SCRIPTS)) + "\n})();\n"
    fields = {
        "mark": MARK,
        "policy": f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}",
        "title": html.escape(f"{contents['about']['title']} – report"),
        "style": style,
        "data": _inert(contents),
        "script": script,
    }
    text = _part("page.html")
    for name, value in fields.items():
        # The data come last but one, and nothing that they contain is looked at again: it is a field in itself.
        before, found, after = text.partition("{{" + name + "}}")
        assert found, name
        text = before + value + after
    return text


def _part(name: str) -> str:
    return (files("engine.report") / "web" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """How a policy names a style or a script by its contents."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _inert(contents: dict[str, Any]) -> str:
    """JSON that can neither end the element it stands in nor begin another."""
    text = msgspec.json.encode(contents).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").replace("{{", "{\\u007b")


def refuse_target(path: Path) -> None:
    """Refuse a place for the page where something else would be lost; raises BadInput."""
    if path.suffix.lower() not in (".html", ".htm"):
        raise BadInput(f"{path}: the report is a page; give it a name that ends in .html.")
    try:
        with path.open("rb") as file:
            head = file.read(200)
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise BadInput(f"{path.parent} is no folder; make it first, or name another file by --out.") from None
        return
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {reason(error)}; name another file by --out.") from error
    if MARK.encode() not in head:
        raise BadInput(f"{path} is there already and is no report; name another file by --out, nothing was changed.")


def write_page(path: Path, text: str) -> int:
    """Write a page whole or not at all; returns its size in bytes, raises BadInput."""
    data = text.encode()
    try:
        write_atomically(path, data)
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {reason(error)}; name another file by --out.") from error
    return len(data)
