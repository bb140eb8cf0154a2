"""The line at the top of each screen: the four screens, the current one marked."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import events
from textual.widget import Widget

SCREENS: dict[str, str] = {"library": "Library", "recipe": "Recipe", "queue": "Queue", "inspect": "Inspect"}
"""Name and title of each screen; the number of its key is its place, from 1."""

ENGINE_SIGNS = {"working": "▶", "idle": "●", "blocked": "✗", "stopping": "‖", "not running": "○"}
"""Sign of each `EngineView.activity`."""


class TabBar(Widget):
    """`1 Library  2 Recipe  3 Queue  4 Inspect`, and how the engine is. A click changes to a screen.

    The current screen has another background and stands in brackets.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"tab-bar--current"}
    DEFAULT_CSS = """
    TabBar { height: 1; width: 1fr; padding: 0 1; background: $panel; color: $foreground-muted; }
    TabBar > .tab-bar--current { background: $accent; color: $background; text-style: bold; }
    """

    def __init__(self, current: str, *, id: str | None = None) -> None:
        """`current` is a key of SCREENS."""
        super().__init__(id=id, classes="content")
        self.current = current
        self._shown_end = ""

    def on_mount(self) -> None:
        changed = getattr(self.app, "engine_changed", None)
        if changed is not None:
            changed.subscribe(self, lambda _view: self._hear())

    def _hear(self) -> None:
        """Workers are heard of twice a second; the line is sent when it reads differently."""
        if self._end() != self._shown_end:
            self.refresh()

    def render(self) -> Text:
        """The names of the screens."""
        text = Text(no_wrap=True, end="")
        for label, name in self._labels():
            style = self.get_component_rich_style("tab-bar--current") if name == self.current else ""
            text.append(label, style)
        end = self._shown_end = self._end()
        room = self.content_size.width - text.cell_len - len(end)
        if end and room > 0:
            text.append(" " * room + end)
        return text

    def _end(self) -> str:
        """How the engine is, as a sign and a word; that nothing can be changed."""
        view = getattr(self.app, "engine", None)
        parts = ["read-only"] if getattr(self.app, "readonly", False) else []
        if view is not None:
            jobs = sum(job["state"] in ("queued", "rendering") for job in view.jobs.values())
            sign = ENGINE_SIGNS.get(view.activity, "○")
            many = f", {jobs:,} job{'s' if jobs != 1 else ''}" if jobs and view.gone is None else ""
            parts.append(f"{sign} engine {view.activity}{many}")
        return "  ".join(parts)

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
