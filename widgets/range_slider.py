"""A slider for a number: one thumb for a constant, two for the ends of a range, a third for the mean of a bell curve.

The shape of the distribution is drawn on the track between the thumbs. Values in, messages out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from widgets.control import GUTTER, Control, Parts
from widgets.densities import Spread, shape_row
from widgets.slider_scale import Scale, scale_around, tidy

type Thumb = Literal["low", "mean", "high"]

COARSE, FINE = 10.0, 0.1
"""Steps of a coarse and of a fine movement."""

ENDS_FROM = 44
"""From this width on the ends of the track are labelled."""

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*(?:\.\.+|…|,|;|\bto\b|\s)\s*({_NUMBER})\s*", re.IGNORECASE)
_SINGLE = re.compile(rf"\s*({_NUMBER})\s*")
_BELL = re.compile(rf"\s*({_NUMBER})\s*(?:±|\+-|\+/-|~)\s*({_NUMBER})\s*(.*)")


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
        Binding("ctrl+left,alt+left,comma", "move(-0.1)", "a little less"),
        Binding("ctrl+right,alt+right,full_stop", "move(0.1)", "a little more"),
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
        self.least, self.most = least, most
        self.unit, self.integer, self.varies = unit, integer, varies
        self._suggestion = suggestion
        self.scale = scale or scale_around(_numbers(spread), least, most, log=log, integer=integer, step=step)
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
        self._spread = spread
        if spread is not None and spread.is_range:
            self._range_before = spread
        for value in _numbers(spread):
            if not self.scale.low <= value <= self.scale.high:
                self.scale = self.scale.reaching(value, self.least, self.most)
        if self.thumb not in self.thumbs:
            self.thumb = "low"
        self.refresh()

    @property
    def thumbs(self) -> tuple[Thumb, ...]:
        """The thumbs that there are, from left to right."""
        if self._spread is None:
            return ()
        match self._spread.shape:
            case "constant":
                return ("low",)
            case "normal":
                return ("low", "mean", "high")
            case _:
                return ("low", "high")

    def _change(self, spread: Spread | None) -> None:
        if spread != self._spread:
            self.set_spread(spread)
            self.post_message(self.Changed(self, spread))

    def _place(self, thumb: Thumb, value: float) -> None:
        """Move a thumb, no further than the other end; the mean is pushed along."""
        spread = self._spread
        assert spread is not None
        floor = self.scale.low if spread.shape == "log_uniform" and self.least <= 0 else self.least
        value = min(max(value, floor), self.most)
        if spread.shape == "constant":
            self._change(Spread("constant", value, value))
        elif thumb == "mean":
            self._change(replace(spread, mean=min(max(value, spread.low), spread.high)))
        elif thumb == "low":
            top = spread.high if spread.shape != "normal" else tidy(spread.high - 1e-3 * abs(spread.high - spread.low))
            self._change(_with_mean_inside(replace(spread, low=min(value, top))))
        else:
            bottom = spread.low if spread.shape != "normal" else tidy(spread.low + 1e-3 * abs(spread.high - spread.low))
            self._change(_with_mean_inside(replace(spread, high=max(value, bottom))))

    def _at(self, thumb: Thumb) -> float:
        assert self._spread is not None
        return {"low": self._spread.low, "mean": self._spread.mean, "high": self._spread.high}[thumb]

    # Actions

    def action_move(self, steps: float) -> None:
        """Move the active thumb by so many steps."""
        if self._spread is None:
            self.action_toggle_range()
            return
        value = self.scale.moved(self._at(self.thumb), steps)
        self.scale = self.scale.reaching(value, self.least, self.most)
        self._place(self.thumb, value)

    def action_to_end(self, direction: int) -> None:
        """Move the active thumb to an end of the track, or to its neighbour."""
        if self._spread is not None:
            self._place(self.thumb, self.scale.high if direction > 0 else self.scale.low)

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
            self._change(Spread("constant", start, start))
        elif spread.is_range:
            middle = spread.mean if spread.shape == "normal" else self._middle(spread)
            self._change(Spread("constant", middle, middle))
        elif self.varies:
            self._change(self._as_range(spread.low))
            self.thumb = "low"

    def _middle(self, spread: Spread) -> float:
        halfway = (self.scale.fraction(spread.low) + self.scale.fraction(spread.high)) / 2
        middle = self.scale.value_at(round(halfway * 200), 201)
        return min(max(middle, spread.low), spread.high)

    def _as_range(self, value: float) -> Spread:
        """The range that was there before, if it holds the value; else one about it."""
        before = self._range_before
        if before is not None and before.low <= value <= before.high:
            return before
        at = round(self.scale.fraction(value) * 100)
        low, high = (self.scale.value_at(min(max(at + by, 0), 100), 101) for by in (-10, 10))
        return Spread("log_uniform" if self.scale.log else "uniform", min(low, value), max(high, value))

    def action_next_shape(self) -> None:
        """Uniform, uniform in the logarithm, normal, and round again; from a constant, a range first."""
        spread = self._spread
        if spread is None or not spread.is_range:
            self.action_toggle_range()
            return
        match spread.shape:
            case "uniform" if spread.low > 0:
                self._change(replace(spread, shape="log_uniform"))
            case "uniform" | "log_uniform" if spread.low < spread.high:
                mean = tidy((spread.low + spread.high) / 2)
                deviation = float(f"{(spread.high - spread.low) / 4:.3g}")
                self._change(Spread("normal", spread.low, spread.high, mean, deviation))
            case _:
                self._change(Spread("uniform", spread.low, spread.high))

    def action_spread(self, direction: int) -> None:
        """Make a bell curve narrower or wider."""
        if self._spread is not None and self._spread.shape == "normal":
            wider = float(f"{self._spread.deviation * 1.1**direction:.3g}")
            self._change(replace(self._spread, deviation=wider))

    # Typed entry

    def entry_text(self) -> str:
        """The value as it can be typed: `3`, `1..4`, `0 ± 4 in -12..12`."""
        spread = self._spread
        if spread is None:
            return ""
        ends = f"{number_text(spread.low)}..{number_text(spread.high)}"
        match spread.shape:
            case "constant":
                return number_text(spread.low)
            case "normal":
                return f"{number_text(spread.mean)} ± {number_text(spread.deviation)} in {ends}"
            case _:
                return ends

    def enter(self, text: str) -> str:
        """Take `lo..hi`, one value, or `mean ± deviation in lo..hi`; a sentence where it cannot be taken."""
        if self.unit:
            text = text.removesuffix(self.unit).strip()
        parsed = self._parsed(text)
        if isinstance(parsed, str):
            return parsed
        ends = (parsed.low, parsed.high)
        if any(not self.least <= value <= self.most for value in ends):
            unit = f" {self.unit}" if self.unit else ""
            return f"Allowed is {number_text(self.least)} to {number_text(self.most)}{unit}."
        if self.integer and any(value != int(value) for value in ends):
            return "Only whole numbers are allowed here."
        for value in ends:
            if not self.scale.low <= value <= self.scale.high:
                self.scale = self.scale.reaching(value, self.least, self.most)
        self._change(parsed)
        return ""

    def _parsed(self, text: str) -> Spread | str:
        if match := _SINGLE.fullmatch(text):
            return Spread("constant", float(match[1]), float(match[1]))
        if match := _RANGE.fullmatch(text):
            low, high = sorted((float(match[1]), float(match[2])))
            return self._range(low, high) if self.varies else "One value is wanted here, not a range."
        if match := _BELL.fullmatch(text):
            return self._bell(float(match[1]), float(match[2]), match[3])
        return "Type a value like 3, or a range like 1..4." if self.varies else "Type a number."

    def _range(self, low: float, high: float) -> Spread:
        shape = self._spread.shape if self._spread is not None else "uniform"
        if shape == "normal" and self._spread is not None and low < high:
            return replace(self._spread, low=low, high=high, mean=min(max(self._spread.mean, low), high))
        if shape == "constant":
            shape = self._range_before.shape if self._range_before is not None else "uniform"
        return Spread("log_uniform" if shape == "log_uniform" and low > 0 else "uniform", low, high)

    def _bell(self, mean: float, deviation: float, rest: str) -> Spread | str:
        if not self.varies:
            return "One value is wanted here, not a distribution."
        if deviation <= 0:
            return "The standard deviation must be above 0."
        match = _RANGE.fullmatch(rest.strip().removeprefix("in"))
        if match is None and rest.strip():
            return "Type a bell curve like 0 ± 4 in -12..12."
        low, high = (mean - 3 * deviation, mean + 3 * deviation)
        if match is not None:
            low, high = sorted((float(match[1]), float(match[2])))
        low, high = tidy(max(low, self.least)), tidy(min(high, self.most))
        return Spread("normal", low, high, mean, deviation) if low < high else "The range is empty."

    # Mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Take the thumb that is nearest; on the value, type it."""
        offset = event.get_content_offset(self)
        if offset is None or event.button != 1:
            return
        if offset.y == 0 and not self.is_editing and offset.x >= self.content_size.width - self._value_width():
            event.stop()
            self.focus()
            self.call_after_refresh(self.action_edit)
        elif offset.y == 1:
            event.stop()
            self.focus()
            if self._spread is None:
                self.action_toggle_range()
                return
            column = offset.x - GUTTER - self._track_start()
            self.thumb = self._nearest(column)
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
        if self._spread is None:
            return
        columns = self._columns()
        if self.scale.column(self._at(self.thumb), columns) != column:
            self._place(self.thumb, self.scale.value_at(column, columns))

    def _nearest(self, column: int) -> Thumb:
        """The nearest thumb; of two in one place the one that can move to where the mouse is."""
        columns = self._columns()
        places = {thumb: self.scale.column(self._at(thumb), columns) for thumb in self.thumbs}
        least = min(abs(place - column) for place in places.values())
        near = [thumb for thumb, place in places.items() if abs(place - column) == least]
        return near[-1] if column > places[near[-1]] else near[0]

    # Drawing

    def body_height(self) -> int:
        """The track."""
        return 1

    def value_parts(self) -> Parts:
        """The value and its unit, the part of the active thumb marked."""
        spread = self._spread
        unit = "°" if self.unit == "°" else f" {self.unit}" if self.unit else ""
        if spread is None:
            return [("left out", "faint")]
        dots = " to " if self.ascii_only else " … "
        low = (number_text(spread.low), self._value_style("low"))
        high = (number_text(spread.high), self._value_style("high"))
        match spread.shape:
            case "constant":
                return [low, (unit, "value")]
            case "normal":
                bell = (number_text(spread.mean), self._value_style("mean"))
                around = f" {'+-' if self.ascii_only else '±'} {number_text(spread.deviation)}, "
                return [bell, (around, "faint"), low, (dots, "faint"), high, (unit, "value")]
            case "log_uniform":
                return [("log ", "faint"), low, (dots, "faint"), high, (unit, "value")]
            case _:
                return [low, (dots, "faint"), high, (unit, "value")]

    def _value_style(self, thumb: Thumb) -> str:
        return "value active" if self.has_focus and self.thumb == thumb and len(self.thumbs) > 1 else "value"

    def _value_width(self) -> int:
        return sum(cell_len(text) for text, _ in self.value_parts())

    def _ends(self) -> tuple[str, str]:
        if self.content_size.width < ENDS_FROM:
            return "", ""
        low = 0.0 if 0 < self.scale.low < 1e-3 * self.scale.high and not self.scale.log else self.scale.low
        return f"{number_text(low)} ", f" {number_text(self.scale.high)}"

    def _track_start(self) -> int:
        return cell_len(self._ends()[0])

    def _columns(self, size: Size | None = None) -> int:
        """Columns of the track."""
        width = (size or self.content_size).width
        return max(width - GUTTER - sum(cell_len(end) for end in self._ends()), 4)

    def body_line(self, y: int, width: int) -> Parts:
        """The track with the shape and the thumbs."""
        columns = self._columns()
        left, right = self._ends()
        line = "-" if self.ascii_only else "─"
        if self._spread is None:
            return [(left, "faint"), ((line + " ") * (columns // 2), "track"), (right, "faint")]
        shape = shape_row(self._spread, self.scale, columns, ascii_only=self.ascii_only)
        places = {self.scale.column(self._at(thumb), columns): thumb for thumb in self.thumbs}
        if self.thumb in self.thumbs:
            places[self.scale.column(self._at(self.thumb), columns)] = self.thumb
        parts: Parts = [(left, "faint")]
        for column, block in enumerate(shape):
            thumb = places.get(column)
            if thumb is not None:
                parts.append((self._thumb_glyph(thumb), self._thumb_style(thumb)))
            elif block == " " or not self._spread.is_range:
                parts.append((line, "track"))
            else:
                parts.append((block, "fill"))
        return [*_joined(parts), (right, "faint")]

    def _thumb_glyph(self, thumb: Thumb) -> str:
        active = self.has_focus and thumb == self.thumb
        if self.ascii_only:
            return "X" if active else "o"
        if thumb == "mean":
            return "◆" if active else "◇"
        return "█" if active else "●"

    def _thumb_style(self, thumb: Thumb) -> str:
        return "thumb" if not (self.ascii_only and self.has_focus and thumb == self.thumb) else "thumb reversed"


def _with_mean_inside(spread: Spread) -> Spread:
    return replace(spread, mean=min(max(spread.mean, spread.low), spread.high)) if spread.shape == "normal" else spread


def _joined(parts: Parts) -> Parts:
    """Neighbours of the same style in one text."""
    joined: Parts = []
    for text, style in parts:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined


def _numbers(spread: Spread | None) -> tuple[float, ...]:
    if spread is None:
        return ()
    return (spread.low, spread.high, spread.mean) if spread.shape == "normal" else (spread.low, spread.high)


def number_text(value: float) -> str:
    """A number as short as it can be: `3`, `0.35`, `1e+06`."""
    return f"{value:.6g}"
