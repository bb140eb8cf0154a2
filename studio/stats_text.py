"""Statistics as titled charts, for the screen and for the command line."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from engine.dataset.stats import Histogram, Statistics
from studio.charts import bars, heat_map, histogram, key_of_shades, sphere
from studio.units import grouped


def summary_line(found: Statistics) -> str:
    """The totals in one line."""
    parts = [_count(found.frames, "frame"), _count(found.instances, "instance")]
    parts += [f"{grouped(found.unseen)} more of which no pixel is seen"] if found.unseen else []
    parts += [_count(found.problems, "frame") + " with a problem"] if found.problems else []
    return "  ·  ".join(parts)


def _count(number: int, thing: str) -> str:
    return f"{grouped(number)} {thing}" if number == 1 else f"{grouped(number)} {thing}s"


def charts_of(found: Statistics, width: int, color: str, *, plain: bool = False) -> list[tuple[str, Text]]:
    """(title, chart) of each, at most `width` wide; `plain` keeps to ASCII."""

    def columns(data: Histogram, unit: str = "") -> Text:
        return histogram(data, width, color, unit, plain=plain)

    classes = {name: count.instances for name, count in found.classes.items()}
    most = max((max(row) for row in found.box_map), default=0.0)
    charts = [
        ("Instances by class", bars(classes, width, color, plain=plain)),
        ("Instances in a frame", columns(found.per_frame)),
        ("Size of boxes (side of a square of the same area)", columns(found.box_sides, "px")),
        ("COCO's sizes", bars(found.sizes, width, color, plain=plain)),
        (
            f"Where boxes lie   {key_of_shades(f'{most:.0%} of the boxes', plain=plain)}",
            heat_map(_halved(found.box_map), width, color, plain=plain),
        ),
        ("Visibility: share of an instance that nothing hides", columns(_percent(found.visibility), "%")),
        ("Truncation: share of an instance outside of the picture", columns(_percent(found.truncation), "%")),
        (
            f"Directions of view   {key_of_shades(_most(found.views), plain=plain, lightest=2)}",
            sphere(found.views, width, color, plain=plain)
            + Text("\nin the object's frame: its x to the right, its y up" if found.views else "", "dim"),
        ),
    ]
    if found.brightness.counts:
        title = f"Brightness of {_count(found.brightness_sample, 'picture')} (mean luma)"
        charts.append((title, columns(found.brightness)))
    if found.problem_kinds:
        charts.append(("Frames by what is wrong with them", _problems(found.problem_kinds, width)))
    return charts


def _problems(kinds: Mapping[str, int], width: int, most: int = 12) -> Text:
    digits = max(len(grouped(count)) for count in kinds.values())
    lines = [f"{grouped(count):>{digits}}  {text}" for text, count in list(kinds.items())[:most]]
    cut = [line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…" for line in lines]
    return Text("\n".join(cut))


def _percent(found: Histogram) -> Histogram:
    return Histogram([100 * edge for edge in found.edges], found.counts)


def _halved(rows: list[list[float]]) -> list[list[float]]:
    """Two rows in one, since characters are twice as high as wide."""
    pairs = zip(rows[0::2], rows[1::2], strict=True)
    return [[(a + b) / 2 for a, b in zip(upper, lower, strict=True)] for upper, lower in pairs]


def _most(views: list[list[int]]) -> str:
    return _count(max((max(row) for row in views), default=0), "instance")
