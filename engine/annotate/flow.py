"""Optical flow from depths and poses: where what a pixel shows is seen in the frame before or after. numpy only."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from engine.annotate.passes import Passes
from engine.frame.backdrop_spec import PhotoCrop
from engine.frame.motion_spec import Poses
from engine.frame.projection import Projection
from engine.frame.spec import FloatArray, FrameSpec, rigid_inverse

FORWARD, BACKWARD = "flow_forward", "flow_backward"


def with_flow(passes: Passes, spec: FrameSpec, wanted: Collection[str]) -> Passes:
    """The passes, with the flow that is among the names `wanted`. `spec` is one that has frames before and after."""
    if not {FORWARD, BACKWARD} & set(wanted):
        return passes
    assert spec.sequence is not None
    return dataclasses.replace(
        passes,
        flow_forward=flow_to(spec.sequence.next, passes, spec) if FORWARD in wanted else None,
        flow_backward=flow_to(spec.sequence.previous, passes, spec) if BACKWARD in wanted else None,
    )


def flow_to(other: Poses, passes: Passes, spec: FrameSpec) -> npt.NDArray[np.float32]:
    """(H, W, 2) pixels, to the right and down: from a pixel's centre to where the point of a surface that is seen there
    is when camera and objects are in `other` poses, whether or not something hides it then.

    The surroundings are infinitely far, so that only the camera's rotation moves them; a photograph in their place
    stands still. NaN where a crop of an HDRI is seen, which is not told; where that point is behind the camera or
    outside of the lens's field; and where the lens shows nothing.
    """
    height, width = passes.depth.shape
    projection = Projection.of(spec.camera)
    points = projection.pixel_rays(width, height)
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1).astype(np.float64)
    far = np.isinf(passes.depth)
    points[~far] *= passes.depth[~far, None]
    T_world_camera = np.array(spec.camera.T_world_camera)  # noqa: N806 - the frames' names
    T_other_world = rigid_inverse(np.array(other.T_world_camera))  # noqa: N806
    static = T_other_world @ T_world_camera
    there = points @ static[:3, :3].T
    there[~far] += static[:3, 3]
    for it, pose in zip(spec.objects, other.T_world_model, strict=bool(other.T_world_model)):
        seen = (passes.instance_id == it.instance_id) & ~far
        T = T_other_world @ np.array(pose) @ rigid_inverse(np.array(it.T_world_model)) @ T_world_camera  # noqa: N806
        there[seen] = _moved(T, points[seen])
    flow = projection.project(there.reshape(-1, 3)).reshape(height, width, 2) - pixels
    if spec.backdrop is not None:
        flow[far & ~np.isnan(flow[..., 0])] = 0.0 if isinstance(spec.backdrop.picture, PhotoCrop) else np.nan
    return flow.astype(np.float32)


def _moved(T: FloatArray, points: FloatArray) -> FloatArray:  # noqa: N803 - a transform
    there: FloatArray = points @ T[:3, :3].T + T[:3, 3]
    return there
