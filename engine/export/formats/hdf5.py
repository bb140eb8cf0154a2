"""HDF5: a file for each frame, with the keys that BlenderProc gives its own."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from engine.dataset.read import Dataset
from engine.export.base import Exporter, needs
from engine.export.frame import Frame, Frames
from engine.export.output import Output
from engine.export.plain import json_bytes, plain_frame


@dataclass(frozen=True)
class Hdf5Exporter(Exporter):
    """HDF5 files as BlenderProc writes them, so that what reads those reads these."""

    name: ClassVar[str] = "hdf5"
    summary: ClassVar[str] = "HDF5 per frame, with BlenderProc's keys"
    holds: ClassVar[str] = (
        "`colors`, `instance_segmaps`, `category_id_segmaps`, `instance_attribute_maps`, `depth` (metres), `normals` "
        "(BlenderProc's: camera frame with y up and z back, from 0 to 1), other float passes by their names, and all "
        "annotations as JSON in `annotations`"
    )
    leaves_out: ClassVar[str] = "how and when a frame was rendered"
    reader: ClassVar[str] = "`h5py`, `blenderproc vis hdf5`"

    def check(self, dataset: Dataset) -> list[str]:
        """See `Exporter`."""
        needs("h5py", "hdf5", self.name)
        return []

    def write(self, frames: Frames, out: Output) -> None:
        """See `Exporter`."""
        for frame in frames:
            folder = f"{frames.split}/" if frames.split else ""
            out.put(f"{folder}{frame.record.index}.hdf5", _file(frame, needs("h5py", "hdf5", self.name)))


def _file(frame: Frame, h5py: Any) -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, array in _arrays(frame).items():
            file.create_dataset(name, data=array, compression="gzip", compression_opts=4, shuffle=True)
        file.create_dataset("instance_attribute_maps", data=np.bytes_(json.dumps(_attributes(frame))))
        file.create_dataset("annotations", data=np.bytes_(json_bytes(plain_frame(frame))))
    return buffer.getvalue()


def _arrays(frame: Frame) -> dict[str, npt.NDArray[Any]]:
    arrays: dict[str, npt.NDArray[Any]] = {
        "colors": frame.image,
        "instance_segmaps": frame.instance_ids,
        "category_id_segmaps": frame.class_ids,
    }
    for name, values in frame.passes.items():
        if name == "normal":
            arrays["normals"] = values * np.array([0.5, -0.5, -0.5], np.float32) + np.float32(0.5)
        else:
            arrays[name] = values
    return arrays


def _attributes(frame: Frame) -> list[dict[str, Any]]:
    """What each number in `instance_segmaps` stands for; 0 is the background."""
    background: dict[str, Any] = {"idx": 0, "category_id": 0, "name": "background"}
    return [
        background,
        *(
            {"idx": item.instance_id, "category_id": frame.class_id(item.class_name), "name": item.class_name}
            for item in frame.record.instances
        ),
    ]
