"""A slider for a number: one thumb for a constant, two for the ends of a range, a third for the mean of a bell curve.

The shape of the distribution is drawn on the track between the thumbs. Values in, messages out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from widgets.control import GUTTER, Control, Parts
from widgets.densities import Spread, Thumb, constant
from widgets.slider_entry import NUMBER_STARTS, Allowed, parse, typed_text
from widgets.slider_scale import Scale, scale_around
from widgets.slider_track import Look, end_labels, track_parts, value_parts

ENDS_FROM = 44
"""From this width on the ends of the track are labelled."""


class RangeSlider(Control):
    """Holds a `Spread`, or nothing where the parameter may be left out.

    `least` and `most` are what is allowed; the track shows the part of it in `scale`, which grows when a thumb is
    pushed against its end.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "move(-1)", "less"),
        Binding("right,l", "move(1)", "more"),
        Binding("shift+left,H", "move(-10)", "much less"),
        Binding("shift+right,L", "move(10)", "much more"),
        Binding("ctrl+left,alt+left,less_than_sign", "move(-0.1)", "a little less"),
        Binding("ctrl+right,alt+right,greater_than_sign", "move(0.1)", "a little more"),
        Binding("home", "to_end(-1)", "to the low end"),
        Binding("end", "to_end(1)", "to the high end"),
        Binding("tab", "thumb(1)", "next thumb"),
        Binding("shift+tab", "thumb(-1)", "previous thumb"),
        Binding("space", "toggle_range", "constant or range"),
        Binding("d", "next_shape", "distribution"),
        Binding("left_parenthesis", "spread(-1)", "narrower"),
        Binding("right_parenthesis", "spread(1)", "wider"),
        Binding("enter", "edit", "type a value"),
    ]

    @dataclass
    class Changed(Message):
        """The user changed the value. `spread` is None where the parameter is left out."""

        slider: RangeSlider
        spread: Spread | None

        @property
        def control(self) -> RangeSlider:
            return self.slider

        @property
        def low(self) -> float | None:
            """The low end, or the constant; None where the parameter is left out."""
            return self.spread.low if self.spread else None

        @property
        def high(self) -> float | None:
            """The high end, or the constant; None where the parameter is left out."""
            return self.spread.high if self.spread else None

    def __init__(
        self,
        label: str,
        spread: Spread | None,
        least: float,
        most: float,
        *,
        scale: Scale | None = None,
        unit: str = "",
        log: bool = False,
        integer: bool = False,
        step: float = 0.0,
        varies: bool = True,
        suggestion: float | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """`varies` allows ranges. `suggestion` is where a parameter begins that was left out."""
        super().__init__(label, id=id, classes=classes)
        self.allowed = Allowed(least, most, unit, integer, varies)
        self._suggestion = suggestion
        numbers = spread.numbers if spread is not None else ()
        self.scale = scale or scale_around(numbers, least, most, log=log, integer=integer, step=step)
        self._spread: Spread | None = None
        self._range_before: Spread | None = None
        self._dragging = False
        self.thumb: Thumb = "low"
        self.set_spread(spread)

    # The value

    @property
    def spread(self) -> Spread | None:
        """What the slider holds."""
        return self._spread

    def set_spread(self, spread: Spread | None) -> None:
        """Show another value; no message is sent."""
        if spread == self._spread:
            return
        self._spread = spread
        if spread is not None:
            self._range_before = spread if spread.is_range else self._range_before
            for value in spread.numbers:
                if not self.scale.low <= value <= self.scale.high:
                    self._reach(value)
        if self.thumb not in self.thumbs:
            self.thumb = "low"
        self.refresh()

    def _reach(self, value: float) -> None:
        """Let the track show a value too."""
        self.scale = self.scale.reaching(value, self.allowed.least, self.allowed.most)

    @property
    def thumbs(self) -> tuple[Thumb, ...]:
        """The thumbs that there are, from left to right."""
        return self._spread.thumbs if self._spread is not None else ()

    def _change(self, spread: Spread | None) -> None:
        if spread != self._spread:
            self.set_spread(spread)
            self.post_message(self.Changed(self, spread))

    def _place(self, spread: Spread, value: float) -> None:
        """Move the active thumb of a spread, within what is allowed."""
        floor = self.scale.low if spread.shape == "log_uniform" and self.allowed.least <= 0 else self.allowed.least
        self._change(spread.moved(self.thumb, min(max(value, floor), self.allowed.most)))

    # Actions

    def action_move(self, steps: float) -> None:
        """Move the active thumb by so many steps."""
        if self._spread is None:
            self.action_toggle_range()
            return
        value = self.scale.moved(self._spread.at(self.thumb), steps)
        self._reach(value)
        self._place(self._spread, value)

    def action_to_end(self, direction: int) -> None:
        """Move the active thumb to an end of the track, or to its neighbour."""
        if self._spread is not None:
            self._place(self._spread, self.scale.high if direction > 0 else self.scale.low)

    def action_thumb(self, direction: int) -> None:
        """Go to the next thumb; from the last one, to the next widget."""
        thumbs = self.thumbs
        at = (thumbs.index(self.thumb) if thumbs else 0) + direction
        if 0 <= at < len(thumbs):
            self.thumb = thumbs[at]
            self.refresh()
        elif direction > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_toggle_range(self) -> None:
        """A constant becomes a range, a range a constant; what was left out becomes a constant."""
        spread = self._spread
        if spread is None:
            start = self._suggestion if self._suggestion is not None else self.scale.value_at(50, 101)
            self._change(constant(start))
        elif spread.is_range:
            middle = spread.mean if spread.shape == "normal" else self._middle(spread)
            self._change(constant(middle))
        elif self.allowed.varies:
            self._change(self._as_range(spread.low))
            self.thumb = "low"

    def _middle(self, spread: Spread) -> float:
        halfway = (self.scale.fraction(spread.low) + self.scale.fraction(spread.high)) / 2
        middle = self.scale.value_at(round(halfway * 200), 201)
        return min(max(middle, spread.low), spread.high)

    def _as_range(self, value: float) -> Spread:
        """The range that was there before, if it holds the value; else one about it; no logarithm goes down to 0."""
        before = self._range_before
        if before is not None and before.low <= value <= before.high:
            return before
        at = round(self.scale.fraction(value) * 100)
        low, high = (self.scale.value_at(min(max(at + by, 0), 100), 101) for by in (-10, 10))
        low = min(low, value)
        return Spread("log_uniform" if self.scale.log and low > 0 else "uniform", low, max(high, value))

    def action_next_shape(self) -> None:
        """Uniform, uniform in the logarithm, normal, and round again; from a constant, a range first."""
        spread = self._spread
        if spread is None or not spread.is_range:
            self.action_toggle_range()
            return
        self._change(spread.next_shape())

    def action_spread(self, direction: int) -> None:
        """Make a bell curve narrower or wider."""
        if self._spread is not None and self._spread.shape == "normal":
            wider = float(f"{self._spread.deviation * 1.1**direction:.3g}")
            self._change(replace(self._spread, deviation=wider))

    # Typed entry

    def entry_text(self) -> str:
        """The value as it can be typed."""
        return typed_text(self._spread)

    def begins_entry(self, character: str) -> bool:
        """A number is typed at once, without Enter."""
        return character in NUMBER_STARTS

    def enter(self, text: str) -> str:
        """Take `lo..hi`, one value, or `mean ± deviation in lo..hi`; a sentence where it cannot be taken."""
        parsed = parse(text, self.allowed, self._spread, self._range_before)
        if isinstance(parsed, str):
            return parsed
        self._change(parsed)
        return ""

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the thumb that is nearest; on the value, type it."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1:
            return
        value_from = self.content_size.width - sum(cell_len(text) for text, _ in self.value_parts())
        if offset.y == 0 and not self.is_editing and offset.x >= value_from:
            event.stop()
            self.focus()
            self.call_after_refresh(self.action_edit)
        elif offset.y == 1 and not self.idle:
            event.stop()
            self.focus()
            if self._spread is None:
                self.action_toggle_range()
                return
            column = offset.x - GUTTER - self._track_start()
            self.thumb = self._nearest(self._spread, column)
            self._dragging = True
            self.capture_mouse()
            self._drag_to(column)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Drag the thumb."""
        if self._dragging:
            event.stop()
            self._drag_to(event.x - self.gutter.left - GUTTER - self._track_start())

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Let the thumb go."""
        if self._dragging:
            event.stop()
            self._dragging = False
            self.release_mouse()

    def _drag_to(self, column: int) -> None:
        columns = self._columns()
        if self._spread is not None and self.scale.column(self._spread.at(self.thumb), columns) != column:
            self._place(self._spread, self.scale.value_at(column, columns))

    def _nearest(self, spread: Spread, column: int) -> Thumb:
        """The nearest thumb; of two in one place the one that can move to where the mouse is."""
        columns = self._columns()
        places = {thumb: self.scale.column(spread.at(thumb), columns) for thumb in spread.thumbs}
        least = min(abs(place - column) for place in places.values())
        near = [thumb for thumb, place in places.items() if abs(place - column) == least]
        return near[-1] if column > places[near[-1]] else near[0]

    # Drawing

    def body_height(self) -> int:
        """The track."""
        return 1

    @property
    def _look(self) -> Look:
        return Look(self.thumb, self.has_focus, self.ascii_only)

    def value_parts(self) -> Parts:
        """The value and its unit, the part of the active thumb marked."""
        return value_parts(self._spread, self.allowed.unit, self._look)

    def _ends(self) -> tuple[str, str]:
        return end_labels(self.scale) if self.content_size.width >= ENDS_FROM else ("", "")

    def _track_start(self) -> int:
        return cell_len(self._ends()[0])

    def _columns(self) -> int:
        """Columns of the track."""
        return max(self.content_size.width - GUTTER - sum(cell_len(end) for end in self._ends()), 4)

    def body_line(self, y: int, width: int) -> Parts:
        """The track, its ends labelled where there is room."""
        left, right = self._ends()
        return [(left, "faint"), *track_parts(self._spread, self.scale, self._columns(), self._look), (right, "faint")]
