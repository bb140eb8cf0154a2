"""The line of keys at the bottom of a screen: those that do something now."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual import events
from textual.screen import Screen
from textual.widget import Widget


class Entry(NamedTuple):
    """A key and what it does."""

    key: str
    """Textual's name."""
    shown: str
    label: str
    enabled: bool
    help: str
    action: str


ALWAYS = ("help", "quit")
"""Actions that are shown however little room there is."""


class KeyFooter(Widget):
    """All keys in one widget, which is there with the first paint. A click on a key presses it.

    Textual's Footer has a widget for each key, made anew after the first paint and with each move of the focus.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"key-footer--key", "key-footer--label"}
    DEFAULT_CSS = """
    KeyFooter { dock: bottom; height: 1; width: 1fr; background: $footer-background; text-wrap: nowrap; }
    KeyFooter > .key-footer--key { color: $footer-key-foreground; text-style: bold; }
    KeyFooter > .key-footer--label { color: $footer-description-foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, classes="content")
        self._entries: tuple[Entry, ...] | None = None

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        """The focus moved, or an action can or cannot be done now."""
        if self.app.app_focus and screen is self.screen:
            entries = self._found()
            if entries != self._entries:
                self._entries = entries
                self.refresh()

    def _found(self) -> tuple[Entry, ...]:
        """Each action once, by its first key."""
        found: dict[str, Entry] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show:
                shown = self.app.get_key_display(binding)
                entry = Entry(binding.key, shown, binding.description, enabled, tooltip, binding.action)
                found.setdefault(binding.action, entry)
        return tuple(found.values())

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown, from the left: what has no room is left out from the end, but not help and quitting."""
        if self._entries is None:
            self._entries = self._found()
        kept = {entry for entry in self._entries if entry.action in ALWAYS}
        room = self.size.width - sum(map(self._width, kept))
        for entry in self._entries:
            if entry.action not in ALWAYS:
                room -= self._width(entry)
                if room < 0:
                    break
                kept.add(entry)
        return tuple(entry for entry in self._entries if entry in kept)

    def _parts(self, entry: Entry) -> tuple[str, str]:
        return f" {entry.shown} ", f"{entry.label} "

    def _width(self, entry: Entry) -> int:
        return sum(map(cell_len, self._parts(entry)))

    def render(self) -> Text:
        """The line."""
        line = Text(no_wrap=True, end="", overflow="crop")
        styles = [self.get_component_rich_style(f"key-footer--{part}") for part in ("key", "label")]
        for entry in self.entries:
            for text, style in zip(self._parts(entry), styles, strict=True):
                line.append(text, style if entry.enabled else style + Style(dim=True))
        return line

    def entry_at(self, column: int) -> Entry | None:
        """What stands in a column of the line."""
        end = 0
        for entry in self.entries:
            end += self._width(entry)
            if column < end:
                return entry
        return None

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say more of what the mouse is at."""
        entry = self.entry_at(event.x)
        self.tooltip = entry.help if entry is not None else None

    def on_click(self, event: events.Click) -> None:
        """Press the key that was clicked."""
        entry = self.entry_at(event.x)
        if entry is not None:
            event.stop()
            if entry.enabled:
                self.app.simulate_key(entry.key)
            else:
                self.app.bell()
