"""Frames read from a dataset for showing: decoded once, kept while they are near, damaged ones with their reason."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.annotate.geometry import NO_SKELETONS, Skeletons
from engine.annotate.plain import AnyRecord, PlainInstance
from engine.annotate.record import FrameRecord
from engine.dataset.source import FrameSource
from engine.errors import StudioError
from engine.recipe.output import FLOW_PASSES, RIGHT_PASS
from studio.indexing import Indexer
from studio.units import length


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame in memory. What could not be read is None, and `problem` says why."""

    index: int
    record: AnyRecord | None = None
    picture: npt.NDArray[np.uint8] | None = None
    """(H, W, 3)"""
    ids: npt.NDArray[np.uint16] | None = None
    """(H, W) instance ids."""
    problem: str = ""
    note: str = ""
    """What the colours of a pass mean."""
    skeletons: Skeletons = NO_SKELETONS
    """The lines between keypoints, by class."""
    predictions: tuple[PlainInstance, ...] = ()
    missed: tuple[int, ...] = ()
    """The instances that nothing predicted."""

    @property
    def own(self) -> FrameRecord | None:
        """The record of a frame of ours, with camera and poses."""
        return self.record if isinstance(self.record, FrameRecord) else None


class FrameCache:
    """Reads frames, and keeps the latest. May be used from several threads."""

    def __init__(self, dataset: FrameSource, capacity: int = 9) -> None:
        self.dataset = dataset
        self._capacity = capacity
        self._frames: OrderedDict[tuple[int, str], Frame] = OrderedDict()
        self._lock = threading.Lock()
        self.indexer = Indexer(dataset)
        self.predictions_file: Path | None = None
        """A COCO file of results that the user wants to see beside the truth."""
        self.predictions: Mapping[int, tuple[PlainInstance, ...]] = {}
        """What was predicted, by frame; set it before frames are loaded, or call `forget`. The same of `missed`."""
        self.missed: Mapping[int, tuple[int, ...]] = {}
        """The instances that nothing predicted, by frame."""

    def load(self, index: int, source: str = "color") -> Frame:
        """Frame `index` as one of `studio.browser.SOURCES`; never raises for a frame that cannot be read."""
        key = (index, source)
        with self._lock:
            if key in self._frames:
                self._frames.move_to_end(key)
                return self._frames[key]
        frame = replace(
            read_frame(self.dataset, index, source),
            predictions=self.predictions.get(index, ()),
            missed=self.missed.get(index, ()),
        )
        with self._lock:
            self._frames[key] = frame
            while len(self._frames) > self._capacity:
                self._frames.popitem(last=False)
        return frame

    def forget(self) -> None:
        """Read every frame anew from now on."""
        with self._lock:
            self._frames.clear()


def read_frame(dataset: FrameSource, index: int, source: str = "color") -> Frame:
    """Frame `index` of a dataset; whatever is wrong with it is told in its `problem`."""
    record: AnyRecord | None = None
    try:
        record = dataset.record(index)
        picture, note = _picture(dataset, record, source)
        if picture.shape != (record.height, record.width, 3):
            found = f"{picture.shape[1]}×{picture.shape[0]}"
            sizes = f"it has {found} pixels, its record says {record.width}×{record.height}"
            return Frame(index, record, problem=f"{dataset.root / record.image.path} is damaged: {sizes}.")
        return Frame(index, record, picture, dataset.instance_map(index), note=note, skeletons=dataset.skeletons)
    except StudioError as error:
        return Frame(index, record, problem=str(error))
    except Exception as error:  # a damaged file may break a decoder in any way; the screen must live on
        return Frame(index, record, problem=f"Frame {index} cannot be read ({type(error).__name__}: {error}).")


def _picture(dataset: FrameSource, record: AnyRecord, source: str) -> tuple[npt.NDArray[np.uint8], str]:
    if source in ("depth", "distance"):
        from engine.annotate.falsecolor import depth_picture, depth_range

        depth = dataset.float_pass(record.index, source)
        limits = depth_range(depth)
        note = f"{length(limits[0])} (light) to {length(limits[1])} (dark)" if limits else "nothing but surroundings"
        return depth_picture(depth, limits), f"{source} {note}"
    if source == "normal":
        from engine.annotate.falsecolor import normal_picture

        picture = normal_picture(dataset.float_pass(record.index, "normal"))
        return picture, "normals: red right, green up, blue towards the camera"
    if source == "normal_world":
        from engine.annotate.falsecolor import axes_picture

        normal = dataset.float_pass(record.index, source)
        axes = np.multiply(normal + np.float32(1), np.float32(0.5), dtype=np.float32)
        return axes_picture(axes, normal != 0), "normals in the world: red along x, green along y, blue up"
    if source == "nocs":
        from engine.annotate.falsecolor import axes_picture

        nocs = dataset.float_pass(record.index, source)
        return axes_picture(nocs, nocs != 0), "object coordinates: red along x, green along y, blue along z"
    if source in ("albedo", "diffuse", "specular"):
        from engine.annotate.falsecolor import light_picture, light_range

        light = dataset.float_pass(record.index, source)
        brightest = light_range(light)
        return light_picture(light, brightest), f"{source}: linear, white at {brightest:.3g}"
    if source == RIGHT_PASS:
        return dataset.float_pass(record.index, source).astype(np.uint8), "the right camera of the stereo pair"
    if source in FLOW_PASSES:
        from engine.annotate.falsecolor import flow_picture, flow_range

        flow = dataset.float_pass(record.index, source)
        longest = flow_range(flow)
        where = "the next frame" if source == FLOW_PASSES[0] else "the frame before"
        return flow_picture(
            flow, longest
        ), f"flow to {where}: red right, green down, cyan left; full at {longest:.1f} px"
    return dataset.image(record.index), ""
