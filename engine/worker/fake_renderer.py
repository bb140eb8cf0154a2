"""A renderer without Blender, for tests of everything around rendering: it draws each model as its bounding box."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import replace

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.drop import settled
from engine.annotate.passes import Passes
from engine.annotate.visibility import Body
from engine.frame.catalog import Catalog, HdriFacts, ModelFacts
from engine.frame.draw import draw
from engine.frame.projection import Projection
from engine.frame.spec import AssetRef, FrameSpec, ObjectSpec, T_camera_model
from engine.frame.stereo import right_of
from engine.queue.protocol import Asset
from engine.recipe.model import Recipe
from engine.stages import stage
from engine.worker.renderer import Cancelled, Progress, RenderCancelled

type Array = npt.NDArray[np.float64]

_LOW = np.array([-0.05, -0.04, 0.0])
_HIGH = np.array([0.05, 0.04, 0.1])
_CORNERS = np.array([[x, y, z] for x in (-0.05, 0.05) for y in (-0.04, 0.04) for z in (0.0, 0.1)])
_SKY = AssetRef("sky", "sky")
_CHUNKS = 4


class FakeRenderer:
    """Traces boxes where a spec's objects are. As deterministic as the real one, and thousands of times as fast.

    `render.samples` sets its pace: each sample takes a millisecond beyond the first 16. Masks, depth and normals are
    those of the boxes, so that the frames stand up to validation; every value of the spec shows in the colours.
    It passes for a GPU where CUDA_VISIBLE_DEVICES names one.
    """

    device = "CPU: fake"
    device_type = "CPU"
    blender_version = "fake"
    denoiser = ""
    warnings: tuple[str, ...] = ()

    def __init__(self, recipe: Recipe, device: str, importing: Callable[[str], None]) -> None:
        self.recipe = recipe
        if os.environ.get("CUDA_VISIBLE_DEVICES") and device != "cpu":
            self.device, self.device_type = "CUDA: fake", "CUDA"
        refs = [AssetRef(item.model, f"fake{i}") for i, item in enumerate(recipe.objects)]
        self.catalog = Catalog(
            tuple(ModelFacts(ref, _CORNERS, has_materials=False) for ref in refs), (HdriFacts(_SKY, 1.0),)
        )
        models = (Asset(f"objects[{i}].model", ref.name, "", ref.content_hash) for i, ref in enumerate(refs))
        self.files = (*models, Asset("surroundings.hdris[0]", _SKY.name, "", _SKY.content_hash))
        self.bodies = tuple(_box() for _ in refs)

    def draw(self, seed: int, index: int, redrawn: Mapping[str, int] | None = None) -> FrameSpec:
        """See `Renderer`; whether the object is seen is not looked at."""
        thrown, models = dict(redrawn or {}), len(self.catalog.models)
        attempt = sum(thrown.values())
        with stage("draw"):
            spec = draw(self.recipe, self.catalog, seed, index, attempt, lambda it: settled(it, self.bodies, models))
        return msgspec.structs.replace(spec, redrawn=thrown)

    def render(self, spec: FrameSpec, on_progress: Progress, cancelled: Cancelled) -> Passes:
        """See `Renderer`."""
        for chunk in range(_CHUNKS):
            if cancelled():
                raise RenderCancelled
            with stage("sample"):
                time.sleep(max(0, spec.samples - 16) / 1000 / _CHUNKS)
            on_progress(spec.samples * (chunk + 1) // _CHUNKS, spec.samples)
        passes = _trace(spec)
        return passes if spec.stereo is None else replace(passes, right=_trace(right_of(spec)).rgb)


def _box() -> Body:
    """The box from _LOW to _HIGH: each face has the four corners that agree in one bit of their number."""
    faces = [[corner for corner in range(8) if corner >> bit & 1 == side] for bit in range(3) for side in (0, 1)]
    triangles = [triangle for a, b, c, d in faces for triangle in ((a, b, c), (b, c, d))]
    return Body(_CORNERS.astype(np.float32), np.array(triangles, np.int32), _CORNERS)


def _trace(spec: FrameSpec) -> Passes:
    height, width = spec.camera.height, spec.camera.width
    digest = hashlib.blake2b(_canonical(spec), digest_size=64).digest()
    v, u = np.mgrid[0:height, 0:width]
    rgb = np.stack([u * 3 + digest[0], v * 5 + digest[1], u * v + digest[2]], axis=-1).astype(np.uint8)
    ids = np.zeros((height, width), np.uint16)
    depth = np.full((height, width), np.inf)
    normal = np.zeros((height, width, 3))
    # Their z is 1, so that the parameter along a ray is the depth.
    rays = Projection.of(spec.camera).pixel_rays(width, height)
    for instance in spec.objects:
        n = instance.instance_id
        near, facing = _box_seen(spec, instance, rays)
        seen = near < depth
        ids[seen], depth[seen], normal[seen] = n, near[seen], facing[seen]
        rgb[seen] = list(digest[(5 * n) % 60 : (5 * n) % 60 + 3])
    return Passes(
        rgb=rgb,
        instance_id=ids,
        depth=depth.astype(np.float32),
        normal=normal.astype(np.float32),
        samples=spec.samples,
    )


def _canonical(spec: FrameSpec) -> bytes:
    """The same bytes for equal specs: one that was drawn may hold 1 where one that was stored holds 1.0."""
    return msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(spec), type=FrameSpec))


def _box_seen(spec: FrameSpec, instance: ObjectSpec, rays: Array) -> tuple[Array, Array]:
    """Depth at which each ray (H, W, 3) of the camera frame enters the box, inf where it misses; and its normals."""
    T = T_camera_model(spec.camera, instance)  # noqa: N806
    origin = -T[:3, :3].T @ T[:3, 3]
    directions = rays @ T[:3, :3]
    with np.errstate(divide="ignore", invalid="ignore"):
        to_low = (_LOW * instance.stretch * instance.scale - origin) / directions
        to_high = (_HIGH * instance.stretch * instance.scale - origin) / directions
    entries = np.minimum(to_low, to_high)
    axis = entries.argmax(axis=-1)
    entry = entries.max(axis=-1)
    leave = np.maximum(to_low, to_high).min(axis=-1)
    near = np.where((entry > 0) & (entry < leave), entry, np.inf)
    # Of the face that is entered: along its axis, against the ray.
    facing = np.eye(3)[axis] * -np.sign(directions)
    return near, facing @ T[:3, :3].T
