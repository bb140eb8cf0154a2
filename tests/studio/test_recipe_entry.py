"""Ways into the Recipe screen: assets of the library, chosen there or here, and frames of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot

import presets
from engine.dataset.manifest import AssetEntry
from engine.library.hashing import content_hash
from engine.library.hdris import resolve_hdris
from engine.recipe.load import load_recipe, recipe_from_plain, recipe_to_plain
from studio.recipe_entry import changed_assets, changes_text, is_drawn_alike, open_in_recipe, send_to_recipe
from studio.recipe_text import recipe_text
from studio.screens.asset_picker import AssetPicker
from studio.screens.recipe import RecipeScreen
from tests.factory import make_spec
from tests.studio.recipe_rig import (
    asked,
    file,
    focus,
    preview,
    quiet,
    run_recipe,
)
from tests.studio.screens import until

__all__ = ["file", "preview"]

pytestmark = pytest.mark.usefixtures("preview")


def test_assets_of_the_library_come_into_the_recipe(file: Path) -> None:
    from engine.library.assets import CUP_KEY

    class Notes:
        class_name, scale = "mug", 2.0

    class Asset:
        def __init__(self, kind: str, key: str) -> None:
            self.kind, self.key, self.path, self.notes = kind, key, key, Notes()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        assets: Any = [Asset("model", CUP_KEY), Asset("hdri", "builtin:city"), Asset("texture", "/x.png")]
        await send_to_recipe(pilot.app, assets)  # type: ignore[arg-type]
        recipe = screen.session.recipe()
        assert (recipe.objects[0].class_name, recipe.surroundings.hdris) == ("mug", ("builtin:city",))

    run_recipe(test, file)


def test_a_frame_of_a_dataset_is_shown_with_its_own_recipe(file: Path) -> None:
    plain = recipe_to_plain(load_recipe(file, ["camera.fill=0.5", "render.samples=3"]))

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await open_in_recipe(pilot.app, plain, 9, 41)  # type: ignore[arg-type]
        await quiet(pilot)
        assert (asked()[-1].seed, asked()[-1].indices) == (9, (41,))
        assert recipe_from_plain(asked()[-1].recipe, "x") == recipe_from_plain(plain, "x")
        assert screen.memory.locked

    run_recipe(test, file)
    assert 'model = "cup"' in recipe_text(plain)


def manifest_assets(model: Path) -> list[AssetEntry]:
    builtins = resolve_hdris(["builtin"])
    return [
        AssetEntry("objects[0].model", model.name, str(model), content_hash(model)),
        *(
            AssetEntry(f"surroundings.hdris[{at}]", name, str(path), content_hash(path))
            for at, (name, path) in enumerate(builtins.items())
        ),
    ]


def test_it_is_said_when_an_asset_is_not_what_the_frame_was_rendered_with(tmp_path: Path) -> None:
    model = tmp_path / "mug.obj"
    model.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    plain: dict[str, Any] = {"surroundings": {"hdris": ["builtin"]}}
    assets = manifest_assets(model)
    assert changed_assets(plain, assets) == []
    model.write_text("v 0 0 0\nv 1 0 0\nv 0 2 0\nf 1 2 3\n")
    assert changed_assets(plain, assets) == ["mug.obj"]
    model.unlink()
    assert changed_assets(plain, assets) == ["mug.obj"]
    assert changed_assets(plain, assets[:-1]) == ["mug.obj", assets[-1].name], "an HDRI that has come changes draws"
    assert changes_text(["mug.obj"]).startswith("mug.obj: this asset is not what the frame was rendered with")
    assert "c and 2 more: these assets are" in changes_text([*"abcde"])


def test_a_model_read_with_its_own_up_axis_is_the_same_asset(tmp_path: Path) -> None:
    from engine.blender.asset_store import AssetStore

    model = tmp_path / "mug.obj"
    model.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    recipe = load_recipe(presets.find("basic"), [f"objects[0].model={model}", "objects[0].up=z"])
    digest = AssetStore().model("objects[0]", recipe.objects[0], lambda _path: None).facts.ref.content_hash
    assets = [AssetEntry("objects[0].model", model.name, str(model), digest), *manifest_assets(model)[1:]]
    plain = recipe_to_plain(recipe)
    assert changed_assets(plain, assets) == []
    model.write_text("v 0 0 0\nv 1 0 0\nv 0 2 0\nf 1 2 3\n")
    assert changed_assets(plain, assets) == ["mug.obj"]


def test_a_frame_whose_asset_has_changed_is_opened_with_a_warning(file: Path, tmp_path: Path) -> None:
    model = tmp_path / "mug.obj"
    model.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assets = manifest_assets(model)
    plain = recipe_to_plain(load_recipe(file, [f"objects[0].model={model}"]))

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await open_in_recipe(pilot.app, plain, 0, 3, assets)  # type: ignore[arg-type]
        await quiet(pilot)
        assert not any("rendered with" in note.message for note in pilot.app._notifications)
        model.write_text("v 0 0 0\nv 1 0 0\nv 0 2 0\nf 1 2 3\n")
        await open_in_recipe(pilot.app, plain, 0, 3, assets)  # type: ignore[arg-type]
        await until(pilot, lambda: any("mug.obj: this asset is not" in n.message for n in pilot.app._notifications))

    run_recipe(test, file)


def test_a_frame_that_is_drawn_otherwise_by_now_is_opened_with_a_warning(file: Path) -> None:
    plain = recipe_to_plain(load_recipe(file))
    then = make_spec(3, seed=5, instances=3)  # what the painted preview draws
    moved = [list(row) for row in then.objects[0].T_world_model]
    moved[0][3] += 0.001
    nudged = msgspec.structs.replace(then.objects[0], T_world_model=tuple(map(tuple, moved)))

    async def test(pilot: Pilot[None], _screen: RecipeScreen) -> None:
        def warned() -> bool:
            return any("drawn otherwise" in note.message for note in pilot.app._notifications)

        await open_in_recipe(pilot.app, plain, 5, 3, (), then)  # type: ignore[arg-type]
        await quiet(pilot)
        assert not warned()
        other = msgspec.structs.replace(then, objects=(nudged, *then.objects[1:]))
        await open_in_recipe(pilot.app, plain, 5, 3, (), other)  # type: ignore[arg-type]
        await until(pilot, warned)

    run_recipe(test, file)
    assert not is_drawn_alike(msgspec.structs.replace(then, drawn={**then.drawn, "ground.finish": "wood"}), then)
    assert is_drawn_alike(msgspec.structs.replace(then, drawn={**then.drawn, "new": 1.0}), then)


@pytest.mark.tries("asset.pick", "asset.edit")
def test_assets_are_chosen_by_their_pictures_or_typed(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "surroundings.hdris")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AssetPicker))
        picker = pilot.app.screen
        assert isinstance(picker, AssetPicker)
        await until(pilot, lambda: len(picker.grid.marked) == 8)  # `builtin` stands for all of them
        await pilot.press("space", "enter")
        await until(pilot, lambda: pilot.app.screen is screen)
        await until(pilot, lambda: len(screen.session.document.get("surroundings.hdris") or ()) == 7)
        await until(pilot, lambda: len(asked()[-1].recipe["surroundings"]["hdris"]) == 7)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, AssetPicker))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert len(screen.session.document.get("surroundings.hdris")) == 7
        await pilot.press("space", *"builtin:city", "enter")
        await quiet(pilot)
        assert screen.session.document.get("surroundings.hdris") == ["builtin:city"]
        await focus(pilot, screen, "objects[0].model")
        await pilot.click(screen.panel.controls["objects[0].model"])
        await until(pilot, lambda: isinstance(pilot.app.screen, AssetPicker))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)

    run_recipe(test, file)
