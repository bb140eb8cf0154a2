"""Sets of pictures in recipes: paths are checked, and go with a copy of the recipe."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import RecipeError
from engine.recipe.edit import copy_recipe
from engine.recipe.load import load_recipe
from tests.library.texture_sets import poly_haven

TEXT = """
[[objects]]
material = "pbr"
textures = "sets"
[ground]
finish = { choice = ["wood", "pbr"] }
textures = ["sets/hills_diff_1k.png"]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    poly_haven(tmp_path / "sets")
    (tmp_path / "a.toml").write_text(TEXT)
    return tmp_path / "a.toml"


def test_sets_are_relative_to_the_recipes_file(file: Path) -> None:
    recipe = load_recipe(file)
    assert recipe.objects[0].textures == (str(file.parent / "sets"),)
    assert recipe.ground.textures == (str(file.parent / "sets/hills_diff_1k.png"),)


@pytest.mark.parametrize("path", ["objects[0].textures", "ground.textures"])
def test_a_set_that_is_not_there_is_an_error_that_names_the_setting(file: Path, path: str) -> None:
    with pytest.raises(RecipeError, match=r"textures.*there is no file '.*nowhere'; the path of a folder of PBR"):
        load_recipe(file, [f"{path}=nowhere"])


def test_an_unknown_material_is_an_error_with_the_nearest_name(file: Path) -> None:
    with pytest.raises(RecipeError, match="Did you mean 'leather'"):
        load_recipe(file, ["objects[0].material=lether"])


def test_a_copy_names_the_same_sets(file: Path) -> None:
    near, far = file.with_name("near.toml"), file.parent / "far" / "b.toml"
    far.parent.mkdir()
    for copy in (near, far):
        copy_recipe(file, copy)
        assert load_recipe(copy).objects == load_recipe(file).objects
        assert load_recipe(copy).ground == load_recipe(file).ground
    assert 'textures = ["sets/hills_diff_1k.png"]' in near.read_text()
