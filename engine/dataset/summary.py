"""What the index keeps of a frame, read from its record without its masks and looks, and made into columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import camera_centre, view_of
from engine.annotate.record import Matrix3, Vector3
from engine.dataset.columns import FRAME_COLUMNS, INSTANCE_COLUMNS, Columns, Texts
from engine.frame.trouble import REASONS

type Floats = npt.NDArray[np.float64]


class _Instance(msgspec.Struct):
    instance_id: int
    class_name: str
    area: int
    bbox: tuple[int, int, int, int] | None
    cam_R_m2c: Matrix3
    cam_t_m2c: Vector3
    bounds_min: Vector3
    bounds_max: Vector3
    amodal_area: int | None = None
    visibility: float | None = None
    truncation: float | None = None


class _Spec(msgspec.Struct):
    drawn: dict[str, float | str]
    redrawn: dict[str, int] = {}


class _Render(msgspec.Struct):
    seconds: float


class _Image(msgspec.Struct):
    bytes: int


class _Record(msgspec.Struct):
    """The part of a record that the index uses."""

    index: int
    width: int
    height: int
    image: _Image
    cam_R_w2c: Matrix3
    cam_t_w2c: Vector3
    instances: tuple[_Instance, ...]
    spec: _Spec
    render: _Render


_VIEW = ("distance", "azimuth_seen", "elevation_seen")

_decoder = msgspec.json.Decoder(_Record)


@dataclass(slots=True)
class FrameSummary:
    """One row of an index, and its instances."""

    frame: dict[str, float]
    """By FRAME_COLUMNS; what is missing is not known."""
    drawn: dict[str, float | str] = field(default_factory=dict)
    instances: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    """Class, and numbers by INSTANCE_COLUMNS; what is missing is not known."""
    problem: str = ""


def summarize(index: int, data: bytes, picture_bytes: int | None) -> FrameSummary:
    """The summary of frame `index` from the bytes of its record.

    `picture_bytes` is the size of its picture's file, None where there is none. A record that cannot be read makes a
    row with a problem: an index lists every frame that the folder has.
    """
    try:
        record = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return FrameSummary({"index": index}, problem=f"its record is damaged: {error}")
    problem = ""
    if record.index != index:
        problem = f"its record is that of frame {record.index}"
    elif picture_bytes is None:
        problem = "its picture is missing"
    elif picture_bytes != record.image.bytes:
        problem = f"its picture has {picture_bytes} bytes, not {record.image.bytes}"
    eye = camera_centre(record.cam_R_w2c, record.cam_t_w2c)
    frame = {
        "index": index,
        "objects": len(record.instances),
        "seen": sum(1 for item in record.instances if item.area),
        "width": record.width,
        "height": record.height,
        "seconds": record.render.seconds,
        "camera_x": eye[0],
        "camera_y": eye[1],
        "camera_z": eye[2],
        **{f"redrawn.{reason}": record.spec.redrawn.get(reason, 0) for reason in REASONS},
    }
    instances = [(item.class_name, _numbers(item)) for item in record.instances]
    return FrameSummary(frame, record.spec.drawn, instances, problem)


def _numbers(item: _Instance) -> dict[str, float]:
    numbers = {"id": item.instance_id, "area": item.area, **dict(zip(_VIEW, view_of(item), strict=True))}
    if item.bbox is not None:
        numbers |= dict(zip("xywh", item.bbox, strict=True))
    if item.amodal_area and item.visibility is not None:
        numbers["visibility"] = item.visibility
    if item.truncation is not None:
        numbers["truncation"] = item.truncation
    return numbers


def columns_of(summaries: Sequence[FrameSummary]) -> Columns:
    """Columns of frames that are in ascending order."""
    everything = [(row, *item) for row, summary in enumerate(summaries) for item in summary.instances]
    numbers: dict[str, None] = {}
    texts: dict[str, None] = {}
    for summary in summaries:
        for path, value in summary.drawn.items():
            (texts if isinstance(value, str) else numbers)[path] = None
    return Columns(
        frames={name: _floats([item.frame.get(name, math.nan) for item in summaries]) for name in FRAME_COLUMNS},
        drawn={path: _floats([_number(item.drawn.get(path)) for item in summaries]) for path in numbers},
        words={path: Texts.of([_word(item.drawn.get(path)) for item in summaries]) for path in texts},
        problems=Texts.of([item.problem for item in summaries]),
        instances={name: _floats([item.get(name, math.nan) for *_, item in everything]) for name in INSTANCE_COLUMNS},
        classes=Texts.of([name for _, name, _ in everything]),
        owner=np.array([row for row, *_ in everything], np.int64),
    )


def _floats(values: list[float]) -> Floats:
    return np.array(values, np.float64)


def _number(value: float | str | None) -> float:
    return math.nan if value is None or isinstance(value, str) else float(value)


def _word(value: float | str | None) -> str:
    return value if isinstance(value, str) else ""
