"""From the passes of a render and the spec it was rendered from to the frame's annotations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.annotate.amodal import AmodalView, amodal_views
from engine.annotate.boxes import Bounds, FloatArray, box_corners, project, transform
from engine.annotate.keypoints import keypoint_records
from engine.annotate.masks import BinaryMask, visible_masks
from engine.annotate.oriented import OrientedBox, oriented_box
from engine.annotate.part_masks import part_records
from engine.annotate.passes import Passes
from engine.annotate.record import (
    FrameRecord,
    InstanceRecord,
    KeypointRecord,
    Matrix3,
    PartRecord,
    RenderInfo,
    StoredFile,
    Vector3,
)
from engine.annotate.visibility import Body, PlacedBody
from engine.errors import RenderError
from engine.frame.projection import Projection
from engine.frame.spec import FrameSpec, ObjectSpec, T_camera_model, intrinsics, rigid_inverse

NOT_STORED = StoredFile(path="", bytes=0, pixel_hash="")
"""Stands in a record whose picture is not on disk yet; `publish_frame` replaces it."""


def build_instances(passes: Passes, spec: FrameSpec, bodies: Sequence[Body]) -> tuple[InstanceRecord, ...]:
    """Annotations of every instance of the spec, in its order, seen or not.

    `bodies` are the meshes of the recipe's objects, in their order.
    Raises RenderError when the passes do not fit the spec: another size, or an instance that the spec does not have.
    """
    expected = (spec.camera.height, spec.camera.width)
    if passes.instance_id.shape != expected or passes.rgb.shape != (*expected, 3):
        found = f"{passes.rgb.shape[1]} x {passes.rgb.shape[0]}"
        raise RenderError(f"Frame {spec.index} came out {found} pixels large, not {expected[1]} x {expected[0]}.")
    seen = visible_masks(passes.instance_id)
    unknown = sorted(set(seen) - {instance.instance_id for instance in spec.objects})
    if unknown:
        raise RenderError(f"Frame {spec.index} shows instance {unknown[0]}, which its spec does not have.")
    whole = amodal_views(passes, spec, bodies, seen)
    keypoints = keypoint_records(passes, spec, bodies)
    parts = part_records(passes, spec, bodies, seen)
    projection = Projection.of(spec.camera)
    return tuple(
        _instance(
            instance,
            seen.get(instance.instance_id),
            whole[instance.instance_id],
            _oriented(passes, instance.instance_id, seen.get(instance.instance_id)),
            keypoints[instance.instance_id],
            parts[instance.instance_id],
            PlacedBody.of(instance, bodies).bounds,
            projection,
            T_camera_model(spec.camera, instance),
        )
        for instance in spec.objects
    )


def _instance(
    spec: ObjectSpec,
    seen: BinaryMask | None,
    whole: AmodalView,
    obb: OrientedBox | None,
    keypoints: tuple[KeypointRecord, ...],
    parts: tuple[PartRecord, ...],
    bounds: Bounds,
    projection: Projection,
    T: FloatArray,  # noqa: N803 - a transform
) -> InstanceRecord:
    return InstanceRecord(
        instance_id=spec.instance_id,
        class_name=spec.class_name,
        model=spec.model.name,
        area=seen.area if seen else 0,
        bbox=seen.bbox if seen else None,
        mask=seen.rle if seen else None,
        cam_R_m2c=rotation_of(T),
        cam_t_m2c=translation_of(T),
        bounds_min=bounds[0],
        bounds_max=bounds[1],
        bbox_3d_projected=project(projection, transform(T, box_corners(bounds))),
        amodal_mask=whole.mask.rle if whole.mask else None,
        amodal_area=whole.mask.area if whole.mask else 0,
        amodal_bbox=whole.bbox,
        visibility=whole.visibility,
        truncation=whole.truncation,
        occluders=whole.occluders,
        obb=obb,
        keypoints=keypoints,
        parts=parts,
    )


def _oriented(passes: Passes, number: int, seen: BinaryMask | None) -> OrientedBox | None:
    if seen is None:
        return None
    x, y, w, h = seen.bbox
    return oriented_box(passes.instance_id[y : y + h, x : x + w] == number, (x, y))


def build_record(passes: Passes, spec: FrameSpec, bodies: Sequence[Body], render: RenderInfo) -> FrameRecord:
    """The record of a frame that is not on disk yet: `image` is `NOT_STORED` and `passes` is empty.

    Arguments and errors as for `build_instances`.
    """
    T_camera_world = rigid_inverse(np.array(spec.camera.T_world_camera))  # noqa: N806
    return FrameRecord(
        index=spec.index,
        width=spec.camera.width,
        height=spec.camera.height,
        image=NOT_STORED,
        passes={},
        cam_K=_flat(intrinsics(spec.camera)),
        cam_lens=spec.camera.lens,
        cam_R_w2c=rotation_of(T_camera_world),
        cam_t_w2c=translation_of(T_camera_world),
        instances=build_instances(passes, spec, bodies),
        spec=spec,
        render=render,
    )


def rotation_of(T: FloatArray) -> Matrix3:  # noqa: N803
    """The rotation of a rigid transform of shape (4, 4), flat and row major."""
    return _flat(T[:3, :3])


def translation_of(T: FloatArray) -> Vector3:  # noqa: N803
    """The translation of a rigid transform of shape (4, 4)."""
    x, y, z = T[:3, 3].tolist()
    return x, y, z


def _flat(matrix: FloatArray) -> Matrix3:
    a, b, c, d, e, f, g, h, i = matrix.ravel().tolist()
    return a, b, c, d, e, f, g, h, i
