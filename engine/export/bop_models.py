"""BOP's folder of models: `obj_000001.ply` in millimetres and `models_info.json`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.annotate.record import FrameRecord
from engine.dataset.models import StoredMesh, read_model
from engine.dataset.read import Dataset
from engine.errors import BadInput
from engine.export.base import Split
from engine.export.output import Output
from engine.export.plain import json_bytes
from engine.export.symmetries import symmetries_of
from engine.frame.landmarks import Vector3
from engine.frame.spec import UNSTRETCHED

_SAMPLE = 50
"""Frames that are looked at before an export for sizes that vary."""
_OBJECT = re.compile(r"objects\[\d+\]\.model")
"""Role of an asset that is a labelled object."""
_FEW = 1000
"""Points of which all pairs are compared."""
_DIRECTIONS = 400
_STARTS = 20


def object_count(dataset: Dataset) -> int:
    """How many objects the recipe has."""
    return sum(_OBJECT.fullmatch(entry.role) is not None for entry in dataset.manifest.assets)


def check_sizes(dataset: Dataset) -> list[str]:
    """Notes on the models; raises BadInput where a model's size is seen to vary, in some of the frames."""
    indices = dataset.indices()
    sizes_of(map(dataset.record, indices[:: max(len(indices) // _SAMPLE, 1)]), dataset)
    missing = [number for number in range(object_count(dataset)) if not _has_model(dataset, number)]
    if missing:
        return [
            f"{dataset.root} keeps no meshes of its models, as it was rendered by an earlier version: there is no "
            "'models' in the export. One more frame rendered into it brings them."
        ]
    return []


def _has_model(dataset: Dataset, number: int) -> bool:
    return read_model(dataset.root, number) is not None


def sizes_of(records: Iterable[FrameRecord], dataset: Dataset) -> dict[int, Vector3]:
    """The factors on the model of each of the recipe's objects along its axes; raises BadInput where they vary."""
    sizes: dict[int, Vector3] = {}
    for record in records:
        for item in record.spec.objects:
            own = (item.scale * item.stretch[0], item.scale * item.stretch[1], item.scale * item.stretch[2])
            known = sizes.setdefault(item.recipe_object, own)
            if known != own:
                raise BadInput(
                    f"BOP has models of one size, and in {dataset.root} that of objects[{item.recipe_object}] varies "
                    f"({_in_words(known)} and {_in_words(own)} times its own): render with a fixed scale and stretch."
                )
    return sizes


def _in_words(factors: Vector3) -> str:
    return " x ".join(f"{factor:g}" for factor in (factors if len(set(factors)) > 1 else factors[:1]))


def put_models(splits: Sequence[Split], out: Output) -> None:
    """Write the folder `models`, where the dataset has meshes."""
    dataset = splits[0].dataset
    sizes = sizes_of((record for split in splits for record in split.records()), dataset)
    infos: dict[str, Any] = {}
    for number in range(object_count(dataset)):
        mesh = read_model(dataset.root, number)
        if mesh is None:
            continue
        factors = np.array(sizes.get(number, UNSTRETCHED))
        points = mesh.vertices.astype(np.float64) * (1000.0 * factors)
        out.put(f"models/obj_{number + 1:06d}.ply", _ply(points, mesh))
        infos[str(number + 1)] = {**_info(points), **symmetries_of(dataset, number, factors)}
    if infos:
        out.put("models/models_info.json", json_bytes(infos) + b"\n")


def put_camera(splits: Sequence[Split], depth_scale: float, out: Output) -> None:
    """Write `camera.json`, the camera of the first frame."""
    first = next((record for split in splits for record in split.records()), None)
    if first is not None:
        K = first.cam_K  # noqa: N806
        described = {
            "cx": K[2], "cy": K[5], "depth_scale": depth_scale, "fx": K[0], "fy": K[4],
            "height": first.height, "width": first.width,
        }  # fmt: skip
        out.put("camera.json", json_bytes(described) + b"\n")


def folder_of(part: str) -> str:
    """BOP's name for the folder of a split: rendered training pictures are `train_pbr`."""
    return "train_pbr" if part == "train" else part


def _info(points: npt.NDArray[np.float64]) -> dict[str, Any]:
    low, size = points.min(axis=0).tolist(), np.ptp(points, axis=0).tolist()
    return {
        "diameter": diameter(points),
        "min_x": low[0], "min_y": low[1], "min_z": low[2],
        "size_x": size[0], "size_y": size[1], "size_z": size[2],
    }  # fmt: skip


def diameter(points: npt.NDArray[np.float64]) -> float:
    """The largest distance between two of some points (N, 3).

    Of many points, only those are compared that lie outermost in one of many directions; from the best pairs of them,
    each end is then moved to the point that is farthest from the other, for as long as that helps.
    """
    points = np.unique(points, axis=0)
    if len(points) <= _FEW:
        return float(_distances(points, points).max())
    along = points @ _directions().T
    kept = points[np.unique(np.concatenate([along.argmax(axis=0), along.argmin(axis=0)]))]
    between = _distances(kept, kept)
    best = 0.0
    for row in np.argsort(between.max(axis=1))[-_STARTS:]:
        place, reached = kept[row], 0.0
        while True:
            distances = np.linalg.norm(points - place, axis=1)
            farthest = int(distances.argmax())
            if distances[farthest] <= reached:
                break
            place, reached = points[farthest], float(distances[farthest])
        best = max(best, reached)
    return best


def _distances(left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    found: npt.NDArray[np.float64] = np.linalg.norm(left[:, None] - right[None], axis=2)
    return found


def _directions() -> npt.NDArray[np.float64]:
    """Unit vectors (N, 3) spread evenly over half a sphere, about 7 degrees apart."""
    number = np.arange(_DIRECTIONS) + 0.5
    z = number / _DIRECTIONS
    turn = np.pi * (1 + 5**0.5) * number
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def _ply(points: npt.NDArray[np.float64], mesh: StoredMesh) -> bytes:
    """Millimetres, with vertex normals as BOP's models have them."""
    normals = vertex_normals(points, mesh.triangles)
    lines = [
        "ply", "format binary_little_endian 1.0", f"element vertex {len(points)}",
        *(f"property float {name}" for name in ("x", "y", "z", "nx", "ny", "nz")),
        f"element face {len(mesh.triangles)}", "property list uchar int vertex_indices", "end_header",
    ]  # fmt: skip
    faces = np.zeros(len(mesh.triangles), [("count", "u1"), ("corners", "<i4", 3)])
    faces["count"], faces["corners"] = 3, mesh.triangles
    vertices = np.hstack([points, normals]).astype("<f4")
    return "".join(f"{line}\n" for line in lines).encode() + vertices.tobytes() + faces.tobytes()


def vertex_normals(points: npt.NDArray[np.float64], triangles: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """(N, 3) unit normals: the sum of those of the triangles around, by their areas; z where there are none."""
    corners = points[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    sums = np.zeros_like(points)
    for corner in range(3):
        np.add.at(sums, triangles[:, corner], across)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    normals: npt.NDArray[np.float64] = np.where(lengths > 0, sums / np.where(lengths > 0, lengths, 1), (0.0, 0.0, 1.0))
    return normals
