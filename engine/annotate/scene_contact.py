"""Whether what came to rest in a scene is really outside of it: by rays through the scene's own triangles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.annotate.drop import placed_prop
from engine.annotate.visibility import Body, PlacedBody
from engine.frame.soup import Soup
from engine.frame.spec import FloatArray, FrameSpec, rigid_inverse
from engine.physics.settle import DEEPEST

_USUAL_RADIUS = 0.06
_MOST_EDGES = 20_000


@dataclass(frozen=True, slots=True)
class PlacedSoup:
    """A scene in the world."""

    soup: Soup
    T_world_scene: FloatArray
    """(4, 4), rigid"""

    def hit_distances(self, origin: FloatArray, directions: FloatArray) -> FloatArray:
        """See `PlacedBody`."""
        inverse = rigid_inverse(self.T_world_scene)
        return self.soup.distances(inverse[:3, :3] @ origin + inverse[:3, 3], directions @ inverse[:3, :3].T)


def reaches_into(spec: FrameSpec, soup: Soup, bodies: Sequence[Body], models: int) -> bool:
    """Whether any object or prop of a frame, lifted by the millimetre that contacts may be deep, cuts its scene.

    `bodies` are the meshes of the recipe's objects, which are `models`, then those of its models of distractors.
    """
    assert spec.scene is not None
    T_scene_world = rigid_inverse(np.array(spec.scene.T_world_scene))  # noqa: N806 - the frames' names
    placed = [PlacedBody.of(it, bodies) for it in spec.objects]
    placed += [placed_prop(prop, bodies, models) for prop in spec.props]
    return any(_cuts(it, soup, T_scene_world) for it in placed)


def _cuts(placed: PlacedBody, soup: Soup, T_scene_world: FloatArray) -> bool:  # noqa: N803 - a transform
    T = T_scene_world @ placed.T_world_body  # noqa: N806
    points = placed.sized(placed.body.vertices.astype(np.float64)) @ T[:3, :3].T + T[:3, 3]
    radius = float(np.linalg.norm(np.ptp(points, axis=0))) / 2
    points[:, 2] += DEEPEST * max(1.0, radius / _USUAL_RADIUS)
    edges = placed.body.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    edges = edges[:: max(len(edges) // _MOST_EDGES, 1)]
    starts, ways = points[edges[:, 0]], points[edges[:, 1]] - points[edges[:, 0]]
    if (soup.distances(starts, ways) < 1.0).any():
        return True
    # What is wholly below a surface crosses nothing: the way up from its top must be free as far as it is large.
    top = points[points[:, 2].argmax()][None]
    return bool(soup.distances(top, np.array([[0.0, 0.0, 1.0]]))[0] < 1e-4)
