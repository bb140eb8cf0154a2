"""Writes on the border of a widget without having what is inside it painted, and so sent, once more."""

from __future__ import annotations

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


def entitle(widget: Widget, title: str | Content = "", subtitle: str | Content = "") -> None:
    """Write on the upper and the lower line of a border; what is there already costs nothing.

    Textual's own `border_title` repaints the whole widget whenever it is set, and a picture of a hundred columns is
    tens of kilobytes on a slow line. A text is markup, as for `border_title`.
    """
    width, height = widget.outer_size
    lines = [
        Region(0, line, width, 1).translate(-widget.content_offset)
        for name, text, line in (("_border_title", title, 0), ("_border_subtitle", subtitle, height - 1))
        if _write(widget, name, text)
    ]
    if lines:
        widget.refresh(*lines)


def _write(widget: Widget, name: str, text: str | Content) -> bool:
    """Set what `border_title` sets; whether it has changed."""
    wanted = widget.render_str(text).expand_tabs(4).split()[0] if text else None
    before: Content | None = getattr(widget, name)
    if before is wanted or (before is not None and wanted is not None and before.is_same(wanted)):
        return False
    setattr(widget, name, wanted)
    return True
