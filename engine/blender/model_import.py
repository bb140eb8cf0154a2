"""Importing a user's model: one mesh datablock, in metres, z up, with nothing else left behind.

Frames of reference. The *model frame* is the frame of the resulting mesh's vertices: right handed, z up, metres,
origin where the file has it (not moved to the centre or the floor). Poses are annotated as the pose of this frame.
It comes from the file's coordinates by a rotation (up axis) and a uniform scale about the file's origin:

- `up_axis` None: the format's convention. .obj, .gltf, .glb: y is up; .stl, .ply, .blend: z; .fbx, .usd*: what the
  file declares. A y-up file's (x, y, z) becomes (x, -z, y).
- `up_axis` "x", "y", "z", "-x", "-y" or "-z": that axis of the file's coordinates is up, see `axes.UP_ROTATIONS`.
- Numbers count as metres, except that .fbx and .usd* declare their unit, which is applied. `scale` multiplies after.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from engine.blender.axes import up_correction
from engine.blender.datablocks import Workbench, used_by, workbench
from engine.blender.import_files import import_file
from engine.blender.mesh_parts import (
    MAX_TRIANGLES,
    TooManyTrianglesError,
    evaluated_parts,
    has_material,
    join,
    transform,
)
from engine.blender.model_materials import detach_missing_images, show_ply_texture, show_vertex_colours
from engine.blender.parts import mark_parts, names_of, require_names
from engine.blender.scripts import forbid_scripts, freeze
from engine.blender.unmeshed import displacement_to_bumps, refuse_unmeshed
from engine.errors import AssetError
from engine.frame.landmarks import Parts
from engine.library.dependencies import dependencies
from engine.library.files import is_file, no_faces, not_finite, split_model_path
from engine.library.precheck import check_model
from engine.library.sizes import MAX_SIZE, MIN_SIZE, size_warnings

Vector = tuple[float, float, float]

_MIN_AREA = 1e-9
"""Of all faces together, as a share of the square of the model's size."""
_SMOOTH_ANGLE = np.radians(30.0)
_NO_SHADING = (".stl", ".ply", ".obj")


@dataclass(frozen=True, slots=True)
class ImportedModel:
    """A model as one mesh. Lengths in metres, coordinates in the model frame (see the module)."""

    mesh: bpy.types.Mesh
    """The joined mesh, with a fake user so that it stays while no object shows it; its materials hang on it."""

    bounds_min: Vector
    bounds_max: Vector
    """Corners of the axis-aligned bounding box."""

    radius: float
    """Radius of the smallest sphere about the centre of the bounding box that holds every vertex."""

    n_vertices: int
    n_triangles: int
    """Triangles after triangulation."""

    has_material: bool
    """Whether any slot holds a material (one made from vertex colours counts)."""

    has_uv: bool

    missing_textures: tuple[str, ...]
    """File names of pictures that the model refers to and that cannot be read; they were unplugged."""

    warnings: tuple[str, ...]
    """Sentences for the user: implausible size, missing textures, removed scripts, ..."""

    @property
    def size(self) -> Vector:
        """Extent of the bounding box along x, y and z."""
        low, high = self.bounds_min, self.bounds_max
        return (high[0] - low[0], high[1] - low[1], high[2] - low[2])

    @property
    def center(self) -> Vector:
        """Centre of the bounding box."""
        low, high = self.bounds_min, self.bounds_max
        return ((low[0] + high[0]) / 2, (low[1] + high[1]) / 2, (low[2] + high[2]) / 2)

    @property
    def base_offset(self) -> Vector:
        """The translation that brings the bottom centre of the bounding box to the origin.

        Not applied to the mesh: whoever places an object on a floor adds it (rotated with the object) to the
        object's translation, so that annotated poses stay those of the model's own frame.
        """
        x, y, _ = self.center
        return (-x, -y, -self.bounds_min[2])


def load_model(
    path: str | os.PathLike[str],
    *,
    up_axis: str | None = None,
    scale: float = 1.0,
    object_scale: float | None = 1.0,
    parts: Parts = (),
) -> ImportedModel:
    """Import a model file as one mesh. See the module for frames and units, `ImportedModel` for the result.

    `path`: .obj (with .mtl and textures), .glb, .gltf, .ply, .stl, .fbx, .usd, .usda, .usdc, .usdz or .blend; for
    `file.blend#Name` only that object with its children, or that collection. A .blend without a name stands for what
    its first scene renders. All objects with surfaces are evaluated (modifiers, armatures, shape keys at the current
    values; curves, text and metaballs as surfaces; instances of collections, geometry nodes and particles) and joined;
    hair, point clouds and volumes are refused; displacement by materials is shown as bumps. Material slots, UV maps,
    colour attributes and custom normals are kept. .stl, .ply and .obj files without normals are shaded smooth below 30
    degrees. Cameras, lights and everything else are dropped, and no other new datablock stays in `bpy.data`.

    `scale` goes into the mesh. `object_scale` does not: it is what the caller will scale the object by, and counts for
    the checks of the size only; None leaves these checks, and the warnings on the size, to the caller.

    `parts` are noted on the faces, see `engine.blender.parts`; the file must have an object or a material of each of
    their names.

    Python in .blend files never runs. Raises AssetError (one sentence with file and remedy) when the file is
    missing, broken, unsupported, without faces, not finite, without extent, or larger than `MAX_SIZE`.
    """
    file, name = split_model_path(path)
    check_model(path)
    for factor in (scale, object_scale):
        if factor is not None and not (np.isfinite(factor) and factor > 0):
            raise AssetError(f"{file}: a scale of {factor} is impossible; use a number above 0.")
    forbid_scripts()
    with workbench() as bench:
        correction = up_correction(file, up_axis).to_4x4() @ Matrix.Scale(scale, 4)
        warnings = import_file(file, name, bench)
        mesh = _one_mesh(file, bench, named_parts=parts)
        warnings += displacement_to_bumps(file, used_by(mesh))
        read_again([mesh], bench)
        transform(mesh, correction)
        _smooth_unspecified(mesh, file)
        model = _measure(mesh, file, warnings, object_scale)
        mesh.use_fake_user = True
        bench.keep = (mesh,)
    mesh.name = name or file.stem  # Now that the importer's own datablocks no longer hold the name.
    return model


def _one_mesh(file: Path, bench: Workbench, named_parts: Parts) -> bpy.types.Mesh:
    """Validate, evaluate and join what was imported, in the file's frame as the importer made it."""
    for item in bench.new():
        if isinstance(item, bpy.types.Mesh):
            require_finite(item, file)
            if file.suffix.lower() == ".ply":
                show_ply_texture(item, file)
            item.validate()
    with bpy.context.temp_override(**bench.override):
        depsgraph = bpy.context.evaluated_depsgraph_get()
    refuse_unmeshed(file, depsgraph)
    names: list[str] = []

    def mark(mesh: bpy.types.Mesh, owner: str) -> None:
        if named_parts:
            names.extend(names_of(mesh, owner))
            mark_parts(mesh, owner, named_parts)

    try:
        parts = evaluated_parts(depsgraph, mark)
    except TooManyTrianglesError:
        raise AssetError(
            f"{file}: with all its instances it has more than {MAX_TRIANGLES:,} triangles; reduce it."
        ) from None
    if not parts:
        raise no_faces(file)
    require_names(file, named_parts, names)
    for part in parts:
        require_finite(part, file)
        show_vertex_colours(part)
    freeze(used_by(*parts), depsgraph)
    mesh = join(parts, bench)
    mesh.validate()
    return mesh


def read_again(owners: Sequence[bpy.types.ID], bench: Workbench) -> None:
    """Importers reuse a picture that the session has; its file may have changed since."""
    for item in used_by(*owners):
        if isinstance(item, bpy.types.Image) and item.session_uid in bench.before and not item.packed_file:
            item.reload()


def _vertices(mesh: bpy.types.Mesh) -> np.ndarray:
    """(N, 3) float64 positions."""
    flat = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", flat)
    return flat.reshape(-1, 3).astype(np.float64)


def require_finite(mesh: bpy.types.Mesh, file: Path) -> None:
    """Raise AssetError for coordinates that are no numbers."""
    if not np.isfinite(_vertices(mesh)).all():
        raise not_finite(file)


def _smooth_unspecified(mesh: bpy.types.Mesh, file: Path) -> None:
    """Shade smooth where the format said nothing on shading, so that round CAD parts do not look facetted."""
    if file.suffix.lower() not in _NO_SHADING or mesh.has_custom_normals:
        return
    mesh.shade_smooth()
    mesh.set_sharp_from_angle(angle=_SMOOTH_ANGLE)


def _measure(mesh: bpy.types.Mesh, file: Path, warnings: list[str], object_scale: float | None) -> ImportedModel:
    points = _vertices(mesh)
    if not np.isfinite(points).all():
        raise not_finite(file)
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    if object_scale is not None:
        _check_reach(file, object_scale * float(max(np.abs(low).max(), np.abs(high).max())))
    _check_extent(mesh, file, float(extent.max()), 0.0 if object_scale is None else MIN_SIZE / object_scale)
    missing = _missing_textures(mesh, file)
    if missing:
        warnings.append(f"{file.name}: textures are missing or unreadable, shown without: {', '.join(missing)}")
    if object_scale is not None:
        warnings += size_warnings(file.name, (extent * object_scale).tolist(), "objects[i].scale")
    return ImportedModel(
        mesh=mesh,
        bounds_min=_vector(low),
        bounds_max=_vector(high),
        radius=float(np.linalg.norm(points - (low + high) / 2, axis=1).max()),
        n_vertices=len(mesh.vertices),
        n_triangles=len(mesh.loops) - 2 * len(mesh.polygons),
        has_material=has_material(mesh),
        has_uv=bool(mesh.uv_layers),
        missing_textures=tuple(missing),
        warnings=tuple(warnings),
    )


def _vector(values: np.ndarray) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))


def _check_reach(file: Path, reach: float) -> None:
    """Refuse a model so large or so far away that rendering it in single precision is no use."""
    if reach > MAX_SIZE:
        raise AssetError(
            f"{file}: the model reaches {reach / 1000:,.0f} km from its origin (more than {MAX_SIZE / 1000:g} km); "
            "set a smaller objects[i].scale, or correct its coordinates."
        )


def _check_extent(mesh: bpy.types.Mesh, file: Path, largest: float, least: float) -> None:
    """Refuse a model that cannot be seen: the longest side of its bounding box is `least` or shorter."""
    if largest <= least:
        raise AssetError(f"{file}: the model has no size (all points coincide); export it again or raise its scale.")
    areas = np.empty(len(mesh.polygons), np.float32)
    mesh.polygons.foreach_get("area", areas)
    if float(areas.sum(dtype=np.float64)) < _MIN_AREA * largest**2:
        raise AssetError(f"{file}: the faces of the model have no area (all points lie in a line); export it again.")


def _missing_textures(mesh: bpy.types.Mesh, file: Path) -> list[str]:
    """Unplug what cannot be shown; name it together with what the importer did not even try."""
    missing = detach_missing_images(used_by(mesh))
    missing += [target.name for _, target in dependencies(file) if not is_file(target)]
    return sorted(set(missing))
