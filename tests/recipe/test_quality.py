"""`render.quality`: a word that stands for several settings, and what wins over it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

import presets
from engine.errors import RecipeError
from engine.frame.draw import draw
from engine.recipe.load import load_recipe, recipe_from_plain, recipe_to_plain
from engine.recipe.output import QUALITIES, QUALITY_SETTINGS, STANDARD, Render
from engine.recipe.schema import quality_markdown
from tests.frame.catalogs import catalog

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"


def written(folder: Path, text: str, *overrides: str) -> Render:
    file = folder / "cups.toml"
    file.write_text(text, encoding="utf-8")
    return load_recipe(file, overrides).render


def test_what_qualities_stand_for_are_settings_with_values_that_may_be_given(tmp_path: Path) -> None:
    assert QUALITIES[STANDARD] == {}, "the settings' own defaults"
    members = [member.name for member in dataclasses.fields(Render)]
    first = members.index("quality") + 1
    assert tuple(members[first : first + len(QUALITY_SETTINGS)]) == QUALITY_SETTINGS, "as the setting's text says"
    for quality, stands_for in QUALITIES.items():
        assert set(stands_for) <= set(QUALITY_SETTINGS)
        by_word = written(tmp_path, f"[render]\nquality = '{quality}'")
        plain = recipe_to_plain(recipe_from_plain({"render": dict(stands_for)}, "test"))["render"]
        assert dataclasses.replace(by_word, quality=STANDARD) == recipe_from_plain({"render": plain}, "test").render
    assert QUALITIES["draft"]["samples"] < Render().samples < QUALITIES["reference"]["samples"]


def test_a_setting_that_is_given_wins_and_a_recipe_comes_back_as_it_was(tmp_path: Path) -> None:
    text = "[render]\nsamples = 40\nquality = 'reference'"
    found = written(tmp_path, text)
    reference = written(tmp_path, "[render]\nquality = 'reference'")
    assert (found.quality, found.samples, found.clamp) == ("reference", 40, QUALITIES["reference"]["clamp"])
    assert dataclasses.replace(found, samples=reference.samples) == reference
    recipe = load_recipe(tmp_path / "cups.toml")
    assert recipe_from_plain(recipe_to_plain(recipe), "cups") == recipe


def test_a_quality_on_the_command_line_replaces_what_the_file_says_of_its_settings(tmp_path: Path) -> None:
    text = "[render]\nsamples = 40\nmax_bounces = 7\nresolution = [64, 48]"
    found = written(tmp_path, text, "render.quality=draft")
    assert found == dataclasses.replace(written(tmp_path, "[render]\nquality = 'draft'"), resolution=(64, 48))
    for overrides in (("render.samples=5", "render.quality=draft"), ("render.quality=draft", "render.samples=5")):
        assert written(tmp_path, text, *overrides) == dataclasses.replace(found, samples=5)
    assert written(tmp_path, text, "render.samples=5").max_bounces == 7
    assert written(tmp_path, "", "render.quality=reference").samples == QUALITIES["reference"]["samples"]


def test_a_wrong_quality_is_told_with_its_remedy(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cups\.toml: render\.quality: found 'drat'; .* Did you mean 'draft'\?"):
        written(tmp_path, "[render]\nquality = 'drat'")
    with pytest.raises(RecipeError, match=r"^--set render\.quality: found 'best'; allowed: draft, standard, reference"):
        written(tmp_path, "", "render.quality=best")


def test_a_frames_spec_has_them_all() -> None:
    recipe = load_recipe(presets.find("basic"), ["render.quality=draft"])
    spec = draw(recipe, catalog(), 0, 0)
    for name in QUALITY_SETTINGS:
        assert getattr(spec, name) == getattr(recipe.render, name), name


def test_the_table_of_qualities_is_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.partition("<!-- qualities -->\n")[2].partition("<!-- /qualities -->")[0]
    assert table == quality_markdown(), "put the output of `engine.recipe.schema.quality_markdown()` there"
