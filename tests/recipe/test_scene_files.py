"""The files of scenes in recipes: found beside the recipe, and named as a copy elsewhere needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dataset.manifest import AssetEntry, Manifest, Storage, differences, make_manifest
from engine.errors import AssetError
from engine.library.scenes import resolve_scenes
from engine.recipe.edit import copy_recipe
from engine.recipe.load import load_recipe, recipe_to_plain


def test_scenes_are_found_beside_the_recipe_and_stay_named_in_copies(tmp_path: Path) -> None:
    (tmp_path / "flat.glb").touch()
    recipe = tmp_path / "mine.toml"
    recipe.write_text('[scene]\nkind = "file"\nfiles = ["flat.glb", "demo:hall"]\n')
    named = (str(tmp_path.resolve() / "flat.glb"), "demo:hall")
    assert load_recipe(recipe).scene.files == named
    (tmp_path / "sub").mkdir()
    copy_recipe(recipe, tmp_path / "sub" / "copy.toml")
    assert load_recipe(tmp_path / "sub" / "copy.toml").scene.files == named
    assert resolve_scenes(named) == {"flat.glb": named[0], "demo:hall": "demo:hall"}


def test_demo_scenes_are_known_by_name() -> None:
    assert list(resolve_scenes(["demo"])) == ["demo:study", "demo:living", "demo:hall"]
    with pytest.raises(AssetError, match=r"demo:hal: there is no scene of that name.*Did you mean 'hall'\?"):
        resolve_scenes(["demo:hal"])


def test_another_scene_makes_another_dataset_and_another_folder_does_not(tmp_path: Path) -> None:
    def manifest(folder: str, content: str) -> Manifest:
        (tmp_path / folder).mkdir(exist_ok=True)
        file = tmp_path / folder / "flat.glb"
        file.touch()
        (tmp_path / folder / "mine.toml").write_text('[scene]\nkind = "file"\nfiles = ["flat.glb"]\n')
        return make_manifest(
            name="test",
            recipe=recipe_to_plain(load_recipe(tmp_path / folder / "mine.toml")),
            seed=0,
            classes=(),
            assets=[AssetEntry("scene.files[0]", "flat.glb", str(file), content)],
            storage=Storage((64, 48), "png", 92, ()),
            blender_version="5.2.3",
        )

    first = manifest("a", "1")
    assert differences(first, manifest("b", "1")) == []
    assert "scene.files[0]" in differences(first, manifest("b", "2"))[0]
