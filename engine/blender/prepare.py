"""Load what a recipe needs, once: models, HDRIs, and the facts about them that drawing needs."""

from __future__ import annotations

from dataclasses import dataclass

from engine.annotate.visibility import Body
from engine.blender.asset_store import AssetStore, Importing
from engine.blender.scene import SceneAssets
from engine.frame.catalog import Catalog
from engine.library.hdris import resolve_hdris
from engine.recipe.model import Recipe


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


def prepare(recipe: Recipe, importing: Importing, store: AssetStore | None = None) -> Prepared:
    """Load the recipe's models and HDRIs into the open Blender file, but for those that `store` has from before.

    `importing` is called with each path before it is read, so that a crash can be blamed on it.

    Raises:
        AssetError: a file cannot be used.
    """
    store = store or AssetStore()
    paths = resolve_hdris(recipe.surroundings.hdris)
    store.check(recipe.objects, list(paths.values()))
    models = [store.model(f"objects[{i}]", item, importing) for i, item in enumerate(recipe.objects)]
    hdris = {name: store.hdri(path, importing) for name, path in paths.items()}
    model_files = (
        AssetFile(f"objects[{i}].model", model.facts.ref.name, model.path, model.facts.ref.content_hash)
        for i, model in enumerate(models)
    )
    hdri_files = (
        AssetFile(f"surroundings.hdris[{i}]", name, str(paths[name]), loaded.digest)
        for i, (name, loaded) in enumerate(hdris.items())
    )
    return Prepared(
        catalog=Catalog(
            tuple(model.facts for model in models), tuple(loaded.facts(name) for name, loaded in hdris.items())
        ),
        bodies=tuple(model.body for model in models),
        scene_assets=SceneAssets(
            {model.facts.ref.content_hash: model.mesh for model in models},
            {loaded.digest: loaded.environment for loaded in hdris.values()},
        ),
        files=(*model_files, *hdri_files),
        warnings=(
            *(warning for model in models for warning in model.warnings),
            *(warning for loaded in hdris.values() for warning in loaded.warnings),
        ),
    )
