"""Models and HDRIs that are loaded into the open Blender file, read again only when they change."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import msgspec
import numpy as np
import numpy.typing as npt

from engine.annotate.visibility import Body
from engine.blender.axes import up_correction
from engine.blender.cup import cup_mesh
from engine.blender.cup_landmarks import cup_landmarks
from engine.blender.demo_scene import build_demo_scene
from engine.blender.hdri_import import load_hdri
from engine.blender.model_import import load_model
from engine.blender.parts import mark_cup, part_slots, triangle_parts
from engine.blender.scene import mesh_arrays
from engine.blender.scene_facts import check_reach, glows, lamp_facts, soup_of, surfaces_of
from engine.blender.scene_import import import_scene
from engine.blender.texture_sets import LoadedSet, load_set, unload_set
from engine.blender.uv_scale import uv_metres
from engine.blender.whole_scene import WholeScene, put_together
from engine.blender.world import Environment
from engine.errors import AssetError
from engine.frame.catalog import HdriFacts, LampFacts, ModelFacts, PhotoFacts, SceneFacts
from engine.frame.landmarks import Landmarks
from engine.frame.soup import Soup
from engine.frame.spec import AssetRef
from engine.frame.surfaces import Surfaces
from engine.library.dependencies import dependencies
from engine.library.files import split_model_path
from engine.library.hashing import content_hash, model_hash
from engine.library.notes import SIDECAR_NAME, landmarks_of, notes_beside, personal_file
from engine.library.pbr import TextureSet
from engine.library.photos import measure_photo
from engine.library.precheck import check_hdri, check_model
from engine.library.scenes import is_demo
from engine.library.sizes import MAX_SIZE, MIN_SIZE
from engine.recipe.objects import ObjectRecipe
from engine.recipe.scene import Scene

CUP = "cup"

type Importing = Callable[[str], None]
type Stamp = tuple[tuple[str, int, int], ...]
"""Path, modification time and size of the files that an asset was read from; -1 for one that is missing."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model in the open file, as one mesh."""

    facts: ModelFacts
    body: Body
    mesh: bpy.types.Mesh
    path: str
    """Empty for a built-in."""
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LoadedHdri:
    """An HDRI in the open file."""

    digest: str
    mean_luminance: float
    light: tuple[float, float, float]
    environment: Environment
    warnings: tuple[str, ...]

    def facts(self, name: str) -> HdriFacts:
        """What drawing must know of it."""
        return HdriFacts(AssetRef(name, self.digest), self.mean_luminance, self.light)


@dataclass(frozen=True, slots=True)
class LoadedScene:
    """A whole scene in the open file."""

    digest: str
    soup: Soup
    surfaces: Surfaces
    lamps: tuple[LampFacts, ...]
    is_lit: bool
    """Whether it has lamps, surroundings or materials that shine."""
    datablocks: WholeScene
    path: str
    """Empty for a built-in."""
    warnings: tuple[str, ...]

    def facts(self, name: str) -> SceneFacts:
        """What drawing must know of it."""
        ref = AssetRef(name, self.digest)
        return SceneFacts(ref, self.soup, self.surfaces, self.lamps, self.datablocks.sky is not None)


class AssetStore:
    """What was loaded, by path, up axis and state of the files on disk."""

    def __init__(self) -> None:
        self._models: OrderedDict[Hashable, tuple[Stamp, LoadedModel]] = OrderedDict()
        self._hdris: OrderedDict[Hashable, tuple[Stamp, LoadedHdri]] = OrderedDict()
        self._sets: OrderedDict[Hashable, tuple[Stamp, tuple[str, LoadedSet]]] = OrderedDict()
        self._photos: OrderedDict[Hashable, tuple[Stamp, PhotoFacts]] = OrderedDict()
        self._scenes: OrderedDict[Hashable, tuple[Stamp, LoadedScene]] = OrderedDict()

    def check(self, models: Sequence[ObjectRecipe], hdris: Sequence[Path]) -> None:
        """Look at the files that are not loaded yet, before the first of them is. Raises AssetError."""
        for item in models:
            if item.model != CUP and _fresh(self._models, _model_key(item)) is None:
                check_model(item.model)
        for path in hdris:
            if _fresh(self._hdris, str(path)) is None:
                check_hdri(path)

    def model(self, place: str, item: ObjectRecipe, importing: Importing) -> LoadedModel:
        """The model of an object of the recipe, at the key path `place`. Raises AssetError."""
        key = _model_key(item)
        found = _fresh(self._models, key)
        scale = float(item.scale.quantile(0.5))
        if found is None or not _is_of_some_size(found, scale):
            if item.model != CUP:
                importing(item.model)
            found = _load_model(item, scale)
            if _has_slots_for_parts(item) and not found.facts.landmarks.parts:
                raise AssetError(
                    f"{place}.slots: no parts are noted for {item.model}, so they cannot be told from each other; name "
                    f"them in {SIDECAR_NAME}, or choose `each`."
                )
            self._models[key] = (_stamp_of_model(item.model), found)
        self._models.move_to_end(key)
        return replace(found, warnings=tuple(warning.replace("objects[i]", place) for warning in found.warnings))

    def hdri(self, path: Path, importing: Importing) -> LoadedHdri:
        """Raises AssetError."""
        key = str(path)
        found = _fresh(self._hdris, key)
        if found is None:
            importing(key)
            stamp = _stamp([path])
            found = _load_hdri(path)
            self._hdris[key] = (stamp, found)
        self._hdris.move_to_end(key)
        return found

    def photo(self, name: str, path: Path, importing: Importing) -> PhotoFacts:
        """A photograph, of which only a coarse picture is kept. Raises AssetError."""
        key = str(path)
        found = _fresh(self._photos, key)
        if found is None:
            importing(key)
            stamp = _stamp([path])
            measure = measure_photo(path)
            found = PhotoFacts(AssetRef(name, content_hash(path)), measure.width, measure.height, measure.cells)
            self._photos[key] = (stamp, found)
        return replace(found, ref=AssetRef(name, found.ref.content_hash))

    def scene(self, place: str, recipe: Scene, importing: Importing) -> LoadedScene:
        """The scene of a path, or of `demo:NAME`. Raises AssetError."""
        key = (place, recipe.up, recipe.scale)
        found = _fresh(self._scenes, key)
        if found is None:
            if not is_demo(place):
                importing(place)
            stamp = () if is_demo(place) else _stamp_of_model(place)
            found = _load_scene(place, recipe)
            self._scenes[key] = (stamp, found)
        self._scenes.move_to_end(key)
        return found

    def texture_set(self, found: TextureSet, importing: Importing) -> tuple[AssetRef, LoadedSet]:
        """Raises AssetError."""
        paths = sorted(found.maps.values())
        loaded = _fresh(self._sets, tuple(paths))
        if loaded is None:
            importing(str(paths[0]))
            stamp = _stamp(paths)
            loaded = found.digest(), load_set(found)
            self._sets[tuple(paths)] = (stamp, loaded)
        self._sets.move_to_end(tuple(paths))
        return AssetRef(found.name, loaded[0]), loaded[1]

    def exceeds(self, models: int, hdris: int, sets: int, scenes: int) -> bool:
        """Whether more than that is loaded."""
        return (
            len(self._models) > models
            or len(self._hdris) > hdris
            or len(self._sets) > sets
            or len(self._scenes) > scenes
        )

    def forget_all_but(self, models: int, hdris: int, sets: int, scenes: int) -> None:
        """Remove from the open file what was used longest ago. What the scene shows must be among the rest."""
        while len(self._models) > models:
            _, loaded = self._models.popitem(last=False)[1]
            if all(loaded.mesh != other.mesh for _, other in self._models.values()):
                bpy.data.meshes.remove(loaded.mesh)
        while len(self._hdris) > hdris:
            _, gone = self._hdris.popitem(last=False)[1]
            bpy.data.images.remove(gone.environment.image)
        while len(self._sets) > sets:
            _, (_, pictures) = self._sets.popitem(last=False)[1]
            unload_set(pictures)
        while len(self._scenes) > scenes:
            self._scenes.popitem(last=False)[1][1].datablocks.remove()


def _model_key(item: ObjectRecipe) -> Hashable:
    return item.model, item.up, _has_slots_for_parts(item)


def _has_slots_for_parts(item: ObjectRecipe) -> bool:
    return item.slots == "parts"


def _fresh[T](loaded: OrderedDict[Hashable, tuple[Stamp, T]], key: Hashable) -> T | None:
    """What was loaded under a key, if its files are as they were then."""
    if key not in loaded:
        return None
    stamp, asset = loaded[key]
    return asset if stamp == _stamp([Path(path) for path, _, _ in stamp]) else None


def _stamp_of_model(path: str) -> Stamp:
    if path == CUP:
        return ()
    file, _ = split_model_path(path)
    notes = (notes_beside(file), personal_file())
    return _stamp([file, *notes, *(target for _, target in dependencies(file))])


def _stamp(paths: Sequence[Path]) -> Stamp:
    return tuple(_state(path) for path in paths)


def _state(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), -1, -1
    return str(path), found.st_mtime_ns, found.st_size


def _is_of_some_size(model: LoadedModel, scale: float) -> bool:
    """Whether importing it for this scale would still find it neither too large nor too small to be seen."""
    low, high = model.facts.bounds
    return float(np.abs(model.facts.hull).max()) * scale <= MAX_SIZE and float((high - low).max()) * scale >= MIN_SIZE


def _load_model(item: ObjectRecipe, scale: float) -> LoadedModel:
    if item.model == CUP:
        mesh = cup_mesh()
        mark_cup(mesh)
        return _measured(item, _mesh_hash(mesh), mesh, cup_landmarks(), has_materials=False, warnings=())
    up_axis = None if item.up == "auto" else item.up
    landmarks = landmarks_of(item.model)
    loaded = load_model(item.model, up_axis=up_axis, object_scale=scale, parts=landmarks.parts)
    return _measured(
        item,
        model_hash(item.model, item.up),
        loaded.mesh,
        _turned(landmarks, item.model, up_axis),
        has_materials=loaded.has_material,
        warnings=tuple(loaded.warnings),
    )


def _turned(landmarks: Landmarks, model: str, up_axis: str | None) -> Landmarks:
    """Keypoints that were noted in the frame which a file has by itself, in the one that it is used in."""
    turn = np.array(up_correction(split_model_path(model)[0], up_axis), np.float64)
    turned = ((name, (turn @ place).tolist()) for name, place in landmarks.keypoints)
    return msgspec.structs.replace(landmarks, keypoints=tuple((name, (x, y, z)) for name, (x, y, z) in turned))


def _measured(
    item: ObjectRecipe,
    digest: str,
    mesh: bpy.types.Mesh,
    landmarks: Landmarks,
    *,
    has_materials: bool,
    warnings: tuple[str, ...],
) -> LoadedModel:
    if not mesh.materials:
        mesh.materials.append(None)
    is_cup = item.model == CUP
    slot_parts: tuple[str, ...] = ()
    if _has_slots_for_parts(item):
        names = ("", *(name for name, _ in landmarks.parts))
        slot_parts = tuple(names[number] for number in part_slots(mesh))
        # Other slots take other looks: it is another model to whoever reads a frame's spec.
        digest = hashlib.blake2b(f"{digest} {slot_parts}".encode(), digest_size=16).hexdigest()
    hull = convex_hull(mesh)
    facts = ModelFacts(
        AssetRef(CUP if is_cup else Path(item.model).name, digest),
        hull,
        has_materials,
        is_cup=is_cup,
        slots=len(mesh.materials),
        slot_parts=slot_parts,
        uv_metres=uv_metres(mesh),
        landmarks=landmarks,
    )
    body = Body(*mesh_arrays(mesh), hull, landmarks, triangle_parts(mesh))
    return LoadedModel(facts, body, mesh, "" if is_cup else item.model, warnings)


def _load_hdri(path: Path) -> LoadedHdri:
    loaded = load_hdri(path)
    environment = Environment(loaded.image, loaded.map_resolution)
    return LoadedHdri(content_hash(path), loaded.mean_luminance, loaded.light, environment, tuple(loaded.warnings))


def _load_scene(place: str, recipe: Scene) -> LoadedScene:
    if is_demo(place):
        imported, digest = build_demo_scene(place.partition(":")[2], scale=recipe.scale)
    else:
        imported = import_scene(place, up_axis=None if recipe.up == "auto" else recipe.up, scale=recipe.scale)
        digest = model_hash(place, recipe.up)
    soup = soup_of(imported.things)
    check_reach(place, soup)
    return LoadedScene(
        digest,
        soup,
        surfaces_of(soup),
        tuple(lamp_facts(lamp) for lamp in imported.lamps),
        bool(imported.lamps) or imported.sky is not None or glows(imported.things),
        put_together(Path(place).name, imported.things, imported.lamps, imported.sky),
        "" if is_demo(place) else place,
        imported.warnings,
    )


def _mesh_hash(mesh: bpy.types.Mesh) -> str:
    """Content hash of a mesh that comes from no file, as 32 hexadecimal digits."""
    digest = hashlib.blake2b(digest_size=16)
    for array in mesh_arrays(mesh):
        digest.update(array.tobytes())
    return digest.hexdigest()


def convex_hull(mesh: bpy.types.Mesh) -> npt.NDArray[np.float64]:
    """Corners (N, 3) of the mesh's convex hull, metres, in its own frame."""
    import bmesh  # it is there only once bpy has been imported

    shell = bmesh.new()
    try:
        shell.from_mesh(mesh)
        result = bmesh.ops.convex_hull(shell, input=shell.verts, use_existing_faces=False)
        corners = [item.co[:] for item in result["geom"] if isinstance(item, bmesh.types.BMVert)]
        points = corners or [vertex.co[:] for vertex in mesh.vertices]
    finally:
        shell.free()
    return np.array(points, np.float64)
