"""Statistics as titled charts, for the screen and for the command line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from engine.dataset.drawn_stats import BINS, Drawn
from engine.dataset.stats import Histogram, Statistics
from engine.frame.trouble import REASONS
from studio.charts import bars, heat_map, histogram, key_of_shades, spark, sphere
from studio.units import drawn_value, grouped

if TYPE_CHECKING:
    from engine.export.evaluate import Evaluation

KINDS = {"bbox": "boxes", "segm": "masks", "keypoints": "keypoints"}
"""pycocotools' names of what is compared, in words."""

type Chart = tuple[str, Text]
"""A title and what stands below it."""

MOST_TALLER = 12
"""Lines that charts grow by at most where there is room."""


def filled(charts: Callable[[int], list[Chart]], across: int, height: int) -> list[list[Chart]]:
    """Charts in so many columns, made as tall as `height` lines allow; `charts` makes them so many lines taller."""
    for taller in range(MOST_TALLER, 0, -1):
        columns = in_columns(charts(taller), across)
        if max(map(_lines, columns)) <= height:
            return columns
    return in_columns(charts(0), across)


def in_columns(charts: Sequence[Chart], across: int) -> list[list[Chart]]:
    """Charts one below the other, each in the column that is the shortest so far."""
    columns: list[list[Chart]] = [[] for _ in range(across)]
    for chart in charts:
        min(columns, key=_lines).append(chart)
    return columns


def _lines(column: list[Chart]) -> int:
    """With an empty one and the title above each chart."""
    return sum(chart.plain.count("\n") + 3 for _, chart in column)


def predictions_chart(evaluation: Evaluation) -> Chart:
    """What predictions are worth: pycocotools' figures of all frames, those of each class, and the counts."""
    lines = []
    for kind, figures in evaluation.figures.items():
        lines.append(f"of {KINDS[kind]}")
        shown = [f"{name.replace('_', ' ')} {_figure(value)}" for name, value in figures.items()]
        lines += ["  " + "".join(f"{text:<16}" for text in shown[at : at + 3]).rstrip() for at in range(0, 12, 3)]
    lines += [f"{name}: AP {_figure(value)}" for name, value in evaluation.classes.items()]
    totals = (
        sum(getattr(errors, name) for errors in evaluation.frames.values()) for name in ("hits", "wrong", "missed")
    )
    lines.append("{} hits, {} wrong, {} missed".format(*map(grouped, totals)))
    return "Predictions, in all frames", Text("\n".join(lines))


def evaluation_tables(evaluation: Evaluation) -> list[str]:
    """pycocotools' figures as tables, one for each thing compared: a line for all classes, and one for each."""
    lines = []
    for kind, figures in evaluation.figures.items():
        rows = {KINDS[kind]: figures} | {f"  {name}": of_class for name, of_class in evaluation.tables[kind].items()}
        names = max(cell_len(name) for name in rows)
        widths = [max(len(_heading(name)), 5) for name in figures]
        head = [f"{_heading(name):>{width}}" for name, width in zip(figures, widths, strict=True)]
        lines.append(" ".join([" " * names, *head]))
        for name, values in rows.items():
            shown = [f"{_figure(value):>{width}}" for value, width in zip(values.values(), widths, strict=True)]
            lines.append(" ".join([set_cell_size(name, names), *shown]))
        lines.append("")
    return lines


def _heading(name: str) -> str:
    """Short enough for a table: `AP_small` is `APs`, as in COCO's own tables."""
    return re.sub(r"_(small|medium|large)", lambda size: size[1][0], name).replace("_", "")


def figures_text(kind: str, figures: Mapping[str, float]) -> str:
    """What predictions of boxes (`bbox`) or masks (`segm`) are worth, in a few words."""
    shown = "  ".join(f"{name} {_figure(figures[name])}" for name in ("AP", "AP50", "AP75"))
    return f"{KINDS[kind]} {shown}"


def _figure(value: float) -> str:
    return f"{value:.3f}" if value >= 0 else "–"


def summary_line(found: Statistics) -> str:
    """The totals in one line."""
    parts = [_count(found.frames, "frame"), _count(found.instances, "instance")]
    parts += [f"{grouped(found.unseen)} more of which no pixel is seen"] if found.unseen else []
    parts += [_count(found.problems, "frame") + " with a problem"] if found.problems else []
    return "  ·  ".join(parts)


def _count(number: int, thing: str) -> str:
    return f"{grouped(number)} {thing}" if number == 1 else f"{grouped(number)} {thing}s"


def charts_of(found: Statistics, width: int, color: str, *, plain: bool = False, taller: int = 0) -> list[Chart]:
    """Each chart, at most `width` wide; `plain` keeps to ASCII, `taller` makes them so many lines higher."""

    def columns(data: Histogram, unit: str = "") -> Text:
        return histogram(data, width, color, unit, plain=plain, height=5 + taller)

    classes = {name: count.instances for name, count in found.classes.items()}
    most = max((max(row) for row in found.box_map), default=0.0)
    charts = [
        ("Instances by class", bars(classes, width, color, plain=plain)),
        ("Instances in a frame", columns(found.per_frame)),
        ("Size of boxes (side of a square of the same area)", columns(found.box_sides, "px")),
        ("COCO's sizes", bars(found.sizes, width, color, plain=plain)),
        (
            f"Where boxes lie   {key_of_shades(f'{most:.0%} of the boxes', plain=plain)}",
            heat_map(_halved(found.box_map), width, color, plain=plain, size=1 + taller // 8),
        ),
        ("Visibility: share of an instance that nothing hides", columns(_percent(found.visibility), "%")),
        ("Truncation: share of an instance outside of the picture", columns(_percent(found.truncation), "%")),
        (
            f"Directions of view   {key_of_shades(_most(found.views), plain=plain, lightest=2)}",
            sphere(found.views, width, color, plain=plain, most=28 + 2 * taller)
            + Text("\nin the object's frame: its x to the right, its y up" if found.views else "", "dim"),
        ),
    ]
    if found.brightness.counts:
        title = f"Brightness of {_count(found.brightness_sample, 'picture')} (mean luma)"
        charts.append((title, columns(found.brightness)))
    if found.redrawn:
        thrown = {REASONS[reason]: count for reason, count in found.redrawn.items()}
        charts.append((f"{_count(sum(thrown.values()), 'draw')} thrown away and drawn again", _counted(thrown, width)))
    if found.problem_kinds:
        charts.append(("Frames by what is wrong with them", _counted(found.problem_kinds, width)))
    return charts


def _counted(kinds: Mapping[str, int], width: int, most: int = 12) -> Text:
    digits = max(len(grouped(count)) for count in kinds.values())
    lines = [f"{grouped(count):>{digits}}  {text}" for text, count in list(kinds.items())[:most]]
    cut = [line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…" for line in lines]
    return Text("\n".join(cut))


def drawn_chart(found: Drawn, width: int, *, plain: bool = False) -> Chart:
    """How drawn values spread, a line for each: how often each part of the range came, and the range; of texts, the
    most frequent."""
    rows: dict[str, str] = {}
    for path, one in found.numbers.items():
        rows[path] = drawn_value(path, one.low)
        if one.low < one.high:
            shape = spark(one.counts, plain=plain)
            rows[path] = f"{shape:<{BINS + 1}} {rows[path]} to {drawn_value(path, one.high)}"
    for path, texts in found.texts.items():
        counts = [f"{word} {grouped(count)}" for word, count in texts.counts.items()]
        rows[path] = ", ".join(counts) or f"{grouped(texts.values)} values, too many different ones to list"
    names = min(max(map(cell_len, rows)), max(width // 2, 16))
    lines = [f"{set_cell_size(path, names)}  {text}" for path, text in rows.items()]
    cut = [line if cell_len(line) <= width else f"{set_cell_size(line, width - 1)}…" for line in lines]
    return "Drawn values, of all frames", Text("\n".join(cut))


def _percent(found: Histogram) -> Histogram:
    return Histogram([100 * edge for edge in found.edges], found.counts)


def _halved(rows: list[list[float]]) -> list[list[float]]:
    """Two rows in one, since characters are twice as high as wide."""
    pairs = zip(rows[0::2], rows[1::2], strict=True)
    return [[(a + b) / 2 for a, b in zip(upper, lower, strict=True)] for upper, lower in pairs]


def _most(views: list[list[int]]) -> str:
    return _count(max((max(row) for row in views), default=0), "instance")
