"""Controls of one line: a switch, one of a few words, a text or a path."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.control import Control, Parts


class SwitchControl(Control):
    """On or off."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "switch", "on or off"),
        Binding("left,h,home", "turn(False)", "off"),
        Binding("right,l,end", "turn(True)", "on"),
    ]

    @dataclass
    class Changed(Message):
        """The user turned the switch."""

        switch: SwitchControl
        on: bool

        @property
        def control(self) -> SwitchControl:
            return self.switch

    def __init__(self, label: str, on: bool, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(label, id=id, classes=classes)
        self._on = on

    @property
    def on(self) -> bool:
        """Whether it is on."""
        return self._on

    def set_on(self, on: bool) -> None:
        """Show another state; no message is sent."""
        if on != self._on:
            self._on = on
            self.refresh()

    def action_switch(self) -> None:
        """Turn it over."""
        self.action_turn(not self._on)

    def action_turn(self, on: bool) -> None:
        """Turn it on or off."""
        if on != self._on:
            self.set_on(on)
            self.post_message(self.Changed(self, on))

    def on_click(self, event: events.Click) -> None:
        """A click turns it over."""
        event.stop()
        self.focus()
        self.action_switch()

    def value_parts(self) -> Parts:
        """The state as a picture and as a word."""
        if self.ascii_only:
            return [("[ON]  " if self._on else "[off] ", "thumb" if self._on else "faint")]
        if self._on:
            return [("━━", "fill"), ("● ", "thumb"), ("on ", "value")]
        return [("●", "faint"), ("━━ ", "track"), ("off", "faint")]


class OptionControl(Control):
    """One of a few words."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "previous"),
        Binding("right,l,space", "step(1)", "next"),
        Binding("home", "step(-1000)", "first"),
        Binding("end", "step(1000)", "last"),
        Binding("enter", "edit", "type it"),
    ]

    @dataclass
    class Changed(Message):
        """The user chose another word."""

        options: OptionControl
        value: str

        @property
        def control(self) -> OptionControl:
            return self.options

    def __init__(
        self, label: str, value: str, options: Sequence[str], *, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(label, id=id, classes=classes)
        self._value, self._options = value, tuple(options)

    @property
    def value(self) -> str:
        """The word chosen."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show another word; no message is sent."""
        if value != self._value:
            self._value = value
            self.refresh()

    def action_step(self, by: int) -> None:
        """Go on to another word; from the last to the first by single steps."""
        at = self._options.index(self._value) if self._value in self._options else 0
        target = (at + by) % len(self._options) if abs(by) == 1 else min(max(at + by, 0), len(self._options) - 1)
        self._choose(self._options[target])

    def _choose(self, value: str) -> None:
        if value != self._value:
            self.set_value(value)
            self.post_message(self.Changed(self, value))

    def entry_text(self) -> str:
        """The word."""
        return self._value

    def enter(self, text: str) -> str:
        """Take a word, or the beginning of exactly one."""
        exact = [option for option in self._options if option.lower() == text.lower()]
        near = exact or [option for option in self._options if text and option.lower().startswith(text.lower())]
        if len(near) != 1:
            return f"Allowed: {', '.join(self._options)}."
        self._choose(near[0])
        return ""

    def on_click(self, event: events.Click) -> None:
        """A click goes on to the next word."""
        event.stop()
        self.focus()
        if not self.is_editing:
            self.action_step(1)

    def value_parts(self) -> Parts:
        """All words where there is room, the chosen one in brackets; else it alone between arrows."""
        room = self.content_size.width - cell_len(self.label) - 5
        words = [f"[{option}]" if option == self._value else f" {option} " for option in self._options]
        if sum(map(cell_len, words)) <= room:
            return [(word, "thumb" if word[0] == "[" else "faint") for word in words]
        left, right = ("<", ">") if self.ascii_only else ("‹", "›")
        return [(f"{left} ", "faint"), (self._value, "value"), (f" {right}", "faint")]


class TextControl(Control):
    """A text, typed after Enter. With `paths`, the right arrow at its end completes the path of a file."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "edit", "type it")]

    @dataclass
    class Changed(Message):
        """The user typed another text."""

        entry: TextControl
        value: str

        @property
        def control(self) -> TextControl:
            return self.entry

    def __init__(
        self,
        label: str,
        value: str,
        *,
        empty: str = "",
        paths: Path | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`empty` is shown where there is no text. `paths` is the folder that typed paths are relative to."""
        super().__init__(label, id=id, classes=classes)
        self._value, self._empty, self.paths = value, empty, paths

    @property
    def value(self) -> str:
        """The text."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show another text; no message is sent."""
        if value != self._value:
            self._value = value
            self.refresh(layout=True)

    def set_empty(self, empty: str) -> None:
        """Show another text where there is none."""
        if empty != self._empty:
            self._empty = empty
            self.refresh(layout=True)

    def entry_text(self) -> str:
        """The text."""
        return self._value

    def enter(self, text: str) -> str:
        """Any text is taken."""
        if text != self._value:
            self.set_value(text)
            self.post_message(self.Changed(self, text))
        return ""

    def on_key(self, event: events.Key) -> None:
        """Complete a path where the cursor stands behind it."""
        buffer = self.buffer
        if buffer is None or self.paths is None or event.key != "right" or buffer.cursor < len(buffer.text):
            super().on_key(event)
            return
        event.stop()
        event.prevent_default()
        head, separator, last = buffer.text.rpartition(",")
        completed = complete_path(last.strip(), self.paths)
        buffer.text = f"{head}{separator}{' ' if separator else ''}{completed}"
        buffer.cursor, buffer.fresh = len(buffer.text), False
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click begins to type."""
        event.stop()
        self.focus()
        self.call_after_refresh(self.action_edit)

    def body_height(self) -> int:
        """The text has a line of its own where it does not fit behind the label."""
        return 0 if self._fits() else 1

    def _fits(self) -> bool:
        width = self.content_size.width or 40
        return cell_len(self.label) + cell_len(self._value or self._empty) + 4 <= width

    def value_parts(self) -> Parts:
        """The text, or what stands for it."""
        if not self._fits():
            return []
        return [(self._value, "value")] if self._value else [(self._empty, "faint")]

    def body_line(self, y: int, width: int) -> Parts:
        """The text, its end where all of it finds no room: the file's name matters most."""
        text = self._value or self._empty
        if cell_len(text) > width - 2:
            text = ("~" if self.ascii_only else "…") + text[-(width - 3) :]
        return [(f"  {text}", "value")]


def complete_path(text: str, folder: Path) -> str:
    """What a path begins with, as far as the files that are there leave no choice."""
    head, slash, tail = text.rpartition("/")
    try:
        names = sorted(os.listdir(folder / Path(head + slash).expanduser()))[:5000]
    except (OSError, RuntimeError):
        return text
    found = [name for name in names if name.startswith(tail) and (tail.startswith(".") or not name.startswith("."))]
    common = os.path.commonprefix(found)  # noqa: RUF071 - names, letter by letter, are what is wanted
    if len(found) == 1 and (folder / Path(head + slash).expanduser() / common).is_dir():
        common += "/"
    return head + slash + common if common else text
