"""The panes beside the picture, the table of instances and the values of the frame; and what is said around it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.app import App
from textual.content import Content

from engine.annotate.geometry import view_of
from engine.annotate.palette import instance_color
from engine.annotate.part_marks import parts_shown
from engine.annotate.plain import AnyInstance, AnyRecord, PlainInstance
from engine.annotate.record import FrameRecord
from engine.library.notes import SIDECAR_NAME
from studio.browser import Browser
from studio.frames import Frame
from studio.naming import frame_place
from studio.screens.common import Table
from studio.units import grouped, length, seconds
from studio.values import Value, area_text, box_text, describe, hidden_text, truncation_text, values_of
from widgets.cells import mark_color
from widgets.row_table import NOTHING, Column, Row

SOURCE_TITLES = {
    "color": "Colour", "right": "Right", "depth": "Depth", "distance": "Distance", "normal": "Normals",
    "normal_world": "Normals", "nocs": "NOCS", "albedo": "Albedo", "diffuse": "Diffuse", "specular": "Specular",
    "flow_forward": "Flow", "flow_backward": "Flow back",
}  # fmt: skip
OVERLAY_TITLES = {
    "masks": "masks", "boxes": "boxes", "names": "names", "pose": "pose", "box3d": "Box 3D", "amodal": "amodal",
    "amodal_boxes": "Amodal boxes", "keypoints": "Keypoints", "parts": "Named parts", "predictions": "Predictions",
}  # fmt: skip
"""Each begins with its key."""


class InstanceTable(Table):
    """One row for each instance of the frame, marked with the colour that its overlays have."""

    def __init__(self) -> None:
        columns = [
            Column("id", "right"),
            Column("class", flexible=True),
            Column("area px", "right", priority=3),
            Column("hidden", "right", priority=2, optional=True),
            Column("cut", "right", priority=4, optional=True),
            Column("dist", "right", priority=1, optional=True),
            Column("from", "right", priority=5, optional=True),
            Column("box px", "left", priority=6),
        ]
        super().__init__(columns, id="instances")
        self.border_title = "Objects"

    def show(self, record: AnyRecord | None) -> None:
        """Fill the table from a record; None empties it."""
        instances = record.instances if record is not None else ()
        self.set_rows(
            [_instance_row(instance, palette=in_palette(self.app)) for instance in instances],
            empty="none in this frame" if record is not None else "",
        )
        self.border_title = f"Objects {len(instances)}" if instances else "Objects"


def in_palette(app: App[object]) -> bool:
    """Whether an app has the 256 colours of the palette and no more."""
    return app.console.color_system == "256"


def _instance_row(instance: AnyInstance, *, palette: bool) -> Row:
    color = mark_color(instance_color(instance.instance_id), palette=palette)
    swatch = Text.assemble(("■ ", Style(color=color)), str(instance.instance_id), end="")
    if not instance.area:
        swatch = Text(f"□ {instance.instance_id}", end="")
    return Row(
        str(instance.instance_id),
        (
            swatch,
            instance.class_name,
            area_text(instance),
            hidden_text(instance),
            truncation_text(instance),
            *_pose_texts(instance),
            box_text(instance),
        ),
    )


def _pose_texts(instance: AnyInstance) -> tuple[str, str]:
    """How far away, and from where it is seen: azimuth and elevation in its own frame."""
    if isinstance(instance, PlainInstance):
        return NOTHING, NOTHING
    distance, azimuth, elevation = view_of(instance)
    return length(distance), f"{azimuth:.0f}° {elevation:+.0f}°"


class ValuesTable(Table):
    """The frame's values in groups, filtered by words."""

    def __init__(self) -> None:
        columns = [Column("name", share=0.55), Column("value", "right", flexible=True)]
        super().__init__(columns, titles=False, id="values")
        self.border_title = "Values"
        self._values: list[Value] = []
        self.words: list[str] = []

    def show(self, record: AnyRecord | None) -> None:
        """Fill the table from a record; None empties it."""
        self._values = values_of(record) if record is not None else []
        self._fill()

    def filter(self, text: str) -> None:
        """Keep the values that contain every word of a text."""
        self.words = text.lower().split()
        self._fill()

    def value(self, key: str | None) -> Value | None:
        """The value in a row."""
        return next((value for value in self._values if value.key == key), None)

    def _fill(self) -> None:
        values = self._values
        kept = [value for value in values if value.matches(self.words)]
        rows: list[Row] = []
        group = ""
        for value in kept:
            if value.group != group:
                group = value.group
                rows.append(Row(f"group {group} {len(rows)}", (group,), heading=True))
            rows.append(Row(value.key, (f" {value.name}", value.text)))
        self.set_rows(rows, empty="nothing contains this" if self.words and values else "")
        self.border_subtitle = f"/{' '.join(self.words)}  {len(kept)} of {len(values)}" if self.words else ""


def place_text(browser: Browser, known: bool) -> str:
    """Where in the dataset we are: `frame 12 (13th of 240)`. `known` says whether the folder was read at all."""
    if browser.index is None or not known:
        empty = "no frame matches" if browser.everything else "no frames yet"
        return empty if known else "reading …"
    place = frame_place(browser.index, browser.position, len(browser.indices))
    if len(browser.indices) < len(browser.everything):
        return f"{place.removesuffix(')')}, {grouped(len(browser.everything))} in all)"
    return place


def overlays_of(frame: Frame | None) -> tuple[str, ...]:
    """The overlays that a frame has something for."""
    found = ["masks", "boxes", "names"]
    instances = frame.record.instances if frame is not None and frame.record is not None else ()
    if frame is None or frame.record is None or frame.own is not None:
        found += ["pose", "box3d"]
    if any(item.amodal_mask is not None for item in instances):
        found += ["amodal", "amodal_boxes"]
    if any(item.keypoints for item in instances):
        found.append("keypoints")
    if any(parts_shown(item, {"parts"}) for item in instances):
        found.append("parts")
    if frame is not None and frame.predictions:
        found.append("predictions")
    return tuple(found)


def nothing_to_draw(overlay: str, frame: Frame, *, predicted: bool) -> str:
    """Why an overlay that was switched shows nothing on a frame. `predicted` says whether predictions were given."""
    match overlay:
        case "predictions" if not predicted:
            return "No predictions were given; `studio inspect FOLDER --predictions FILE` shows those of a COCO file."
        case "amodal" | "amodal_boxes":
            return "This frame stores no amodal masks."
        case "pose" | "box3d":
            return "Frames of a COCO file have no poses and no 3D boxes."
        case "parts" if frame.own is None:
            return "Named parts are not read from COCO files."
        case "parts" if frame.own is not None and any(item.parts is None for item in frame.own.instances):
            return "This frame was rendered before parts were recorded."
        case "parts":
            return f"No object of this frame has named parts; a {SIDECAR_NAME} beside its model can name them."
    return f"This frame has no {overlay}."


def reaches_beyond(frame: Frame | None) -> bool:
    """Whether the box of a whole object is another one than that of what is seen of it."""
    instances = frame.record.instances if frame is not None and frame.record is not None else ()
    return any(item.amodal_bbox is not None and item.amodal_bbox != item.bbox for item in instances)


def overlay_marks(browser: Browser, there: Collection[str], columns: int) -> Content:
    """The overlays, those that are on with a filled mark, the letter of each key underlined; they can be clicked.

    As many as so many columns allow have their names; of those after them only the keys are left.
    """
    for named in range(len(there), -1, -1):
        titles = [OVERLAY_TITLES[name][: None if place < named else 1] for place, name in enumerate(there)]
        marked = zip(there, titles, strict=True)
        marks = Content(" ").join([_overlay_mark(name, title, name in browser.overlays) for name, title in marked])
        if marks.cell_length <= columns:
            break
    return marks


def _overlay_mark(name: str, title: str, on: bool) -> Content:
    mark = ("●" if on else "○", "$accent" if on else "")
    return Content.assemble(mark, (title[0], "underline"), title[1:]).stylize(f"@click=screen.overlay('{name}')")


def status_text(frame: Frame, selected: int | None, notes: Sequence[str], columns: int) -> str:
    """One line of so many columns on the selected instance, or on the picture, notes first: as much as fits.

    The frame must have a record.
    """
    record = frame.record
    assert record is not None
    chosen = next((item for item in record.instances if item.instance_id == selected), None)
    if chosen is not None:
        name, *facts = describe(chosen)
        return joined([name, *(["missed by the predictions"] if selected in frame.missed else []), *facts], columns)
    size = f"{record.width} × {record.height} px"
    if isinstance(record, FrameRecord):
        render = record.render
        facts = [size, f"{record.spec.samples} samples", f"{seconds(render.seconds)} on {render.device}"]
    else:
        facts = [size, record.image.path]
    return joined([*notes, *facts], columns)


def joined(parts: Sequence[str], columns: int) -> str:
    """The first parts, as many as have room in a line."""
    line = ""
    for part in parts:
        longer = f"{line}  ·  {part}" if line else part
        if line and cell_len(longer) > columns:
            break
        line = longer
    return line
