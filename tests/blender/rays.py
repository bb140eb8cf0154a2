"""What a pinhole camera sees, found by casting rays with Embree through the evaluated meshes: an oracle that shares
no code with Cycles' passes. Ignores materials, so nothing transparent may be in the scene."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import bpy
import numpy as np
from embreex import rtcore, rtcore_scene
from embreex.mesh_construction import TriangleMesh

NOTHING = -1


@dataclass(frozen=True)
class Seen:
    """Arrays of (H, W), row 0 at the top."""

    instance_id: np.ndarray
    """int32 id of the object hit first; -1 where none is."""

    depth: np.ndarray
    """float32 metres along the camera's z axis; inf where nothing is hit."""

    position: np.ndarray
    """(H, W, 3) float32, world."""

    normal: np.ndarray
    """(H, W, 3) float32 unit normal of the triangle hit, turned to the camera, OpenCV camera frame; 0 for none."""


def cast(scene: Any, width: int, height: int, id_of: Callable[[Any], int] = attrgetter("pass_index")) -> Seen:
    """Cast one ray through each pixel's centre, at the scene's current frame. `id_of` gives an object's id."""
    depsgraph = bpy.context.evaluated_depsgraph_get()
    camera = scene.camera.evaluated_get(depsgraph)
    origin, directions = _pixel_rays(camera, depsgraph, width, height)
    depth = np.full(width * height, np.inf)
    ids = np.full(width * height, NOTHING, np.int32)
    normals = np.zeros((width * height, 3))
    device, built = rtcore.EmbreeDevice(), {}
    for instance in depsgraph.object_instances:
        thing = instance.object
        if thing.type != "MESH" or thing.hide_render:
            continue
        key = thing.data.session_uid
        if key not in built:
            built[key] = _bvh(device, thing.data)
        matrix = np.array(instance.matrix_world)
        distance, local_normals = _hits(built[key], matrix, origin, directions)
        nearer = distance < depth
        depth[nearer], ids[nearer] = distance[nearer], id_of(thing)
        normals[nearer] = local_normals[nearer] @ np.linalg.inv(matrix)[:3, :3]
    return _seen(camera, origin, directions, depth, ids, normals, (height, width))


def _pixel_rays(camera: Any, depsgraph: Any, width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The camera's position and (H*W, 3) world directions scaled so that a step of 1 is 1 m along the camera's z."""
    projection = np.array(camera.calc_matrix_camera(depsgraph, x=width, y=height))
    u = (np.arange(width) + 0.5) / width * 2 - 1
    v = 1 - (np.arange(height) + 0.5) / height * 2
    grid = np.stack([*np.meshgrid(u, v), np.zeros((height, width)), np.ones((height, width))], -1).reshape(-1, 4)
    points = grid @ np.linalg.inv(projection).T
    points = points[:, :3] / points[:, 3:]
    world = np.array(camera.matrix_world)
    return world[:3, 3], (points / -points[:, 2:]) @ world[:3, :3].T


def _bvh(device: Any, mesh: Any) -> Any:
    corners = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", corners)
    triangles = np.empty(len(mesh.loop_triangles) * 3, np.int32)
    mesh.loop_triangles.foreach_get("vertices", triangles)
    scene = rtcore_scene.EmbreeScene(device)
    TriangleMesh(scene, corners.reshape(-1, 3)[triangles.reshape(-1, 3)])
    return scene


def _hits(bvh: Any, matrix: np.ndarray, origin: np.ndarray, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distance in steps of `directions` to the first hit (inf if none), and the triangle's normal in local space."""
    inverse = np.linalg.inv(matrix)
    local = directions @ inverse[:3, :3].T
    length = np.linalg.norm(local, axis=1)
    start = np.broadcast_to((inverse @ [*origin, 1.0])[:3], local.shape)
    found = bvh.run(
        start.astype(np.float32).copy(), (local / length[:, None]).astype(np.float32), query="INTERSECT", output=True
    )
    distance = np.where(found["primID"] >= 0, found["tfar"] / length, np.inf)
    return distance, found["Ng"]


def _seen(
    camera: Any,
    origin: np.ndarray,
    directions: np.ndarray,
    depth: np.ndarray,
    ids: np.ndarray,
    normals: np.ndarray,
    shape: tuple[int, int],
) -> Seen:
    hit = np.isfinite(depth)
    normals[hit] /= np.linalg.norm(normals[hit], axis=1, keepdims=True)
    away = np.einsum("ij,ij->i", normals, directions) > 0
    normals[away] *= -1
    axes = np.array(camera.matrix_world)[:3, :3] * (1.0, -1.0, -1.0)
    position = origin + directions * np.where(hit, depth, 0)[:, None]
    return Seen(
        instance_id=ids.reshape(shape),
        depth=depth.reshape(shape).astype(np.float32),
        position=position.reshape(*shape, 3).astype(np.float32),
        normal=(normals @ axes).reshape(*shape, 3).astype(np.float32),
    )
