"""The pane of predictions beside the picture: what each was found to be, and what nothing predicted."""

from __future__ import annotations

from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from engine.annotate.palette import prediction_color
from engine.annotate.plain import PlainInstance
from studio.frames import Frame
from studio.screens.common import Table
from widgets.cells import mark_color
from widgets.row_table import NOTHING, Column, Row

_MARKS = {"wrong": "✗", "missed": "○", "hit": "✓", "": " "}
"""Of the verdicts, in the order of the table: what went wrong comes first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A row: a prediction, or an instance that none found."""

    predicted: int | None
    """The prediction's number."""
    instance: int | None
    """The instance that it hit, or that was missed."""

    @property
    def key(self) -> str:
        """Names the row."""
        return f"prediction {self.predicted}" if self.predicted is not None else f"missed {self.instance}"


class PredictionTable(Table):
    """One row for each prediction of the frame, and for each instance that was missed."""

    def __init__(self) -> None:
        columns = [
            Column("class", flexible=True),
            Column("score", "right"),
            Column("IoU", "right"),
            Column("of", priority=1),
            Column("verdict", priority=2),
        ]
        super().__init__(columns, id="predictions")
        self._findings: dict[str, Finding] = {}

    def show(self, frame: Frame | None) -> None:
        """Fill the table; None empties it."""
        predictions = frame.predictions if frame is not None else ()
        names = {item.instance_id: item.class_name for item in frame.record.instances} if frame and frame.record else {}
        rows: list[tuple[str, Finding, Row]] = [(item.verdict, *self._prediction(item, names)) for item in predictions]
        rows += [("missed", *self._missed(number, names)) for number in (frame.missed if frame is not None else ())]
        rows.sort(key=lambda row: list(_MARKS).index(row[0]))
        self._findings = {finding.key: finding for _, finding, _ in rows}
        self.set_rows([row for *_, row in rows], empty="nothing predicted, nothing missed" if frame is not None else "")
        counts = ((mark, sum(row[0] == verdict for row in rows)) for verdict, mark in _MARKS.items())
        self.border_title = " ".join(["Predicted ", *(f"{mark}{count}" for mark, count in counts if count)])

    def finding(self, key: str | None) -> Finding:
        """What a row is about."""
        return self._findings.get(key or "", Finding(None, None))

    def point_at(self, predicted: int | None, instance: int | None) -> None:
        """Put the cursor on a prediction, or on an instance that was missed; on nothing where neither is there."""
        keys = (Finding(predicted, None).key if predicted is not None else "", Finding(None, instance).key)
        self.cursor = next((key for key in keys if key in self._findings), None)

    def _prediction(self, item: PlainInstance, names: dict[int, str]) -> tuple[Finding, Row]:
        finding = Finding(item.instance_id, item.match)
        color = mark_color(prediction_color(item.verdict), palette=self.app.console.color_system == "256")
        name = Text.assemble((f"{_MARKS[item.verdict]} ", Style(color=color)), item.class_name, end="")
        of = f"{names.get(item.match, '')} {item.match}" if item.match is not None else NOTHING
        iou = f"{item.iou:.2f}" if item.iou is not None else NOTHING
        return finding, Row(finding.key, (name, f"{item.score or 0:.2f}", iou, of, item.verdict or "not counted"))

    def _missed(self, number: int, names: dict[int, str]) -> tuple[Finding, Row]:
        finding, name = Finding(None, number), f"{_MARKS['missed']} {names.get(number, '')} {number}"
        return finding, Row(finding.key, (name, NOTHING, NOTHING, NOTHING, "missed"))


def prediction_text(item: PlainInstance, frame: Frame) -> list[str]:
    """What is to be said of a prediction, the most important first."""
    instances = frame.record.instances if frame.record is not None else ()
    hit = next((other for other in instances if other.instance_id == item.match), None)
    parts = [f"predicted {item.class_name} {item.score or 0:.2f}"]
    if hit is not None:
        parts.append(f"overlaps {hit.class_name} {hit.instance_id} by {item.iou or 0:.2f} (IoU)")
    elif item.verdict == "wrong" and item.iou:
        parts.append(f"wrong: overlaps no {item.class_name} that is left by half, at most one by {item.iou:.2f} (IoU)")
    elif item.verdict == "wrong":
        parts.append(f"wrong: overlaps no {item.class_name} at all")
    return parts
