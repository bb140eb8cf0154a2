"""The line at the top of each screen: the four screens, the current one marked."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.widget import Widget

SCREENS: dict[str, str] = {"library": "Library", "recipe": "Recipe", "queue": "Queue", "inspect": "Inspect"}
"""Name and title of each screen; the number of its key is its place, from 1."""


class TabBar(Widget):
    """`1 Library  2 Recipe  3 Queue  4 Inspect`: a click changes to a screen. The current one is in brackets as well."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-bar--current"}
    DEFAULT_CSS = """
    TabBar { height: 1; width: 1fr; padding: 0 1; background: $panel; color: $foreground-muted; }
    TabBar > .tab-bar--current { background: $accent; color: $background; text-style: bold; }
    """

    def __init__(self, current: str, *, id: str | None = None) -> None:
        """`current` is a key of SCREENS."""
        super().__init__(id=id, classes="content")
        self.current = current

    def render(self) -> Text:
        """The names of the screens."""
        text = Text(no_wrap=True, end="")
        for label, name in self._labels():
            style = self.get_component_rich_style("tab-bar--current") if name == self.current else ""
            text.append(label, style)
        return text

    def _labels(self) -> list[tuple[str, str]]:
        """(text, screen) of each tab; all take the same room whether they are current or not."""
        return [
            (f"[{at} {title}]" if name == self.current else f" {at} {title} ", name)
            for at, (name, title) in enumerate(SCREENS.items(), start=1)
        ]

    async def on_click(self, event: events.Click) -> None:
        """Go to the screen whose name was clicked."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        start = 0
        for label, name in self._labels():
            if start <= offset.x < start + len(label) and name != self.current:
                event.stop()
                await self.run_action(f"app.show('{name}')")
                return
            start += len(label)
