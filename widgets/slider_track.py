"""How a slider looks: its value in words, and the track with the distribution's shape and the thumbs."""

from __future__ import annotations

from dataclasses import dataclass

from widgets.control import Parts
from widgets.densities import Spread, Thumb, shape_row
from widgets.slider_entry import number_text
from widgets.slider_scale import Scale


@dataclass(frozen=True, slots=True)
class Look:
    """What the drawing depends on beside the value."""

    thumb: Thumb
    """The active one."""
    focused: bool
    ascii_only: bool


def value_parts(spread: Spread | None, unit: str, look: Look) -> Parts:
    """The value and its unit, the part of the active thumb marked."""
    unit = "°" if unit == "°" else f" {unit}" if unit else ""
    if spread is None:
        return [("left out", "faint")]

    def number(thumb: Thumb) -> tuple[str, str]:
        active = look.focused and look.thumb == thumb and spread.is_range
        return number_text(spread.at(thumb)), "value active" if active else "value"

    dots = " to " if look.ascii_only else " … "
    ends: Parts = [number("low"), (dots, "faint"), number("high"), (unit, "value")]
    match spread.shape:
        case "constant":
            return [number("low"), (unit, "value")]
        case "normal":
            around = f" {'+-' if look.ascii_only else '±'} {number_text(spread.deviation)}, "
            return [number("mean"), (around, "faint"), *ends]
        case "log_uniform":
            return [("log ", "faint"), *ends]
        case _:
            return ends


def end_labels(scale: Scale) -> tuple[str, str]:
    """What stands at the ends of a track that has the room."""
    low = 0.0 if 0 < scale.low < 1e-3 * scale.high and not scale.log else scale.low
    return f"{number_text(low)} ", f" {number_text(scale.high)}"


def track_parts(spread: Spread | None, scale: Scale, columns: int, look: Look) -> Parts:
    """The track of so many columns, with the shape and the thumbs."""
    line = "-" if look.ascii_only else "─"
    if spread is None:
        return [((line + " ") * (columns // 2), "track")]
    places = {scale.column(spread.at(thumb), columns): thumb for thumb in spread.thumbs}
    if look.thumb in spread.thumbs:  # of two in one place, the active one is seen
        places[scale.column(spread.at(look.thumb), columns)] = look.thumb
    parts: Parts = []
    for column, block in enumerate(shape_row(spread, scale, columns, ascii_only=look.ascii_only)):
        thumb = places.get(column)
        if thumb is not None:
            parts.append(_thumb(thumb, look))
        elif block == " " or not spread.is_range:
            parts.append((line, "track"))
        else:
            parts.append((block, "fill"))
    return _joined(parts)


def _thumb(thumb: Thumb, look: Look) -> tuple[str, str]:
    active = look.focused and thumb == look.thumb
    if look.ascii_only:
        return ("X", "thumb reversed") if active else ("o", "thumb")
    if thumb == "mean":
        return "◆" if active else "◇", "thumb"
    return "█" if active else "●", "thumb"


def _joined(parts: Parts) -> Parts:
    """Neighbours of the same style in one text."""
    joined: Parts = []
    for text, style in parts:
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined
