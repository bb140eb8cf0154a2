"""How much of an object a camera would see, by rays through the scene's meshes. No Blender, no pixels of a render."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
import numpy.typing as npt
from embreex import rtcore, rtcore_scene
from embreex.mesh_construction import TriangleMesh

from engine.annotate.boxes import Bounds
from engine.frame.landmarks import NO_LANDMARKS, Landmarks, Vector3
from engine.frame.projection import Projection
from engine.frame.spec import UNSTRETCHED, CameraSpec, FloatArray, ObjectSpec, rigid_inverse
from engine.physics.pieces import convex_pieces

RAYS_A_SIDE = 48
"""The object's outline is sampled by a grid of this many rays in each direction."""

_device = rtcore.EmbreeDevice()


@dataclass(eq=False)
class Body:
    """A triangle mesh in its own frame, with the tree that rays are traced through (built once)."""

    vertices: npt.NDArray[np.float32]
    """(N, 3) metres"""
    triangles: npt.NDArray[np.int32]
    """(M, 3) indices into `vertices`"""
    hull: FloatArray
    """(H, 3) metres: points whose convex hull holds the body and no more, for its extent from anywhere."""
    landmarks: Landmarks = NO_LANDMARKS
    triangle_parts: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros(0, np.uint8))
    """(M,) the part of each triangle, from 1 in the order of `landmarks.parts`, 0 for none; empty without parts."""
    _tree: rtcore_scene.EmbreeScene = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._tree = rtcore_scene.EmbreeScene(_device)
        TriangleMesh(self._tree, np.ascontiguousarray(self.vertices[self.triangles], dtype=np.float32))

    @cached_property
    def bounds(self) -> Bounds:
        """Its box along the axes of its frame."""
        low, high = self.hull.min(axis=0).tolist(), self.hull.max(axis=0).tolist()
        return tuple(low), tuple(high)

    @cached_property
    def pieces(self) -> tuple[FloatArray, ...]:
        """See `convex_pieces`; they may take seconds to find."""
        return convex_pieces(self.vertices, self.triangles)

    def hit_distances(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """Where rays meet the body first: (R,) multiples of `directions` (R, 3), inf where they miss.

        `origin` (3,) and `directions` are in the body's own frame; a direction of NaNs is no ray and meets nothing.
        """
        lengths = np.linalg.norm(directions, axis=1)
        is_ray = np.isfinite(lengths)
        unit = np.ascontiguousarray((directions / lengths[:, None])[is_ray], dtype=np.float32)
        origins = np.ascontiguousarray(np.broadcast_to(origin.astype(np.float32), unit.shape))
        answer = self._tree.run(origins, unit, query="INTERSECT", output=True)
        distances = np.full(len(directions), np.inf)
        distances[is_ray] = np.where(answer["primID"] >= 0, answer["tfar"] / lengths[is_ray], np.inf)
        return distances

    def triangles_met(self, origins: FloatArray, directions: FloatArray) -> npt.NDArray[np.int32]:
        """The triangles (R,) that rays meet first, -1 where they miss; `origins` and `directions` are (R, 3)."""
        unit = (directions / np.linalg.norm(directions, axis=1)[:, None]).astype(np.float32)
        met = self._tree.run(origins.astype(np.float32), unit, query="INTERSECT", output=True)["primID"]
        triangles: npt.NDArray[np.int32] = met.astype(np.int32)
        return triangles

    def is_behind_all(self, origin: FloatArray, directions: FloatArray) -> bool:
        """Whether rays in all of `directions` (R, 3) meet the body, most of them a triangle's back first: whether
        `origin` (3,) is in its solid."""
        origins = np.ascontiguousarray(np.broadcast_to(origin.astype(np.float32), directions.shape))
        rays = np.ascontiguousarray(directions, dtype=np.float32)
        met = self._tree.run(origins, rays, query="INTERSECT", output=True)["primID"]
        if (met < 0).any():
            return False
        a, b, c = (self.vertices[self.triangles[met, corner]] for corner in range(3))
        return bool(((np.cross(b - a, c - a) * rays).sum(axis=1) > 0).mean() > 0.5)


@dataclass(frozen=True, slots=True)
class PlacedBody:
    """A body in the world."""

    body: Body
    T_world_body: FloatArray
    """(4, 4), rigid"""
    scale: float = 1.0
    stretch: Vector3 = UNSTRETCHED
    """Further factors along the body's own axes."""

    @classmethod
    def of(cls, instance: ObjectSpec, bodies: Sequence[Body]) -> PlacedBody:
        """An instance of a frame; `bodies` are the meshes of the recipe's objects, in their order."""
        T_world_model = np.array(instance.T_world_model)  # noqa: N806 - the frames' names
        return cls(bodies[instance.recipe_object], T_world_model, instance.scale, instance.stretch)

    def sized(self, points: npt.NDArray[np.floating]) -> FloatArray:
        """Points (N, 3) of the body as large as it is here, still in its own frame."""
        sized: FloatArray = points * np.array(self.stretch) * self.scale
        return sized

    def hit_distances(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """As `Body.hit_distances`, with `origin` and `directions` in the world frame."""
        inverse = rigid_inverse(self.T_world_body)
        local_origin = (inverse[:3, :3] @ origin + inverse[:3, 3]) / self.scale / self.stretch
        return self.body.hit_distances(local_origin, directions @ inverse[:3, :3].T / self.scale / self.stretch)

    def triangles_met(self, origins: FloatArray, directions: FloatArray) -> npt.NDArray[np.int32]:
        """As `Body.triangles_met`, with `origins` and `directions` in the world frame."""
        inverse = rigid_inverse(self.T_world_body)
        local = (origins @ inverse[:3, :3].T + inverse[:3, 3]) / self.scale / self.stretch
        return self.body.triangles_met(local, directions @ inverse[:3, :3].T / self.stretch)

    def is_behind_all(self, origin: FloatArray, directions: FloatArray) -> bool:
        """As `Body.is_behind_all`, with `origin` and `directions` in the world frame."""
        inverse = rigid_inverse(self.T_world_body)
        local_origin = (inverse[:3, :3] @ origin + inverse[:3, 3]) / self.scale / self.stretch
        return self.body.is_behind_all(local_origin, directions @ inverse[:3, :3].T / self.stretch)

    def camera_points(self, T_camera_world: FloatArray) -> FloatArray:  # noqa: N803 - the frames' names
        """The corners of the hull, (H, 3), in the camera frame."""
        T = T_camera_world @ self.T_world_body  # noqa: N806
        return self.sized(self.body.hull) @ T[:3, :3].T + T[:3, 3]

    def keypoints(self, T_camera_world: FloatArray) -> FloatArray:  # noqa: N803 - the frames' names
        """The body's keypoints, (K, 3), in the camera frame."""
        T = T_camera_world @ self.T_world_body  # noqa: N806
        return self.own_keypoints() @ T[:3, :3].T + T[:3, 3]

    def own_keypoints(self) -> FloatArray:
        """The body's keypoints, (K, 3), in its own frame."""
        places = [place for _, place in self.body.landmarks.keypoints]
        return self.sized(np.array(places, np.float64).reshape(-1, 3))

    @property
    def bounds(self) -> Bounds:
        """Its box along the axes of its frame, as large as it is here."""
        low, high = self.sized(np.array(self.body.bounds)).tolist()
        return tuple(low), tuple(high)

    @property
    def diagonal(self) -> float:
        """Metres across its box."""
        return math.dist(*self.bounds)


class Opaque(Protocol):
    """What may hide a body."""

    def hit_distances(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """As `PlacedBody.hit_distances`."""


def visible_fraction(camera: CameraSpec, target: PlacedBody, others: Sequence[Opaque]) -> float:
    """Share of the target's outline that is inside the picture and not hidden by `others`, from 0 to 1.

    The outline is what an unlimited picture would show of the target alone. 0 when part of the target lies beside or
    behind the camera or outside of its lens's field, where it has no outline.
    """
    T_world_camera = np.array(camera.T_world_camera)  # noqa: N806 - the frames' names
    projection = Projection.of(camera)
    extremes = projection.extremes(target.camera_points(rigid_inverse(T_world_camera)))
    if extremes is None:
        return 0.0
    pixels = _grid(*extremes)
    rays = projection.rays(pixels[:, 0], pixels[:, 1]) @ T_world_camera[:3, :3].T
    eye = T_world_camera[:3, 3]
    distances = target.hit_distances(eye, rays)
    outline = np.isfinite(distances)
    if not outline.any():
        return 0.0
    seen = outline & ((pixels >= -0.5) & (pixels < [camera.width - 0.5, camera.height - 0.5])).all(axis=1)
    for other in others:
        if seen.any():
            seen[seen] = other.hit_distances(eye, rays[seen]) >= distances[seen]
    return float(seen.sum() / outline.sum())


def _grid(low: FloatArray, high: FloatArray) -> FloatArray:
    """Centres (R, 2) of a regular grid of cells over a rectangle."""
    steps = (np.arange(RAYS_A_SIDE) + 0.5) / RAYS_A_SIDE
    u, v = np.meshgrid(low[0] + steps * (high[0] - low[0]), low[1] + steps * (high[1] - low[1]))
    return np.column_stack([u.ravel(), v.ravel()])
