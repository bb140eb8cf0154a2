"""The mug: a closed mesh whose handle grows out of the body.

The mug stands on z = 0 with its axis on z; the handle points along +x. Lengths are metres. The integer face
attribute `cup_region` holds the `Region` of each face, for materials that treat the parts differently; its texture
space is described in `cup_uv`.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import bpy
import numpy as np

from engine.blender.cup_cage import Region, cage
from engine.blender.subdivide import QuadMesh, subdivide
from engine.errors import BadInput

__all__ = ["DEFAULT_SHAPE", "REGION_ATTRIBUTE", "CupShape", "Region", "cup_mesh", "cup_quads"]

REGION_ATTRIBUTE = "cup_region"


@dataclass(frozen=True, slots=True)
class CupShape:
    """The measures of a mug in metres."""

    height: float = 0.092
    """From the table to the rim."""

    radius: float = 0.0405
    """Of the outer wall."""

    wall: float = 0.0042
    """Thickness of the wall."""

    handle_reach: float = 0.0315
    """From the wall to the middle of the handle's outermost part."""

    handle_width: float = 0.0135
    """Of the handle's elliptic cross-section, sideways."""

    handle_thickness: float = 0.0092
    """Of the handle's elliptic cross-section, in the plane of the handle."""

    subdivisions: int = 1
    """Steps of subdivision: 1 gives 2,912 faces, 2 gives 11,648."""

    def __post_init__(self) -> None:
        """Refuse measures that do not make a mug."""
        if not all(math.isfinite(measure) and measure > 0.0 for measure in astuple(self)):
            raise BadInput(f"A cup's measures must be positive lengths in metres; this one was given {self}.")
        if not 0.06 <= self.height <= 0.2 or not 0.025 <= self.radius <= 0.08 or not 0.002 <= self.wall <= 0.008:
            raise BadInput(
                "A cup must be 0.06 to 0.2 m high with a radius of 0.025 to 0.08 m and a wall of 0.002 to 0.008 m; "
                f"this one was given {self.height}, {self.radius} and {self.wall} m (scale the object instead)."
            )
        # The handle leaves through holes two cage quads wide and high: a section as large would not be rounded off.
        widest, thickest = 0.40 * self.radius, 0.13 * self.height
        if self.handle_width > widest or self.handle_thickness > thickest or not 0.02 <= self.handle_reach <= 0.06:
            raise BadInput(
                f"The handle of such a cup may be {widest:.4f} m wide and {thickest:.4f} m thick at most and must "
                f"reach 0.02 to 0.06 m out; this one was given {self.handle_width}, {self.handle_thickness} and "
                f"{self.handle_reach} m."
            )
        if self.subdivisions not in (1, 2, 3):
            raise BadInput(f"A cup's subdivisions must be 1, 2 or 3, not {self.subdivisions}.")


DEFAULT_SHAPE = CupShape()


def cup_mesh(name: str = "cup", shape: CupShape = DEFAULT_SHAPE) -> bpy.types.Mesh:
    """A new mesh datablock called `name`: closed, smooth-shaded quads with UVs, and no materials."""
    quads = cup_quads(shape)
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(quads.vertices.tolist(), [], quads.faces.tolist(), shade_flat=False)
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", quads.uv.astype(np.float32).ravel())
    region = mesh.attributes.new(REGION_ATTRIBUTE, "INT", "FACE")
    region.data.foreach_set("value", quads.region.astype(np.int32))
    mesh.update()
    return mesh


def cup_quads(shape: CupShape = DEFAULT_SHAPE) -> QuadMesh:
    """The mug as arrays, exactly `shape.height` tall; `region` holds `Region` values."""
    quads = subdivide(cage(shape), shape.subdivisions)
    vertices = quads.vertices
    low, high = vertices[:, 2].min(), vertices[:, 2].max()
    vertices[:, 2] = (vertices[:, 2] - low) * (shape.height / (high - low))
    return quads
