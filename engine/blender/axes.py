"""Up axes: from the coordinates of a file to the model frame, in which z is up."""

from __future__ import annotations

import re
from pathlib import Path

import bpy
from mathutils import Matrix

from engine.errors import AssetError

UP_ROTATIONS = {
    "x": Matrix(((0, 0, -1), (0, 1, 0), (1, 0, 0))),
    "y": Matrix(((1, 0, 0), (0, 0, -1), (0, 1, 0))),
    "z": Matrix.Identity(3),
    "-x": Matrix(((0, 0, 1), (0, 1, 0), (-1, 0, 0))),
    "-y": Matrix(((1, 0, 0), (0, 0, 1), (0, -1, 0))),
    "-z": Matrix(((1, 0, 0), (0, -1, 0), (0, 0, -1))),
}
"""For each axis the rotation (3x3, right handed) that turns it to +z: a quarter or half turn about one other axis."""

_FBX_TEXT = re.compile(rb'"UpAxis"[^\n]*,\s*([012])\s*\n')
_FBX_BINARY = re.compile(
    rb"UpAxisS\x03\x00\x00\x00intS\x07\x00\x00\x00IntegerS\x00\x00\x00\x00I([\x00-\x02])\x00\x00\x00"
)
_CONVENTION = {".obj": "y", ".glb": "y", ".gltf": "y", ".fbx": "y", ".ply": "z", ".stl": "z", ".blend": "z"}


def up_correction(path: Path, up_axis: str | None) -> Matrix:
    """The rotation (3x3) to apply to what the importer made of `path` so that the file's `up_axis` is up.

    The importers turn the axis that the file or its format declares as up to +z already. None leaves it at that.
    Raises AssetError for an unknown axis.
    """
    if up_axis is None:
        return Matrix.Identity(3)
    wanted = UP_ROTATIONS.get(up_axis.lower().removeprefix("+"))
    if wanted is None:
        raise AssetError(f"{path}: '{up_axis}' is no up axis; use one of {', '.join(UP_ROTATIONS)}.")
    return wanted @ UP_ROTATIONS[declared_up(path)].transposed()


def declared_up(path: Path) -> str:
    """The axis ("x", "y" or "z") of the file's coordinates that its importer turns to +z.

    .obj, .gltf, .glb: y; .stl, .ply, .blend: z; .fbx and .usd*: what the file states, y where it states nothing.
    """
    suffix = path.suffix.lower()
    if suffix.startswith(".usd"):
        return _usd_up(path)
    if suffix == ".fbx":
        return _fbx_up(path)
    return _CONVENTION[suffix]


def _fbx_up(path: Path) -> str:
    data = path.read_bytes()
    if match := _FBX_TEXT.search(data):
        return "xyz"[int(match[1])]
    if match := _FBX_BINARY.search(data):
        return "xyz"[match[1][0]]
    return _CONVENTION[".fbx"]


def _usd_up(path: Path) -> str:
    bpy.utils.expose_bundled_modules()
    from pxr import Usd, UsdGeom  # type: ignore[import-not-found]  # Comes with bpy, found since the line above.

    stage = Usd.Stage.Open(str(path))
    return "z" if stage is not None and UsdGeom.GetStageUpAxis(stage) == UsdGeom.Tokens.z else "y"
