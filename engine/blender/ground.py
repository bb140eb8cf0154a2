"""The table top that objects stand on: a round slab with a softly rounded edge, its upper face at z = 0."""

from __future__ import annotations

import math

import bpy
import numpy as np

from engine.blender.surfaces import Sets, ground_material
from engine.frame.looks_spec import GroundSpec

SIDES = 128
EDGE_STEPS = 6


def ground_object(spec: GroundSpec, sets: Sets | None = None, name: str = "ground") -> bpy.types.Object:
    """A new object with a mesh and a material of its own, called `name`; linked to no collection.

    The slab reaches `spec.radius` metres from the origin and is up to 3 cm thick (less where it is small); its upper
    face is flat and lies at z = 0 but for the rounded edge. `sets` must hold the set of pictures that `spec` names.
    """
    mesh = ground_mesh(name, spec.radius)
    mesh.materials.append(ground_material(name, spec, sets))
    return bpy.data.objects.new(name, mesh)


def ground_mesh(name: str, radius: float) -> bpy.types.Mesh:
    """The slab alone, as a new mesh without a material."""
    profile = _profile(radius)
    angles = 2.0 * math.pi * np.arange(SIDES) / SIDES
    rings = [np.stack([r * np.cos(angles), r * np.sin(angles), np.full(SIDES, z)], axis=1) for r, z in profile]
    side = np.arange(SIDES)
    after = (side + 1) % SIDES
    faces: list[list[int]] = [side.tolist()]
    for ring in range(len(profile) - 1):
        upper, lower = ring * SIDES, (ring + 1) * SIDES
        faces += np.stack([upper + after, upper + side, lower + side, lower + after], axis=1).tolist()
    faces.append(((len(profile) - 1) * SIDES + side[::-1]).tolist())
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(np.concatenate(rings).tolist(), [], faces, shade_flat=False)
    # Flat, so that the rounded edge does not bend the normals of the whole face.
    mesh.polygons[0].use_smooth = False
    mesh.polygons[-1].use_smooth = False
    mesh.update()
    return mesh


def _profile(radius: float) -> list[tuple[float, float]]:
    """(radius, z) from the rim of the upper face over the rounded edge to that of the lower face."""
    thickness = min(0.03, 0.1 * radius)
    soft = 0.3 * thickness
    angles = np.linspace(0.0, math.pi / 2.0, EDGE_STEPS + 1)
    upper = [(radius - soft + soft * math.sin(a), -soft + soft * math.cos(a)) for a in angles]
    lower = [(r, -thickness - z) for r, z in reversed(upper)]
    # A narrow flat ring inside each edge, for the smooth shading to end on.
    flat = radius - 1.2 * soft
    return [(flat, 0.0), *upper, *lower, (flat, -thickness)]
