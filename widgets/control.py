"""What all controls share: a label with a value behind it, typed entry, a note, and a focus seen without colour."""

from __future__ import annotations

import textwrap

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Size
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from widgets.line_buffer import LineBuffer

type Parts = list[tuple[str, str]]
"""Texts, each with the names of its parts for `Control._style`, in one string."""

GUTTER = 2
"""Columns at the left for the marks of focus and change."""

LEAST_LABEL = 6


_ATTRIBUTES = {"active": Style(bold=True, underline=True), "reversed": Style(reverse=True),
               "underlined": Style(underline=True)}  # fmt: skip
_LOOKS = {
    "label": ("foreground", Style()),
    "value": ("foreground", Style()),
    "track": ("border", Style()),
    "fill": ("primary", Style()),
    "thumb": ("foreground", Style(bold=True)),
    "mark": ("accent", Style(bold=True)),
    "wrong": ("error", Style(bold=True)),
    "faint": ("foreground-muted", Style()),
}
"""Names of parts: a colour of the theme, and more. No component classes, since Textual works their styles out for each
widget and each class anew, which takes longer than all the rest where many controls are shown at once."""

_FADED = ("label", "value", "thumb", "fill")
"""What is faint where a value has no effect."""

_FOCUSED_LOOKS = {"label": ("accent", Style(bold=True)), "thumb": ("accent", Style(bold=True))}


class Control(Widget, can_focus=True):
    """A parameter to be changed. Lines are drawn one by one; a subclass gives its own below the first.

    By itself it is a label alone: without a value, of one line, and nothing can be typed.
    """

    DEFAULT_CSS = """
    Control { height: auto; width: 1fr; }
    """

    problem: reactive[str] = reactive("", layout=True)
    """Why the value is refused, shown below it."""

    modified: reactive[bool] = reactive(False)
    """Whether the value differs from the one that was saved; marked beside the label."""

    ascii_only: reactive[bool] = reactive(False)
    """Draw with plain ASCII characters."""

    idle: reactive[bool] = reactive(False, layout=True)
    """Whether the value has no effect now: it is a faint line without a body, and can be changed all the same."""

    def __init__(self, label: str, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.label = label
        self.buffer: LineBuffer | None = None
        self.refusal = ""
        self._part_styles: dict[tuple[str, bool, bool], Style] = {}

    # What a subclass says

    def value_parts(self) -> Parts:
        """The value in words, behind the label."""
        return []

    def body_height(self) -> int:
        """Lines below the first."""
        return 0

    def body_line(self, y: int, width: int) -> Parts:
        """A line below the first, behind the gutter; y counts from 0 to `body_height`."""
        return []

    def entry_text(self) -> str | None:
        """What typed entry begins with; None where nothing can be typed."""
        return None

    def begins_entry(self, character: str) -> bool:
        """Whether this character begins typed entry, in the place of what is there."""
        return False

    def enter(self, text: str) -> str:
        """Take what was typed; a sentence where it cannot be taken."""
        return "Nothing can be typed here."

    # Typed entry

    @property
    def is_editing(self) -> bool:
        """Whether a value is being typed."""
        return self.buffer is not None

    def action_edit(self) -> None:
        """Begin to type a value."""
        text = self.entry_text()
        if text is not None and not self.is_editing:
            self.buffer = LineBuffer(text)
            self.refusal = ""
            self.refresh(layout=True)

    def stop_editing(self) -> None:
        """Leave typed entry without a change."""
        if self.is_editing:
            self.buffer, self.refusal = None, ""
            self.refresh(layout=True)

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is typed rather than meant as an action."""
        if character is None or not character.isprintable():
            return False
        return self.is_editing or self.begins_entry(character)

    def on_key(self, event: events.Key) -> None:
        """While a value is typed all keys belong to it, but for those that leave the control."""
        if self.buffer is None and event.character is not None and self.begins_entry(event.character):
            self.action_edit()
        if self.buffer is None:
            return
        if event.key in ("tab", "shift+tab"):
            self._submit()
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            self._submit()
        elif event.key == "escape":
            self.stop_editing()
        elif event.is_printable and event.character is not None:
            self.buffer.insert(event.character)
        else:
            self.buffer.press(event.key)
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """Paste into the value that is being typed."""
        if self.buffer is not None:
            event.stop()
            self.buffer.insert(event.text)
            self.refresh()

    def _submit(self) -> None:
        assert self.buffer is not None
        self.refusal = self.enter(self.buffer.text.strip())
        if not self.refusal:
            self.buffer = None
        else:
            self.buffer.fresh = False
        self.refresh(layout=True)
        if self.refusal:
            self._show_note()

    def watch_problem(self) -> None:
        """Where the user is, a reason below the fold would not be seen."""
        if self.problem and self.has_focus:
            self._show_note()

    def _show_note(self) -> None:
        self.call_after_refresh(self.scroll_visible, animate=False)

    def on_blur(self) -> None:
        """What was half typed is dropped, as Escape does."""
        self.stop_editing()
        self.refresh()

    def on_focus(self) -> None:
        """Show the mark."""
        self.refresh()

    # Drawing

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """The label's line, the body, and the note where there is one."""
        return 1 + self._body() + len(self._note_lines(width))

    def _body(self) -> int:
        return 0 if self.idle else self.body_height()

    def _note_lines(self, width: int) -> list[str]:
        note = self.refusal or self.problem
        return textwrap.wrap(f"! {note}", max(width - GUTTER, 8), max_lines=3, placeholder=" …") if note else []

    def render_line(self, y: int) -> Strip:
        """One line of the control."""
        width = self.content_size.width
        room = max(width - GUTTER, 1)
        body = self._body()
        if y == 0:
            parts = self._first_line(room)
        elif y <= body:
            parts = self.body_line(y - 1, room)
        else:
            notes = self._note_lines(width)
            parts = [(notes[y - body - 1] if y - body <= len(notes) else "", "wrong")]
        return self._strip([self._gutter(y), *parts], width)

    def _gutter(self, y: int) -> tuple[str, str]:
        bar = ">" if self.ascii_only else "▌"
        changed = "*" if self.ascii_only else "•"
        left = bar if self.has_focus and y <= self._body() else " "
        return left + (changed if self.modified and y == 0 else " "), "mark"

    def _first_line(self, room: int) -> Parts:
        label = self.label
        if self.buffer is not None:
            label = set_cell_size(label, min(cell_len(label), max(room // 3, LEAST_LABEL)))
            before, at, behind = self.buffer.window(max(room - cell_len(label) - 1, 4))
            typed = "selected" if self.buffer.fresh and self.buffer.text else "value"
            if typed == "selected":
                return [(label + " ", "label"), (before, "reversed"), (at, "reversed underlined"), (behind, "value")]
            return [(label + " ", "label"), (before, "value"), (at, "reversed"), (behind, "value")]
        values = self.value_parts()
        taken = sum(cell_len(text) for text, _ in values)
        width = max(room - taken - 1, LEAST_LABEL)
        if cell_len(label) > width:
            label = set_cell_size(label, width - 1) + ("~" if self.ascii_only else "…")
        gap = max(room - cell_len(label) - taken, 1)
        return [(label, "label"), (" " * gap, ""), *values]

    def _strip(self, parts: Parts, width: int) -> Strip:
        base = self.rich_style
        segments = [Segment(text, base + self._style(names)) for text, names in parts if text]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, names: str) -> Style:
        """The style of parts, whose names are those of `_LOOKS` and `_ATTRIBUTES`."""
        key = (names, self.has_focus, self.idle)
        known = self._part_styles.get(key)
        if known is None:
            known = self._part_styles[key] = sum((self._one_style(name) for name in names.split()), Style())
        return known

    def _one_style(self, name: str) -> Style:
        if name in _ATTRIBUTES:
            return _ATTRIBUTES[name]
        if self.idle and name in _FADED:
            name = "faint"
        color, attributes = (_FOCUSED_LOOKS if self.has_focus else _LOOKS).get(name, _LOOKS[name])
        if not color:
            return attributes
        shown = self.background_colors[1] + Color.parse(self.app.theme_variables[color])
        return attributes + Style(color=shown.rich_color)

    def notify_style_update(self) -> None:
        """Another theme or another background."""
        self._part_styles.clear()
        super().notify_style_update()
