"""Synthetic frames and datasets for tests that need no Blender.

The pictures show balls on a plain ground, traced analytically through each pixel's centre, so that masks, depth,
normals, poses and boxes agree with each other as those of a real render do.
"""

from __future__ import annotations

import functools
import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.build import build_record
from engine.annotate.passes import Passes
from engine.annotate.record import FrameRecord, RenderInfo, encode_record
from engine.annotate.visibility import Body
from engine.dataset import layout
from engine.dataset.manifest import AssetEntry, ClassEntry, Manifest, Storage, make_manifest
from engine.dataset.read import Dataset
from engine.dataset.writer import DatasetWriter, open_for_writing
from engine.frame.landmarks import Landmarks, Parts
from engine.frame.looks_spec import GroundSpec, PaintLook
from engine.frame.projection import Projection
from engine.frame.rng import Stream
from engine.frame.spec import AssetRef, CameraSpec, FrameSpec, Matrix4, ObjectSpec, WorldSpec

BALL = AssetRef("ball", "ba11" * 8)
SKY = AssetRef("sky", "5c1e" * 8)
CLASSES = ("cup", "bowl")

LANDMARKS = Landmarks(
    (("top", (0.0, 0.0, 1.0)), ("front", (1.0, 0.0, 0.0)), ("left", (0.0, 1.0, 0.0))),
    (("top", "front"), ("top", "left")),
)
"""Of every ball: where its axes meet its surface."""

PARTS: Parts = (("upper", ("Upper",)), ("lower", ("Lower",)))
"""Of balls that have parts: their halves above and below the middle."""

COLORS = ((0.8, 0.3, 0.2), (0.2, 0.5, 0.8), (0.9, 0.7, 0.2), (0.3, 0.7, 0.4), (0.6, 0.4, 0.7))


@functools.cache
def ball_bodies() -> tuple[Body, ...]:
    """The mesh of each class: a ball of radius 1 m about its origin, which specs scale to its size."""
    rings, turns = 49, 96
    down, around = np.meshgrid(np.linspace(0, np.pi, rings), np.arange(turns) * 2 * np.pi / turns, indexing="ij")
    points = np.stack([np.sin(down) * np.cos(around), np.sin(down) * np.sin(around), np.cos(down)], axis=-1)
    corner = np.arange(rings * turns).reshape(rings, turns)
    right = np.roll(corner, -1, axis=1)
    quads = [corner[:-1], corner[1:], right[:-1], right[1:]]
    triangles = np.stack([*quads[:3], *quads[1:]], axis=-1).reshape(-1, 3)
    points = points.reshape(-1, 3)
    return (Body(points.astype(np.float32), triangles.astype(np.int32), points, LANDMARKS),) * len(CLASSES)


@functools.cache
def parted_bodies() -> tuple[Body, ...]:
    """The same with named parts."""
    ball = ball_bodies()[0]
    middles = ball.vertices[ball.triangles, 2].mean(axis=1)
    landmarks = Landmarks(LANDMARKS.keypoints, LANDMARKS.skeleton, PARTS)
    numbers = np.where(middles > 0, 1, 2).astype(np.uint8)
    return (Body(ball.vertices, ball.triangles, ball.hull, landmarks, numbers),) * len(CLASSES)


def make_spec(index: int = 0, *, seed: int = 0, width: int = 160, height: int = 120, instances: int = 2) -> FrameSpec:
    """A frame with `instances` balls standing on the ground about the origin, seen from 40 cm or more."""
    stream = Stream(seed, index, 0, "synthetic frame")
    objects = []
    distance = 0.4 + 0.03 * max(instances - 4, 0)
    for number in range(1, instances + 1):
        radius = _between(stream, 0.03, 0.05)
        angle = 2 * math.pi * (number + _between(stream, 0, 0.4)) / max(instances, 2)
        ring = 0.02 * instances if instances > 1 else 0.0
        place = (ring * math.cos(angle), ring * math.sin(angle), radius)
        objects.append(
            ObjectSpec(
                instance_id=number,
                class_name=CLASSES[(number - 1) % len(CLASSES)],
                recipe_object=(number - 1) % len(CLASSES),
                model=BALL,
                T_world_model=_pose(_turn_z(_between(stream, 0, 2 * math.pi)), place),
                scale=radius,
                look=PaintLook(base_color=COLORS[(number - 1) % len(COLORS)], roughness=0.4, metallic=0.0),
            )
        )
    azimuth, elevation = _between(stream, 0, 360), _between(stream, 15, 60)
    return FrameSpec(
        index=index,
        seed=seed,
        attempt=0,
        objects=tuple(objects),
        camera=CameraSpec(
            width=width,
            height=height,
            focal_length_mm=50.0,
            sensor_width_mm=36.0,
            T_world_camera=_look_at(azimuth, elevation, distance, target=(0.0, 0.0, 0.035)),
            f_stop=0.0,
            focus_distance=distance,
            target_instance_id=1,
        ),
        world=WorldSpec(hdri=SKY, rotation=30.0, strength=1.0, tint=(1.0, 1.0, 1.0)),
        ground=GroundSpec(
            radius=0.3,
            finish="plain",
            base_color=(0.5, 0.45, 0.4),
            second_color=(0.4, 0.35, 0.3),
            roughness=0.5,
            seed=0.25,
        ),
        samples=4,
        cycles_seed=index,
        denoise=True,
        max_bounces=12,
        view="AgX",
        exposure=0.0,
        drawn={"camera.azimuth": azimuth, "camera.elevation": elevation, "ground.finish": "plain"},
    )


def _between(stream: Stream, low: float, high: float) -> float:
    return low + (high - low) * stream.uniform()


def _turn_z(angle: float) -> npt.NDArray[np.float64]:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _look_at(azimuth: float, elevation: float, distance: float, target: Sequence[float]) -> Matrix4:
    a, e = math.radians(azimuth), math.radians(elevation)
    away = np.array([math.cos(e) * math.cos(a), math.cos(e) * math.sin(a), math.sin(e)])
    forward = -away
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    return _pose(np.stack([right, down, forward], axis=1), np.array(target) + distance * away)


def _pose(rotation: npt.NDArray[np.float64], place: Any) -> Matrix4:
    T = np.eye(4)
    T[:3, :3], T[:3, 3] = rotation, place
    return tuple(tuple(row) for row in T.tolist())  # type: ignore[return-value]


def make_passes(spec: FrameSpec) -> Passes:
    """What a pinhole camera sees of the spec's balls and its ground, with every pass."""
    camera = spec.camera
    T = np.array(camera.T_world_camera)
    rays = Projection.of(camera).pixel_rays(camera.width, camera.height)
    directions, origin = rays @ T[:3, :3].T, T[:3, 3]
    # The rays' z is 1 in the camera frame, so the parameter along a ray is the depth.
    depth = np.full(rays.shape[:2], np.inf)
    ids = np.zeros(rays.shape[:2], np.uint16)
    normal = np.zeros(rays.shape)
    color = _sky(directions)
    if spec.ground is not None:
        _trace_ground(spec.ground, origin, directions, depth, normal, color)
    for instance in spec.objects:
        _trace_ball(instance, origin, directions, depth, ids, normal, color)
    lit = 0.35 + 0.65 * np.clip(normal @ np.array([0.4, 0.3, 0.86]), 0, 1)
    shaded = np.where(np.isfinite(depth)[..., None], color * lit[..., None], color)
    position = origin + directions * np.where(np.isfinite(depth), depth, 0)[..., None]
    return Passes(
        rgb=(np.clip(np.nan_to_num(shaded), 0, 1) * 255 + 0.5).astype(np.uint8),
        instance_id=ids,
        depth=depth.astype(np.float32),
        position=position.astype(np.float32),
        normal=(normal @ T[:3, :3]).astype(np.float32),
        samples=spec.samples,
    )


def _sky(directions: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    up = directions[..., 2] / np.linalg.norm(directions, axis=2)
    share = np.clip(up * 0.5 + 0.5, 0, 1)[..., None]
    mixed: npt.NDArray[np.float64] = (1 - share) * np.array([0.75, 0.75, 0.7]) + share * np.array([0.35, 0.5, 0.75])
    return mixed


def _trace_ground(ground: GroundSpec, origin: Any, directions: Any, depth: Any, normal: Any, color: Any) -> None:
    down = directions[..., 2] < 0
    t = np.where(down, -origin[2] / np.where(down, directions[..., 2], -1), np.inf)
    at = origin + directions * np.where(np.isfinite(t), t, 0)[..., None]
    hit = down & (np.hypot(at[..., 0], at[..., 1]) < ground.radius)
    depth[hit] = t[hit]
    normal[hit] = (0.0, 0.0, 1.0)
    checks = (np.floor(at[..., 0] / 0.05) + np.floor(at[..., 1] / 0.05)) % 2 == 0
    color[hit] = np.where(checks[..., None], ground.base_color, ground.second_color)[hit]


def _trace_ball(ball: ObjectSpec, origin: Any, directions: Any, depth: Any, ids: Any, normal: Any, color: Any) -> None:
    center, radius = np.array(ball.T_world_model)[:3, 3], ball.scale
    a = (directions**2).sum(axis=2)
    b = directions @ (origin - center)
    inside = b**2 - a * (((origin - center) ** 2).sum() - radius**2)
    t = (-b - np.sqrt(np.where(inside > 0, inside, np.nan))) / a
    hit = (inside > 0) & (t > 0) & (t < depth)
    depth[hit] = t[hit]
    ids[hit] = ball.instance_id
    normal[hit] = ((origin + directions * t[..., None] - center) / radius)[hit]
    color[hit] = ball.look.base_color if isinstance(ball.look, PaintLook) else (0.5, 0.5, 0.5)


def make_render_info() -> RenderInfo:
    """How a synthetic frame says that it came about."""
    return RenderInfo("CPU: synthetic", "CPU", "", 0.5, 4, "0.1.0", "5.2.3", "2025-01-01T12:00:00+00:00")


def make_record(spec: FrameSpec, passes: Passes, *, parted: bool = False) -> FrameRecord:
    """The record of a synthetic frame that is not stored yet."""
    return build_record(passes, spec, parted_bodies() if parted else ball_bodies(), make_render_info())


def make_test_manifest(
    *,
    seed: int = 0,
    width: int = 160,
    height: int = 120,
    image: Literal["png", "jpeg"] = "png",
    passes: tuple[str, ...] = ("depth",),
    recipe: dict[str, Any] | None = None,
) -> Manifest:
    """The manifest of a synthetic dataset."""
    plain = {
        "name": "balls",
        "objects": [{"model": "ball", "class": name, "count": 1} for name in CLASSES],
        "surroundings": {"hdris": ["sky"], "strength": {"uniform": [0.6, 1.6]}},
        "render": {"resolution": [width, height], "samples": 4},
    }
    return make_manifest(
        name="balls",
        recipe=plain if recipe is None else recipe,
        seed=seed,
        classes=[
            ClassEntry(i, name, "kitchenware", tuple(point for point, _ in LANDMARKS.keypoints), LANDMARKS.skeleton)
            for i, name in enumerate(CLASSES, start=1)
        ],
        assets=[
            *(AssetEntry(f"objects[{i}].model", BALL.name, "", BALL.content_hash) for i in range(len(CLASSES))),
            AssetEntry("surroundings.hdris[0]", SKY.name, "", SKY.content_hash),
        ],
        storage=Storage(resolution=(width, height), image=image, jpeg_quality=92, passes=passes),
        blender_version="5.2.3",
    )


def add_frames(writer: DatasetWriter, indices: Sequence[int], *, instances: int = 2, parted: bool = False) -> None:
    """Publish synthetic frames into an open dataset."""
    width, height = writer.manifest.storage.resolution
    for index in indices:
        spec = make_spec(index, seed=writer.manifest.seed, width=width, height=height, instances=instances)
        passes = make_passes(spec)
        writer.publish(passes, make_record(spec, passes, parted=parted))


def make_dataset(
    path: Path,
    frames: int = 3,
    *,
    start: int = 0,
    instances: int = 2,
    seed: int = 0,
    width: int = 160,
    height: int = 120,
    image: Literal["png", "jpeg"] = "png",
    passes: tuple[str, ...] = ("depth",),
    parted: bool = False,
) -> Dataset:
    """A synthetic dataset on disk with frames `start` to `start + frames - 1`; or more frames for one that is there."""
    manifest = make_test_manifest(seed=seed, width=width, height=height, image=image, passes=passes)
    with open_for_writing(path, manifest) as writer:
        add_frames(writer, range(start, start + frames), instances=instances, parted=parted)
    return Dataset.open(path)


def multiply_dataset(path: Path, frames: int) -> Dataset:
    """Make the dataset in `path` have `frames` frames by repeating the ones it has, quickly: files are hard-linked."""
    dataset = Dataset.open(path)
    originals = [dataset.record(index) for index in dataset.indices()]
    present = set(dataset.indices())
    image_format = dataset.manifest.storage.image
    for index in (number for number in range(frames) if number not in present):
        original = originals[index % len(originals)]
        (path / layout.folder_path(index)).mkdir(parents=True, exist_ok=True)
        image = msgspec.structs.replace(original.image, path=layout.image_path(index, image_format))
        os.link(path / original.image.path, path / image.path)
        passes = {}
        for name, stored in original.passes.items():
            passes[name] = msgspec.structs.replace(stored, path=layout.passes_path(index))
        if original.passes:
            source = next(iter(original.passes.values())).path
            os.link(path / source, path / layout.passes_path(index))
        spec = msgspec.structs.replace(original.spec, index=index)
        record = msgspec.structs.replace(original, index=index, image=image, passes=passes, spec=spec)
        (path / layout.record_path(index)).write_bytes(encode_record(record))
    return Dataset.open(path)


def make_old(path: Path, index: int) -> None:
    """Make a frame's record one of version 1."""
    file = path / layout.record_path(index)
    record = msgspec.json.decode(file.read_bytes())
    record["version"] = 1
    for instance in record["instances"]:
        for name in ("amodal_mask", "amodal_area", "amodal_bbox", "visibility", "truncation", "occluders"):
            del instance[name]
    file.write_bytes(msgspec.json.encode(record))
