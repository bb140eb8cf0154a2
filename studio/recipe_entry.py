"""Ways into the Recipe screen from other screens: with assets of the library, or with a frame of a dataset."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from engine.library.assets import Asset
    from studio.app import StudioApp
    from studio.screens.recipe import RecipeScreen


async def send_to_recipe(app: StudioApp, assets: Sequence[Asset]) -> None:
    """Go to the Recipe screen and use these assets there: models in the place of its objects, HDRIs of its own."""
    from studio.library_recipe import object_values, recipe_name, usable

    chosen = usable(assets)
    models = [object_values(asset) for asset in chosen if asset.kind != "hdri"]
    hdris = [recipe_name(asset) for asset in chosen if asset.kind == "hdri"]
    await _go(app, lambda screen: screen.use_assets(models, hdris))


async def open_in_recipe(app: StudioApp, recipe: Mapping[str, Any], seed: int, index: int) -> None:
    """Go to the Recipe screen and show a frame there: the recipe that it was drawn from, its seed and its number."""
    await _go(app, lambda screen: screen.open_frame(recipe, seed, index))


async def _go(app: StudioApp, act: Callable[[RecipeScreen], Awaitable[None]]) -> None:
    await app.switch_mode("recipe")
    screen = cast("RecipeScreen", app.screen_stack[0])
    await screen.ready.wait()
    await act(screen)


def recipe_text(recipe: Mapping[str, Any]) -> str:
    """A whole recipe in plain data as the text of a file; what is as by default is left out."""
    from engine.recipe.document import RecipeDocument
    from studio.recipe_parameters import parameters

    document = RecipeDocument("", "recipe.toml", Path())
    objects = recipe.get("objects", [{}])
    for _ in objects[1:]:
        document.add_object({"model": "cup"})
    source = RecipeDocument("", "recipe.toml", Path())
    for key, value in recipe.items():
        source.set(key, value)
    for parameter in parameters(len(objects)):
        value = source.get(parameter.path)
        if value is not None and (value != parameter.default or parameter.path.endswith(".model")):
            document.set(parameter.path, value)
    return document.text
