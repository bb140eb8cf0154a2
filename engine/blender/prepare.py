"""Load what a recipe needs, once: models, HDRIs, and the facts about them that drawing needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from engine.annotate.visibility import Body
from engine.blender.asset_store import AssetStore, Importing, LoadedModel, LoadedScene
from engine.blender.scene import SceneAssets
from engine.blender.texture_sets import LoadedSet
from engine.errors import AssetError
from engine.frame.catalog import Catalog
from engine.frame.looks_spec import AssetRef
from engine.library.hashing import content_hash
from engine.library.hdris import resolve_hdris
from engine.library.model_folders import resolve_models
from engine.library.pbr import TextureSet, resolve_sets
from engine.library.photos import resolve_photos
from engine.library.scenes import resolve_scenes
from engine.plugins.plugin import Plugin, load_plugins, with_assets
from engine.recipe.distributions import support
from engine.recipe.materials import PBR
from engine.recipe.model import Recipe
from engine.recipe.objects import ObjectRecipe


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
    """The meshes of `catalog.models`, then those of `catalog.distractors`, for rays and for physics."""
    scene_assets: SceneAssets
    files: tuple[AssetFile, ...]
    warnings: tuple[str, ...]
    plugins: tuple[Plugin, ...] = ()


def prepare(recipe: Recipe, importing: Importing, store: AssetStore | None = None) -> Prepared:
    """Load the recipe's models and HDRIs into the open Blender file, but for those that `store` has from before.

    `importing` is called with each path before it is read, so that a crash can be blamed on it.

    Raises:
        AssetError: a file cannot be used.
    """
    store = store or AssetStore()
    plugins = load_plugins(recipe)
    recipe = with_assets(recipe, plugins)
    paths = resolve_hdris(recipe.surroundings.hdris)
    distractor_items = _distractor_items(recipe)
    found_sets = {place: resolve_sets(entries, place) for place, entries in _texture_lists(recipe)}
    store.check([*recipe.objects, *distractor_items], list(paths.values()))
    models = [store.model(f"objects[{i}]", item, importing) for i, item in enumerate(recipe.objects)]
    distractors = [store.model(f"distractors.models[{i}]", item, importing) for i, item in enumerate(distractor_items)]
    hdris = {name: store.hdri(path, importing) for name, path in paths.items()}
    photo_paths = resolve_photos(recipe.backdrop.photos)
    photos = [store.photo(name, path, importing) for name, path in photo_paths.items()]
    scene_places = resolve_scenes(recipe.scene.files) if "file" in support(recipe.scene.kind) else {}
    scenes = {name: store.scene(place, recipe.scene, importing) for name, place in scene_places.items()}
    _check_scenes(recipe, scenes)
    _find_pieces(recipe, [*models, *distractors])
    texture_sets = {
        place: [(item, *store.texture_set(item, importing)) for item in items] for place, items in found_sets.items()
    }
    model_files = (
        AssetFile(place, model.facts.ref.name, model.path, model.facts.ref.content_hash)
        for place, model in (
            *((f"objects[{i}].model", model) for i, model in enumerate(models)),
            *((f"distractors.models[{i}]", model) for i, model in enumerate(distractors)),
        )
    )
    hdri_files = (
        AssetFile(f"surroundings.hdris[{i}]", name, str(paths[name]), loaded.digest)
        for i, (name, loaded) in enumerate(hdris.items())
    )
    photo_files = (
        AssetFile(f"backdrop.photos[{i}]", photo.ref.name, str(path), photo.ref.content_hash)
        for i, (photo, path) in enumerate(zip(photos, photo_paths.values(), strict=True))
    )
    scene_files = (
        AssetFile(f"scene.files[{i}]", name, scene.path, scene.digest) for i, (name, scene) in enumerate(scenes.items())
    )
    plugin_files = (
        AssetFile(f"{plugin.place}.module", plugin.name, str(plugin.path), plugin.content_hash) for plugin in plugins
    )
    return Prepared(
        catalog=Catalog(
            tuple(model.facts for model in models),
            tuple(loaded.facts(name) for name, loaded in hdris.items()),
            tuple(photos),
            {place: tuple(ref for _, ref, _ in found) for place, found in texture_sets.items()},
            tuple(model.facts for model in distractors),
            tuple(scene.facts(name) for name, scene in scenes.items()),
            tuple(plugin.randomize for plugin in plugins),
        ),
        bodies=tuple(model.body for model in (*models, *distractors)),
        scene_assets=SceneAssets(
            {model.facts.ref.content_hash: model.mesh for model in (*models, *distractors)},
            {loaded.digest: loaded.environment for loaded in hdris.values()},
            {photo.ref.content_hash: path for photo, path in zip(photos, photo_paths.values(), strict=True)},
            {ref.content_hash: loaded for found in texture_sets.values() for _, ref, loaded in found},
            {scene.digest: scene.datablocks for scene in scenes.values()},
        ),
        files=(*model_files, *hdri_files, *photo_files, *scene_files, *_map_files(texture_sets), *plugin_files),
        warnings=(
            *(warning for model in (*models, *distractors) for warning in model.warnings),
            *(warning for loaded in hdris.values() for warning in loaded.warnings),
            *(warning for scene in scenes.values() for warning in scene.warnings),
        ),
        plugins=plugins,
    )


def _distractor_items(recipe: Recipe) -> list[ObjectRecipe]:
    """The models that distractors may be, as objects of their own size. Raises AssetError where there is none of any
    kind."""
    wanted = recipe.distractors
    if max(float(end) for end in support(wanted.count)) == 0:
        return []
    if not wanted.kinds and not wanted.models:
        raise AssetError("distractors.kinds: both it and distractors.models are empty; name a kind or a model.")
    return [ObjectRecipe(model=path) for path in resolve_models(wanted.models, "distractors.models")]


def _check_scenes(recipe: Recipe, scenes: Mapping[str, LoadedScene]) -> None:
    """Raise AssetError for a scene in which nothing can stand, or which would be dark."""
    for name, scene in scenes.items():
        if not len(scene.surfaces.places):
            raise AssetError(
                f"{scene.path or name}: nothing in the scene is flat and level with room above it; check scene.up and "
                "scene.scale."
            )
        if "own" in support(recipe.scene.lights) and not scene.is_lit:
            raise AssetError(
                f"{scene.path or name}: the scene has no lamps or surroundings of its own, so that scene.lights cannot "
                "be `own`; choose `surroundings` or `both`."
            )


def _find_pieces(recipe: Recipe, models: list[LoadedModel]) -> None:
    """Cut the models into what physics needs, if the recipe drops things or has them in scenes: it may take seconds."""
    if "drop" in support(recipe.placement.kind) or "file" in support(recipe.scene.kind):
        for model in models:
            _ = model.body.pieces


def _texture_lists(recipe: Recipe) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Key path and entries of each list of sets that the recipe may draw from. Raises AssetError where one is empty."""
    places = [(f"objects[{i}]", item.material, item.textures) for i, item in enumerate(recipe.objects)]
    for place, material, entries in (*places, ("ground", recipe.ground.finish, recipe.ground.textures)):
        if PBR not in support(material):
            continue
        if not entries:
            name = "finish" if place == "ground" else "material"
            raise AssetError(
                f"{place}.textures: no set of pictures is named, though {place}.{name} may be `{PBR}`; name a folder."
            )
        yield f"{place}.textures", entries


type _Set = tuple[TextureSet, AssetRef, LoadedSet]


def _map_files(sets: Mapping[str, list[_Set]]) -> Iterator[AssetFile]:
    """Every map of every set, since its content decides pixels."""
    for place, loaded in sets.items():
        for i, (found, _, _) in enumerate(loaded):
            for kind, path in sorted(found.maps.items()):
                yield AssetFile(f"{place}[{i}].{kind}", f"{found.name} {kind}", str(path), content_hash(path))
