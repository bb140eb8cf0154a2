"""Values to choose from, each with a weight drawn as a bar; weight 0 leaves a value out. One alone is a constant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.actions import SkipAction
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.control import GUTTER, Control, Parts
from widgets.slider_entry import NUMBER_STARTS, number_text
from widgets.slider_scale import tidy

WIDEST_NAME = 16
_NUMBERS = 11
"""Columns for the weight and its share: `  3   43 %`."""

_ENTRY = re.compile(r"\s*([^:,]+?)\s*(?::\s*([0-9.]+)\s*)?")


class ChoiceEditor(Control):
    """Weighted choices. With `plain`, values are only on or off: a list of what is wanted, which may be empty."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", "value above"),
        Binding("down,j", "cursor(1)", "value below"),
        Binding("left,h", "weigh(-1)", "less weight"),
        Binding("right,l", "weigh(1)", "more weight"),
        Binding("shift+left,H", "weigh(-5)", "much less"),
        Binding("shift+right,L", "weigh(5)", "much more"),
        Binding("ctrl+left,alt+left,less_than_sign", "weigh(-0.1)", "a little less"),
        Binding("ctrl+right,alt+right,greater_than_sign", "weigh(0.1)", "a little more"),
        Binding("home", "to_end(-1)", "first value"),
        Binding("end", "to_end(1)", "last value"),
        Binding("space", "switch", "on or off"),
        Binding("equals_sign", "only", "only this one"),
        Binding("enter", "edit", "type weights"),
    ]

    @dataclass
    class Changed(Message):
        """The user changed a weight. `weights` has all values, those that are off with 0."""

        editor: ChoiceEditor
        weights: dict[str, float]

        @property
        def control(self) -> ChoiceEditor:
            return self.editor

    def __init__(
        self,
        label: str,
        weights: Mapping[str, float],
        *,
        open_ended: bool = False,
        plain: bool = False,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`open_ended` lets other values be typed than those that are there."""
        super().__init__(label, id=id, classes=classes)
        self._weights = dict(weights)
        self._before: dict[str, float] = {}
        self._open_ended, self._plain = open_ended, plain
        self.at = 0

    @property
    def weights(self) -> dict[str, float]:
        """The weight of each value."""
        return dict(self._weights)

    def set_weights(self, weights: Mapping[str, float]) -> None:
        """Show other weights; no message is sent."""
        if dict(weights) == self._weights and list(weights) == list(self._weights):
            return
        self._weights = dict(weights)
        self.at = min(self.at, max(len(self._weights) - 1, 0))
        self.refresh(layout=True)

    @property
    def value(self) -> str:
        """The value under the cursor."""
        return list(self._weights)[self.at]

    def _change(self, weights: dict[str, float]) -> None:
        if not self._plain and not any(weights.values()):
            return  # one of them must be drawn
        if weights != self._weights:
            layout = len(weights) != len(self._weights)
            self._weights = weights
            self.refresh(layout=layout)
            self.post_message(self.Changed(self, dict(weights)))

    # Actions

    def action_cursor(self, by: int) -> None:
        """Go to another value; beyond the ends the key is somebody else's."""
        if self.idle or not 0 <= self.at + by < len(self._weights):
            raise SkipAction
        self.at += by
        self.refresh()

    def enter_from(self, direction: int) -> None:
        """Put the cursor where somebody who comes from above (1) or below (-1) expects it."""
        self.at = 0 if direction > 0 else max(len(self._weights) - 1, 0)
        self.refresh()

    def action_to_end(self, direction: int) -> None:
        """Go to the first or the last value."""
        self.enter_from(-direction)

    def action_weigh(self, by: float) -> None:
        """Change the weight of the value."""
        if self._plain:
            self._set(self.value, float(by > 0))
            return
        weight = self._weights[self.value]
        self._set(self.value, tidy(round(max(weight + by, 0), 1)))

    def action_switch(self) -> None:
        """Leave the value out, or bring it back with the weight that it had."""
        weight = self._weights[self.value]
        if weight:
            self._before[self.value] = weight
        self._set(self.value, 0.0 if weight else self._before.get(self.value, 1.0))

    def action_only(self) -> None:
        """Take this value alone: a constant. Again, all of them."""
        if self._plain:
            return
        alone = {value: float(value == self.value) for value in self._weights}
        if alone == self._weights:
            self._change({value: self._before.get(value, 1.0) for value in self._weights})
        else:
            self._before.update({value: weight for value, weight in self._weights.items() if weight})
            self._change(alone)

    def _set(self, value: str, weight: float) -> None:
        self._change({**self._weights, value: weight})

    # Typed entry

    def entry_text(self) -> str:
        """`1:5, 2:2, 3:1`, only what has a weight."""
        named = [(value, weight) for value, weight in self._weights.items() if weight]
        if self._plain:
            return ", ".join(value for value, _ in named)
        return ", ".join(f"{value}:{number_text(weight)}" for value, weight in named)

    def begins_entry(self, character: str) -> bool:
        """Other values than those that are there are numbers, and typed at once."""
        return self._open_ended and character in NUMBER_STARTS

    def enter(self, text: str) -> str:
        """Take values with weights behind a colon, 1 where there is none."""
        typed: dict[str, float] = {}
        for part in text.split(",") if text else []:
            match = _ENTRY.fullmatch(part)
            if match is None:
                return "Type values with their weights, like a:2, b:1."
            try:
                typed[match[1]] = float(match[2] or 1)
            except ValueError:
                return f"{match[2]} is no weight; type values with their weights, like a:2, b:1."
        unknown = [value for value in typed if value not in self._weights]
        if unknown and not self._open_ended:
            return f"There is no {unknown[0]}; there are {', '.join(self._weights)}."
        if not self._plain and not any(typed.values()):
            return "One of the values needs a weight above 0."
        self._change(typed if self._open_ended else {value: typed.get(value, 0.0) for value in self._weights})
        self.at = min(self.at, len(self._weights) - 1)
        return ""

    # Mouse

    def on_click(self, event: events.Click) -> None:
        """On a bar: its weight. On a name: on or off."""
        offset = event.get_content_offset(self)
        if offset is None or self.idle or not 1 <= offset.y <= len(self._weights):
            return
        event.stop()
        self.focus()
        self.at = offset.y - 1
        name, bar = self._widths(self.content_size.width - GUTTER)
        column = offset.x - GUTTER - name
        if self._plain or column < 0 or column >= bar:
            self.action_switch()
        else:
            self._set(self.value, tidy(round(self._top() * (column + 1) / bar, 1 if self._top() <= 5 else 0)))
        self.refresh()

    # Drawing

    def body_height(self) -> int:
        """A line for each value."""
        return len(self._weights)

    def value_parts(self) -> Parts:
        """Which value it is, or how many there are."""
        on = [value for value, weight in self._weights.items() if weight]
        if self._plain:
            return [(", ".join(on) or "none", "value" if on else "faint")]
        return [("always ", "faint"), (on[0], "value")] if len(on) == 1 else [(f"{len(on)} choices", "value")]

    def _top(self) -> float:
        """The weight of a full bar."""
        return max(*self._weights.values(), 1.0) if len(self._weights) > 1 else 1.0

    def _widths(self, width: int) -> tuple[int, int]:
        """Columns of the name with its mark, and of the bar."""
        longest = max((cell_len(value) for value in self._weights), default=0)
        name = min(longest, max(min(WIDEST_NAME, width - _NUMBERS - 8), 4)) + (7 if self.ascii_only else 5)
        return name, max(width - name - _NUMBERS, 3)

    def body_line(self, y: int, width: int) -> Parts:
        """A value: its mark, its name, its bar, weight and share."""
        value, weight = list(self._weights.items())[y]
        name, bar = self._widths(width)
        here = self.has_focus and y == self.at
        cursor = (">" if self.ascii_only else "›") if here else " "
        mark = (("[x]", "[ ]") if self.ascii_only else ("■", "□"))[not weight]
        label = set_cell_size(f"{cursor}{mark} {value}", name - 1) + " "
        style = "label reversed" if here else "value" if weight else "faint"
        if self._plain:
            return [(label, style)]
        filled = min(max(round(weight / self._top() * bar), 1 if weight else 0), bar)
        full, empty = ("#", ".") if self.ascii_only else ("▆", "─")
        total = sum(self._weights.values())
        share = f"{number_text(weight):>4} {100 * weight / total:>3.0f} %" if total else ""
        return [(label, style), (full * filled, "fill"), (empty * (bar - filled), "track"), (f" {share:>10}", "faint")]
