"""Annotations drawn into a picture: masks, boxes, names, poses and so on. Records and pixels in, pixels out.

Overlays are drawn after scaling, so that lines keep their width at any size. Masks lie on the very pixels; a box's
lines lie on the outermost pixels inside it; projected points are at pixel centres (see `engine.annotate.passes`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from engine.annotate.amodal_marks import draw_amodal
from engine.annotate.geometry import (
    NO_SKELETONS,
    Segment,
    Skeletons,
    axes,
    box_edges,
    drawing_depth,
    marked_points,
    skeleton_lines,
)
from engine.annotate.labels import Label, faded, labels_of, place, prediction_labels
from engine.annotate.masks import decode_mask
from engine.annotate.palette import AXIS_COLORS, INK, PAPER, Color, instance_color, prediction_color, text_on
from engine.annotate.part_marks import draw_parts, part_numbers, parts_shown
from engine.annotate.pen import Pen
from engine.annotate.plain import AnyInstance, AnyRecord, PlainInstance
from engine.annotate.record import FrameRecord, InstanceRecord
from engine.annotate.strokes import Canvas, blend, crisp_line, frame, outline, smooth_line

type Picture = npt.NDArray[np.uint8]
type IdMap = npt.NDArray[np.uint16]
type Region = tuple[int, int, int, int]
type Window = tuple[slice, slice]

_FILL = 0.3
_CORNERS = 0.28
"""Share of a side that is drawn from each corner of a box where lines are as thick as pixels."""
_OTHERS = 0.3
"""Opacity of everything that is not highlighted, as a factor."""
_DIMMED = 0.5
"""Brightness of the picture outside a highlighted mask."""


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture (H, W, 3) at (width, height): averaged when smaller; larger, every pixel stays a visible block."""
    height, width = picture.shape[:2]
    if (width, height) == size:
        return picture
    grows = size[0] >= 2 * width and size[1] >= 2 * height
    method = Image.Resampling.NEAREST if grows else Image.Resampling.LANCZOS
    scaled = Image.fromarray(picture).resize(size, method, reducing_gap=3.0)
    return np.asarray(scaled, dtype=np.uint8)


def resize_ids(ids: IdMap, size: tuple[int, int]) -> IdMap:
    """The id map (H, W) at (width, height): for each pixel the id at its centre."""
    height, width = ids.shape
    if (width, height) == size:
        return ids
    columns = ((np.arange(size[0]) + 0.5) * (width / size[0])).astype(np.intp)
    rows = ((np.arange(size[1]) + 0.5) * (height / size[1])).astype(np.intp)
    taken: IdMap = ids[rows[:, None], columns[None, :]]
    return taken


def draw(
    picture: Picture,
    record: AnyRecord,
    ids: IdMap,
    overlays: Collection[str],
    *,
    size: tuple[int, int] | None = None,
    highlight: int | None = None,
    text: bool = True,
    crisp: bool = False,
    region: Region | None = None,
    skeletons: Skeletons = NO_SKELETONS,
    predictions: Sequence[PlainInstance] = (),
    predicted: int | None = None,
) -> Picture:
    """The picture with overlays.

    `picture` (H, W, 3) and `ids` (H, W) are those of the frame; `size` is (width, height) of the result, the frame's
    own by default. `highlight` makes one instance stand out. `text=False` leaves names and letters to the caller
    (`labels_of`). `crisp=True` draws lines one pixel wide, for pictures of the size of a terminal. `region` shows only
    that part of the frame: (left, top, width, height), whole pixels inside it. `skeletons` joins keypoints of ours by
    lines. `predictions` are drawn with the overlay of that name; `predicted` makes the one of that number stand out.
    """
    left, top, across, down = region or (0, 0, picture.shape[1], picture.shape[0])
    window = (slice(top, top + down), slice(left, left + across))
    size = size or (across, down)
    width = 0.0 if crisp else max(1.5, min(size) / 320)
    pen = Pen(size[0] / across, size[1] / down, width, left, top, cut=region is not None)
    canvas = resize(picture[window], size).astype(np.float32)
    small_ids = resize_ids(ids[window], size)
    there = {item.instance_id: item for item in record.instances if item.area or item.amodal_mask is not None}
    chosen = there.get(highlight) if highlight is not None else None
    pointed = next((item for item in predictions if item.instance_id == predicted), None)
    if chosen is not None or pointed is not None:
        canvas[~_lit(pen, chosen, pointed, small_ids, window)] *= _DIMMED
    for instance in sorted(record.instances, key=drawing_depth, reverse=True):
        strength = 1.0 if chosen is instance or (chosen is None and pointed is None) else _OTHERS
        if parts := parts_shown(instance, overlays):
            draw_parts(canvas, pen, resize_ids(part_numbers(parts, ids.shape)[window], size), strength)
        _draw_instance(canvas, pen, record, instance, small_ids, overlays, strength, instance is chosen)
        if "keypoints" in overlays:
            _draw_keypoints(canvas, pen, instance, skeletons, strength)
        # What is hidden is shown of the chosen one where all of it is: else there would be nothing to see.
        marks = [*overlays, "amodal"] if instance is chosen and not instance.area else overlays
        if "amodal" in marks or "amodal_boxes" in marks:
            whole = _whole(instance, window, size)
            hidden = whole & (small_ids != instance.instance_id)
            color = instance_color(instance.instance_id)
            draw_amodal(canvas, pen, instance, whole, hidden, marks, color, strength)
    if "predictions" in overlays:
        for prediction in predictions:
            others = pointed is not prediction and (pointed is not None or chosen is not None)
            _draw_prediction(canvas, pen, prediction, _OTHERS if others else 1.0)
    drawn = np.rint(np.clip(canvas, 0, 255)).astype(np.uint8)
    if text:
        labels = labels_of(record, overlays, chosen.instance_id if chosen is not None else None)
        if "predictions" in overlays:
            labels += prediction_labels(predictions, predicted)
        return _with_labels(drawn, pen, labels, highlight, predicted)
    return drawn


def _whole(instance: AnyInstance, window: Window, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The amodal mask of an instance on the canvas, (H, W); empty where it has none."""
    if instance.amodal_mask is None:
        return np.zeros((size[1], size[0]), np.bool_)
    return resize_ids(decode_mask(instance.amodal_mask)[window].astype(np.uint16), size) > 0


def _extent(pen: Pen, instance: AnyInstance, ids: IdMap, window: Window) -> npt.NDArray[np.bool_]:
    """The pixels of the canvas (H, W) that an instance covers: its mask, else its amodal mask, else its box."""
    covered: npt.NDArray[np.bool_] = ids == instance.instance_id
    if not instance.area:
        return _whole(instance, window, (ids.shape[1], ids.shape[0]))
    if instance.mask is None and instance.bbox is not None:
        _fill(covered, pen, instance.bbox)
    return covered


def _lit(
    pen: Pen, chosen: AnyInstance | None, pointed: PlainInstance | None, ids: IdMap, window: Window
) -> npt.NDArray[np.bool_]:
    """The pixels of the canvas (H, W) that stay bright: those of the selected instance, and the predicted box."""
    lit = np.zeros(ids.shape, np.bool_) if chosen is None else _extent(pen, chosen, ids, window)
    if pointed is not None and pointed.bbox is not None:
        _fill(lit, pen, pointed.bbox)
    return lit


def _fill(covered: npt.NDArray[np.bool_], pen: Pen, box: tuple[float, float, float, float]) -> None:
    left, top, right, bottom = (max(round(edge), 0) for edge in pen.edges(box))
    covered[top:bottom, left:right] = True


def _draw_instance(
    canvas: Canvas,
    pen: Pen,
    record: AnyRecord,
    instance: AnyInstance,
    ids: IdMap,
    overlays: Collection[str],
    strength: float,
    chosen: bool,
) -> None:
    color = instance_color(instance.instance_id)
    if instance.area and ("masks" in overlays or chosen):
        mask = ids == instance.instance_id
        if "masks" in overlays and not parts_shown(instance, overlays):
            blend(canvas, mask, color, _FILL * strength)
        blend(canvas, outline(mask, pen.thickness), color, strength)
    if instance.area and "boxes" in overlays and instance.bbox is not None:
        corners = None if pen.width else _CORNERS
        frame(canvas, pen.edges(instance.bbox), color, pen.thickness, 0.95 * strength, corners=corners, cut=pen.cut)
    if isinstance(record, FrameRecord) and isinstance(instance, InstanceRecord):
        _draw_pose(canvas, pen, record, instance, overlays, strength)


def _draw_pose(
    canvas: Canvas, pen: Pen, record: FrameRecord, instance: InstanceRecord, overlays: Collection[str], strength: float
) -> None:
    color = instance_color(instance.instance_id)
    if "box3d" in overlays:
        for edge in box_edges(record, instance):
            _stroke(canvas, pen, edge, color, strength * (0.35 if edge.hidden else 0.95))
    if instance.area and "pose" in overlays:
        for segment, axis_color in zip(axes(record, instance), AXIS_COLORS, strict=True):
            if segment is not None:
                _stroke(canvas, pen, segment, axis_color, strength, bold=True)


def _draw_keypoints(canvas: Canvas, pen: Pen, instance: AnyInstance, skeletons: Skeletons, strength: float) -> None:
    """Lines between the points that are marked, and a dot on each; hidden ones are fainter."""
    color = instance_color(instance.instance_id)
    for segment, seen in skeleton_lines(instance, skeletons):
        _stroke(canvas, pen, segment, color, strength * (0.9 if seen else 0.4))
    half = max(1.0, pen.width)
    for point in marked_points(instance):
        if point is None:
            continue
        (u, v), seen = pen.point(point[0]), point[1]
        rows = slice(max(round(v - half + 0.5), 0), max(round(v + half + 0.5), 0))
        columns = slice(max(round(u - half + 0.5), 0), max(round(u + half + 0.5), 0))
        where = np.zeros(canvas.shape[:2], np.bool_)
        where[rows, columns] = True
        blend(canvas, where, PAPER if seen else color, strength)


def _draw_prediction(canvas: Canvas, pen: Pen, prediction: PlainInstance, strength: float) -> None:
    """A dashed frame, light for what was found and red for what was not; what it is said to be stands beside it."""
    if prediction.bbox is None:
        return
    color = prediction_color(prediction.verdict)
    dashes = max(2, round(pen.width * 3))
    frame(canvas, pen.edges(prediction.bbox), color, pen.thickness, strength, dashes=dashes, cut=pen.cut)


def _stroke(canvas: Canvas, pen: Pen, segment: Segment, color: Color, opacity: float, bold: bool = False) -> None:
    if segment.via:
        _stroke_bent(canvas, pen, segment, color, opacity, bold)
        return
    start, end = pen.point(segment.start), pen.point(segment.end)
    if not pen.width:
        crisp_line(canvas, start, end, color, opacity)
        return
    width = pen.width * (1.6 if bold else 1.0)
    if bold:
        smooth_line(canvas, start, end, INK, width + 2, 0.5 * opacity)
    smooth_line(canvas, start, end, color, width, opacity)


def _stroke_bent(canvas: Canvas, pen: Pen, segment: Segment, color: Color, opacity: float, bold: bool) -> None:
    """Its pieces are drawn onto a sheet first, so that none shows through where they meet."""
    for ink, more, share in ((INK, 2.0, 0.5), (color, 0.0, 1.0)) if bold and pen.width else ((color, 0.0, 1.0),):
        sheet = np.zeros_like(canvas)
        for start, end in segment.pieces:
            if pen.width:
                width = pen.width * (1.6 if bold else 1.0) + more
                smooth_line(sheet, pen.point(start), pen.point(end), (1, 1, 1), width)
            else:
                crisp_line(sheet, pen.point(start), pen.point(end), (1, 1, 1))
        canvas += (np.asarray(ink, np.float32) - canvas) * sheet * np.float32(share * opacity)


IN_WORDS = str.maketrans({"✓": "hit", "✗": "wrong"})
"""Signs that Pillow's own font lacks."""


def _with_labels(
    picture: Picture, pen: Pen, labels: Sequence[Label], highlight: int | None, predicted: int | None
) -> Picture:
    if not labels:
        return picture
    from PIL import ImageDraw, ImageFont

    image = Image.fromarray(picture)
    draw_on = ImageDraw.Draw(image)
    font = ImageFont.load_default(size=max(10, round(min(image.size) / 32)))
    texts = [label.text.translate(IN_WORDS) for label in labels]
    boxes = [
        _plate(label, pen, draw_on.textbbox((0, 0), text, font=font)) for label, text in zip(labels, texts, strict=True)
    ]
    for label, text, box, corner in zip(labels, texts, boxes, place(boxes, *image.size), strict=True):
        if corner is None:
            continue
        x, y = round(corner[0]), round(corner[1])
        shade = (90, 90, 90) if faded(label, highlight, predicted) else label.color
        draw_on.rounded_rectangle((x, y, x + round(box[2]) - 1, y + round(box[3]) - 1), radius=2, fill=shade)
        draw_on.text((x + 3, y + 2), text, fill=text_on(shade), font=font)
    return np.asarray(image, dtype=np.uint8)


def _plate(label: Label, pen: Pen, text_box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """Wanted place (x, y, width, height) of a label's plate, in pixels from the top left corner."""
    u, v = pen.point((label.u, label.v))
    width, height = round(text_box[0] + text_box[2]) + 6, round(text_box[3]) + 5
    if label.name:
        return u + 0.5, v + 0.5 - height, width, height
    return u + 0.5 - width / 2, v + 0.5 - height / 2, width, height
