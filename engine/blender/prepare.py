"""Load what a recipe needs, once: models, HDRIs, and the facts about them that drawing needs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bmesh
import bpy
import numpy as np
import numpy.typing as npt

from engine.annotate.visibility import Body
from engine.blender.cup import cup_mesh
from engine.blender.hdri_import import hdri_pixels, load_hdri
from engine.blender.importance import world_map_resolution
from engine.blender.model_import import load_model
from engine.blender.scene import Environment, SceneAssets, mesh_arrays
from engine.frame.catalog import Catalog, HdriFacts, ModelFacts
from engine.frame.spec import AssetRef
from engine.library.hashing import content_hash
from engine.library.precheck import check_assets
from engine.recipe.model import ObjectRecipe, Recipe

CUP = "cup"


@dataclass(frozen=True, slots=True)
class AssetFile:
    """A file that a recipe uses, for the manifest."""

    role: str
    """Key path in the recipe, like `objects[0].model`."""
    name: str
    path: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recipe's assets, loaded and measured."""

    catalog: Catalog
    bodies: tuple[Body, ...]
    """The meshes of `catalog.models`, for rays."""
    scene_assets: SceneAssets
    files: tuple[AssetFile, ...]
    warnings: tuple[str, ...]


def prepare(recipe: Recipe, importing: Callable[[str], None]) -> Prepared:
    """Load the recipe's models and HDRIs into the open Blender file.

    `importing` is called with each path before it is read, so that a crash can be blamed on it.

    Raises:
        AssetError: a file cannot be used.
    """
    hdris = check_assets(recipe)
    models = [_load(f"objects[{i}].model", item, importing) for i, item in enumerate(recipe.objects)]
    environments: dict[str, Environment] = {}
    facts: list[HdriFacts] = []
    hdri_files: list[AssetFile] = []
    warnings: list[str] = []
    for i, (name, path) in enumerate(hdris.items()):
        importing(str(path))
        loaded = load_hdri(path)
        digest = content_hash(path)
        environments[digest] = Environment(loaded.image, world_map_resolution(hdri_pixels(loaded.image)))
        loaded.image.buffers_free()
        facts.append(HdriFacts(AssetRef(name, digest), loaded.mean_luminance))
        hdri_files.append(AssetFile(f"surroundings.hdris[{i}]", name, str(path), digest))
        warnings += loaded.warnings
    return Prepared(
        catalog=Catalog(tuple(model.facts for model in models), tuple(facts)),
        bodies=tuple(model.body for model in models),
        scene_assets=SceneAssets({model.facts.ref.content_hash: model.mesh for model in models}, environments),
        files=(*(model.file for model in models), *hdri_files),
        warnings=(*(warning for model in models for warning in model.warnings), *warnings),
    )


@dataclass(frozen=True, slots=True)
class _Model:
    facts: ModelFacts
    body: Body
    mesh: bpy.types.Mesh
    file: AssetFile
    warnings: tuple[str, ...]


def _load(role: str, item: ObjectRecipe, importing: Callable[[str], None]) -> _Model:
    if item.model == CUP:
        mesh = cup_mesh()
        return _model(role, CUP, _mesh_hash(mesh), "", mesh, has_materials=False, warnings=())
    importing(item.model)
    typical_scale = float(item.scale.quantile(0.5))
    up_axis = None if item.up == "auto" else item.up
    loaded = load_model(item.model, up_axis=up_axis, object_scale=typical_scale)
    place = role.removesuffix(".model")
    warnings = tuple(warning.replace("objects[i]", place) for warning in loaded.warnings)
    # The same file read with another up axis is another mesh.
    digest = content_hash(item.model) + ("" if item.up == "auto" else f"-up{item.up}")
    name = Path(item.model).name
    return _model(role, name, digest, item.model, loaded.mesh, has_materials=loaded.has_material, warnings=warnings)


def _model(
    role: str,
    name: str,
    digest: str,
    path: str,
    mesh: bpy.types.Mesh,
    *,
    has_materials: bool,
    warnings: tuple[str, ...],
) -> _Model:
    if not mesh.materials:
        mesh.materials.append(None)
    vertices, triangles = mesh_arrays(mesh)
    return _Model(
        facts=ModelFacts(AssetRef(name, digest), convex_hull(mesh), has_materials, is_cup=name == CUP),
        body=Body(vertices, triangles),
        mesh=mesh,
        file=AssetFile(role, name, path, digest),
        warnings=tuple(warnings),
    )


def _mesh_hash(mesh: bpy.types.Mesh) -> str:
    """Content hash of a mesh that comes from no file, as 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for array in mesh_arrays(mesh):
        digest.update(array.tobytes())
    return digest.hexdigest()


def convex_hull(mesh: bpy.types.Mesh) -> npt.NDArray[np.float64]:
    """Corners (N, 3) of the mesh's convex hull, metres, in its own frame."""
    shell = bmesh.new()
    try:
        shell.from_mesh(mesh)
        result = bmesh.ops.convex_hull(shell, input=shell.verts, use_existing_faces=False)
        corners = [item.co[:] for item in result["geom"] if isinstance(item, bmesh.types.BMVert)]
        points = corners or [vertex.co[:] for vertex in mesh.vertices]
    finally:
        shell.free()
    return np.array(points, np.float64)
