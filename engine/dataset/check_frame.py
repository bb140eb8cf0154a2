"""Checking one frame: its record against its files, against its spec and against itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.boxes import FloatArray, box_corners, project, transform
from engine.annotate.geometry import projection_of
from engine.annotate.masks import decode_mask, mask_box
from engine.annotate.record import FrameRecord, InstanceRecord, StoredFile
from engine.dataset import layout
from engine.dataset.check_amodal import amodal_problems
from engine.dataset.check_landmarks import landmark_problems
from engine.dataset.check_parts import part_problems
from engine.dataset.check_passes import derived_problems, pass_problems
from engine.dataset.codec import Undecodable, decode_image, decode_passes
from engine.dataset.read import Dataset
from engine.errors import DatasetError
from engine.frame.projection import Projection
from engine.frame.spec import AssetRef, ObjectSpec, T_camera_model, intrinsics, rigid_inverse

_ROUNDING = 1e-6
"""Metres, pixels or parts of a rotation: far more than float64 loses, far less than matters."""

_SLACK = 0.02
"""Share of an object's size by which its surface may stick out of its box, as displacement makes it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a dataset."""

    file: str
    """Relative to the dataset's folder."""
    what: str


@dataclass(slots=True)
class FrameReport:
    """The outcome for one frame."""

    index: int
    instances: int = 0
    problems: list[Problem] = field(default_factory=list)


def check_frame(dataset: Dataset, index: int) -> FrameReport:
    """Check frame `index` against its files, its spec and the dataset's manifest; finds problems, raises none."""
    report = FrameReport(index)
    path = layout.record_path(index)
    try:
        record = dataset.record(index)
    except DatasetError as error:
        report.problems.append(Problem(path, str(error).removeprefix(f"{dataset.root / path} ")))
        return report
    report.instances = len(record.instances)
    report.problems += [Problem(path, what) for what in _record_problems(dataset, record, index)]
    report.problems += _image_problems(dataset, record)
    depth = _check_passes(dataset, record, report.problems)
    report.problems += [Problem(path, what) for what in _instances_problems(record, depth)]
    return report


def _record_problems(dataset: Dataset, record: FrameRecord, index: int) -> Iterator[str]:
    """The record against the manifest and its own spec, instances aside."""
    manifest, spec = dataset.manifest, record.spec
    if record.index != index or spec.index != index:
        yield f"its index is {record.index} (spec: {spec.index}), not {index}"
    if spec.seed != manifest.seed:
        yield f"its seed is {spec.seed}, the dataset's {manifest.seed}"
    if record.render.blender_version != manifest.versions.blender:
        yield f"it was rendered by Blender {record.render.blender_version}, not {manifest.versions.blender}"
    if (record.width, record.height) != (spec.camera.width, spec.camera.height):
        yield f"its size is {record.width} x {record.height}, its camera's {spec.camera.width} x {spec.camera.height}"
    if (record.width, record.height) != manifest.storage.resolution:
        yield f"its size is {record.width} x {record.height}, the dataset's {_by(manifest.storage.resolution)}"
    if not _close(record.cam_K, intrinsics(spec.camera)):
        yield "cam_K is not that of its camera"
    if record.cam_lens != spec.camera.lens:
        yield "cam_lens is not that of its camera"
    T_camera_world = rigid_inverse(np.array(spec.camera.T_world_camera))  # noqa: N806
    yield from _pose_problems("w2c", record.cam_R_w2c, record.cam_t_w2c, T_camera_world)
    known = {entry.content_hash for entry in manifest.assets}
    for asset in dict.fromkeys(_assets(spec)):
        if asset.content_hash not in known:
            yield f"it uses '{asset.name}' ({asset.content_hash}), which the manifest does not list"
    yield from _class_problems(dataset, record)


def _assets(value: object) -> Iterator[AssetRef]:
    """Every asset that a part of a spec names, however deep."""
    if isinstance(value, AssetRef):
        yield value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _assets(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _assets(item)


def _class_problems(dataset: Dataset, record: FrameRecord) -> Iterator[str]:
    recorded = [(instance.instance_id, instance.class_name, instance.model) for instance in record.instances]
    specified = [(entry.instance_id, entry.class_name, entry.model.name) for entry in record.spec.objects]
    if recorded != specified:
        yield "its instances (ids, classes, models) are not those of its spec"
    if len({number for number, _, _ in recorded}) != len(recorded):
        yield "two of its instances have the same id"
    for name in sorted({name for _, name, _ in recorded} - set(dataset.classes)):
        yield f"its class '{name}' is not in the manifest"
    known = {entry.name: set(entry.keypoints) for entry in dataset.class_entries}
    for instance in record.instances:
        strange = {point.name for point in instance.keypoints or ()} - known.get(instance.class_name, set())
        if strange and known.get(instance.class_name):
            yield f"instance {instance.instance_id}: the manifest does not list its keypoint '{min(strange)}'"


def _image_problems(dataset: Dataset, record: FrameRecord) -> Iterator[Problem]:
    stored = record.image
    expected = layout.image_path(record.index, dataset.manifest.storage.image)
    if stored.path != expected:
        yield Problem(layout.record_path(record.index), f"it names the picture '{stored.path}', not '{expected}'")
        return
    try:
        data = dataset.read_file(stored)
        rgb = decode_image(data)
    except (DatasetError, Undecodable) as error:
        yield Problem(stored.path, _unreadable(dataset, stored, error))
        return
    yield from _size_problems(stored, data)
    if rgb.shape != (record.height, record.width, 3):
        found = f"{rgb.shape[1]} x {rgb.shape[0]}"
        yield Problem(stored.path, f"it is {found} pixels large, its record says {record.width} x {record.height}")
    if layout.array_hash(rgb) != stored.pixel_hash:
        yield Problem(stored.path, "its pixels are not those that were stored (hash differs)")


def _check_passes(dataset: Dataset, record: FrameRecord, problems: list[Problem]) -> npt.NDArray[np.float32] | None:
    """Check the float passes; returns depth where it is stored and sound."""
    expected = dataset.manifest.storage.passes
    path = layout.passes_path(record.index)
    if set(record.passes) != set(expected) or any(stored.path != path for stored in record.passes.values()):
        named = ", ".join(f"{name} in {stored.path}" for name, stored in record.passes.items()) or "none"
        wanted = ", ".join(f"{name} in {path}" for name in expected) or "none"
        problems.append(Problem(layout.record_path(record.index), f"it names the passes {named}, not {wanted}"))
        return None
    if not expected:
        return None
    first = record.passes[expected[0]]
    try:
        data = dataset.read_file(first)
        arrays = decode_passes(data)
    except (DatasetError, Undecodable) as error:
        problems.append(Problem(path, _unreadable(dataset, first, error)))
        return None
    before = len(problems)
    problems += _size_problems(first, data)
    for name, stored in record.passes.items():
        problems += [Problem(path, what) for what in pass_problems(name, stored, arrays.get(name), record)]
    if len(problems) == before:
        problems += [Problem(path, what) for what in derived_problems(arrays, record)]
    return arrays.get("depth") if len(problems) == before else None


def _instances_problems(record: FrameRecord, depth: npt.NDArray[np.float32] | None) -> Iterator[str]:
    """Masks against each other; each instance's mask, box, area and pose."""
    owners = np.zeros((record.height, record.width), dtype=np.uint16)
    projection = projection_of(record)
    specs = {entry.instance_id: entry for entry in record.spec.objects}
    for instance in record.instances:
        label = f"instance {instance.instance_id}"
        mask: npt.NDArray[np.bool_] | None = None
        try:
            mask = _mask_of(instance, record)
        except ValueError as error:
            yield f"{label}: {error}"
        if mask is not None:
            for other in np.unique(owners[mask]):
                if other:
                    yield f"the masks of instances {other} and {instance.instance_id} overlap"
            owners[mask] = instance.instance_id
        if instance.instance_id in specs:
            for what in _geometry_problems(instance, specs[instance.instance_id], record, projection, mask, depth):
                yield f"{label}: {what}"
        for what in part_problems(record, instance, mask):
            yield f"{label}: {what}"
    for instance in record.instances:
        for what in amodal_problems(record, instance, owners):
            yield f"instance {instance.instance_id}: {what}"


def _mask_of(instance: InstanceRecord, record: FrameRecord) -> npt.NDArray[np.bool_] | None:
    """The decoded mask after it was checked against box and area; raises ValueError with what is wrong."""
    if instance.mask is None:
        if instance.area != 0 or instance.bbox is not None:
            raise ValueError("it has an area or a box, but no mask")
        return None
    if instance.mask.size != (record.height, record.width):
        raise ValueError(f"its mask is {_by(instance.mask.size[::-1])} pixels large")
    mask = decode_mask(instance.mask)
    area = int(mask.sum())
    if area == 0:
        raise ValueError("its mask is empty; an instance that is not seen has none")
    if area != instance.area:
        raise ValueError(f"its area is {instance.area}, its mask has {area} pixels")
    box = mask_box(instance.mask)
    if instance.bbox != box:
        raise ValueError(f"its box is {instance.bbox}, its mask's {box}")
    return mask


def _geometry_problems(
    instance: InstanceRecord,
    spec: ObjectSpec,
    record: FrameRecord,
    projection: Projection,
    mask: npt.NDArray[np.bool_] | None,
    depth: npt.NDArray[np.float32] | None,
) -> Iterator[str]:
    """The pose against the spec, the box's corners against the pose, and what is seen against the box."""
    T = T_camera_model(record.spec.camera, spec)  # noqa: N806
    yield from _pose_problems("m2c", instance.cam_R_m2c, instance.cam_t_m2c, T)
    low, high = np.array(instance.bounds_min), np.array(instance.bounds_max)
    if not (low <= high).all():
        yield "bounds_min is above bounds_max"
        return
    corners = transform(T, box_corners((instance.bounds_min, instance.bounds_max)))
    projected = project(projection, corners)
    if not _same_points(instance.bbox_3d_projected, projected):
        yield "bbox_3d_projected is not its 3D box seen by its camera"
    elif instance.bbox is not None and (extremes := projection.extremes(corners)) is not None:
        yield from _seen_problems(instance.bbox, *extremes)
    yield from landmark_problems(record, instance, mask, T, projection)
    if mask is not None and depth is not None:
        slack = _SLACK * float(np.linalg.norm(high - low))
        seen = depth[mask]
        if seen.min() < corners[:, 2].min() - slack or seen.max() > corners[:, 2].max() + slack:
            yield "its visible pixels are nearer or farther than its 3D box"


def _seen_problems(bbox: tuple[int, int, int, int], low: FloatArray, high: FloatArray) -> Iterator[str]:
    x, y, w, h = bbox
    slack = 1 + _SLACK * float((high - low).max())
    if (np.array([x, y]) < low - slack).any() or (np.array([x + w - 1, y + h - 1]) > high + slack).any():
        yield "its visible pixels lie outside of its 3D box"


def _pose_problems(
    name: str, rotation: tuple[float, ...], translation: tuple[float, ...], expected: FloatArray
) -> Iterator[str]:
    R = np.array(rotation).reshape(3, 3)  # noqa: N806
    if not _close(R @ R.T, np.eye(3)) or abs(np.linalg.det(R) - 1) > _ROUNDING:
        yield f"cam_R_{name} is not a rotation"
    if not _close(R, expected[:3, :3]) or not _close(translation, expected[:3, 3]):
        yield f"cam_R_{name} and cam_t_{name} are not the pose in its spec"


def _close(left: FloatArray | tuple[float, ...], right: FloatArray) -> bool:
    expected = right.ravel()
    return bool((np.abs(np.asarray(left).ravel() - expected) <= _ROUNDING * (1 + np.abs(expected))).all())


def _same_points(left: tuple[tuple[float, float] | None, ...], right: tuple[tuple[float, float] | None, ...]) -> bool:
    if [point is None for point in left] != [point is None for point in right]:
        return False
    flat = [np.array([point for point in points if point is not None]) for points in (left, right)]
    return _close(flat[0], flat[1])


def _size_problems(stored: StoredFile, data: bytes) -> Iterator[Problem]:
    if len(data) != stored.bytes:
        yield Problem(stored.path, f"it has {len(data)} bytes, its record says {stored.bytes}")


def _unreadable(dataset: Dataset, stored: StoredFile, error: Exception) -> str:
    if not (dataset.root / stored.path).exists():
        return "it is missing"
    return str(error).removeprefix(f"{dataset.root / stored.path} ")


def _by(size: tuple[int, ...]) -> str:
    return " x ".join(map(str, size))
