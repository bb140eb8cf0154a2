"""Every action of the Recipe screen, by its key, with a preview that paints."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit
from textual.pilot import Pilot
from textual.widgets import Input, Static

import presets
from engine.recipe.load import recipe_from_plain, recipe_to_plain
from engine.recipe.output import QUALITIES
from studio.recipe_parameters import subjects
from studio.recipe_text import recipe_text
from studio.screens.common import StatusLine
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_answers import DiffDialog
from studio.screens.recipe_dialogs import OpenDialog
from studio.screens.recipe_panel import SubjectBar
from studio.screens.recipe_widgets import Choices, Slider
from tests.studio.recipe_rig import (
    asked,
    choose,
    file,
    focus,
    preview,
    quiet,
    run_recipe,
    title,
)
from tests.studio.screens import until
from widgets.prompt_bar import PromptBar
from widgets.simple_controls import OptionControl

__all__ = ["file", "preview"]

pytestmark = pytest.mark.usefixtures("preview")


def covers(*names: str) -> pytest.MarkDecorator:
    """Say which actions a test tries."""
    return pytest.mark.tries(*(f"recipe.{name}" for name in names))


@covers("down", "up", "page_down", "page_up")
def test_going_through_the_settings(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        paths = list(screen.panel.controls)
        assert screen.panel.focused_path == "objects[0].model"
        await pilot.press("down", "j", "j")
        assert screen.panel.focused_path == "objects[0].count"
        await pilot.press("down", "down", "down")
        assert screen.panel.focused_path == "objects[0].scale", "the three choices come first"
        await pilot.press("up")
        count = screen.panel.controls["objects[0].count"]
        assert isinstance(count, Choices)
        assert (count.has_focus, count.at) == (True, 2)
        await pilot.press(*["pagedown"] * 4)
        assert screen.panel.focused_path == paths[-1]
        await pilot.press(*["pageup"] * 4, "k")
        assert screen.panel.focused_path == paths[0]
        await quiet(pilot)
        assert "path of a .obj" in str(screen.query_one(StatusLine).render())

    run_recipe(test, file)


@covers("subject", "subject_back")
def test_going_through_the_subjects(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        names = subjects()
        for name in [*names[1:], names[0]]:
            await pilot.press("right_square_bracket")
            await quiet(pilot)
            assert screen.query_one(SubjectBar).current == name
            assert {parameter.subject for parameter in screen.panel.parameters.values()} == {name}
        await pilot.press("left_square_bracket")
        await quiet(pilot)
        assert screen.memory.subject == names[-1]
        await pilot.click(SubjectBar, offset=(2, 0))
        await quiet(pilot)
        assert screen.memory.subject == names[0]

    run_recipe(test, file)


@covers("find", "leave")
def test_finding_settings_of_all_subjects(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("slash", *"roughness", "enter")
        await quiet(pilot)
        found = list(screen.panel.controls)
        assert "objects[0].paint.roughness" in found
        assert "ground.roughness" in found
        assert not screen.query_one(PromptBar).is_open
        await pilot.press("escape")
        await quiet(pilot)
        assert next(iter(screen.panel.controls)) == "objects[0].model"
        await pilot.press("slash", *"xyz", "enter")
        await quiet(pilot)
        assert not screen.panel.controls

    run_recipe(test, file)


@covers("undo", "redo", "revert", "reset")
def test_a_change_reaches_text_preview_and_history(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.elevation")
        await pilot.press("right")
        await quiet(pilot)
        assert "elevation = { uniform = [11, 60] }" in screen.session.text
        assert asked()[-1].recipe["camera"]["elevation"] == {"uniform": [11.0, 60.0]}
        slider = screen.panel.controls["camera.elevation"]
        assert slider.modified
        assert "changed" in title(screen)
        await pilot.press("u")
        await quiet(pilot)
        assert not slider.modified
        assert isinstance(slider, Slider)
        assert slider.spread is not None
        assert slider.spread.low == 10
        assert slider.has_focus
        await pilot.press("ctrl+r")
        await quiet(pilot)
        assert slider.spread.low == 11
        await pilot.press("backspace")
        await quiet(pilot)
        assert "elevation" not in screen.session.text
        assert slider.spread.low == 8, "the default of the schema"
        await pilot.press("R")
        await quiet(pilot)
        assert not screen.session.is_modified
        await pilot.press("u")
        await quiet(pilot)
        assert screen.session.is_modified

    run_recipe(test, file)


@covers("choices")
def test_a_number_becomes_choices_and_a_range_again(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "objects[0].count")
        await pilot.press("c")
        await quiet(pilot)
        assert screen.session.document.get("objects[0].count") == {"uniform": [1, 3]}
        slider = screen.panel.controls["objects[0].count"]
        assert isinstance(slider, Slider)
        assert slider.has_focus
        await pilot.press("c")
        await quiet(pilot)
        assert screen.session.document.get("objects[0].count") == {"choice": [1, 2, 3], "weights": [1, 1, 1]}
        await focus(pilot, screen, "objects[0].model")
        await pilot.press("c")
        assert screen.session.document.get("objects[0].model") == "cup"

    run_recipe(test, file)


@covers("diff")
def test_the_diff_shows_both_sides(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("D")
        await quiet(pilot)
        assert not isinstance(pilot.app.screen, DiffDialog)
        screen.session.change("camera.fill", 0.5)
        await pilot.press("D")
        await quiet(pilot)
        assert isinstance(pilot.app.screen, DiffDialog)
        text = str(pilot.app.screen.query_one("#diff", Static).render())
        assert "+fill = 0.5" in text
        assert "-fill = { uniform" in text
        await pilot.press("escape")
        await quiet(pilot)
        assert pilot.app.screen is screen
        await pilot.press("D")
        await choose(pilot, "#answer-file")
        await until(pilot, lambda: not screen.session.is_modified)
        await pilot.press("u")
        await until(pilot, lambda: screen.session.document.get("camera.fill") == 0.5)

    run_recipe(test, file)


@covers("open")
def test_opening_another_recipe_keeps_the_changes_of_this_one(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpenDialog))
        await pilot.press(*"basic", "enter")
        await until(pilot, lambda: screen.session.is_preset)
        assert screen.session.document.get("camera.fill") != 0.5
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpenDialog))
        await pilot.press(*"cups", "enter")
        await until(pilot, lambda: screen.session.file == file)
        assert screen.session.document.get("camera.fill") == 0.5

    run_recipe(test, file)


@covers("save", "save_as")
def test_saving_and_saving_as(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await pilot.press("w")
        await until(pilot, lambda: "fill = 0.5" in file.read_text())
        assert not screen.session.is_modified
        await pilot.press("W")
        bar = screen.query_one(PromptBar)
        await until(pilot, lambda: bar.is_open)
        bar.query_one(Input).value = str(file)
        await pilot.press("enter")
        await quiet(pilot)
        assert bar.is_open, "a file that exists is not overwritten"
        bar.query_one(Input).value = str(file.with_name("other.toml"))
        await pilot.press("enter")
        await until(pilot, lambda: screen.session.name == "other")
        assert "fill = 0.5" in file.with_name("other.toml").read_text()

    run_recipe(test, file)


def test_a_preset_asks_for_a_name_and_stays_as_it_is(file: Path) -> None:
    before = presets.find("basic").read_text()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await pilot.press("w")
        await until(pilot, lambda: screen.query_one(PromptBar).is_open)
        await pilot.press("enter")
        await until(pilot, lambda: not screen.session.is_preset)
        assert (file.parent / "my-recipe.toml").exists()

    run_recipe(test)
    assert presets.find("basic").read_text() == before


@covers("add_object", "remove_object")
def test_objects_are_added_and_removed(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("minus")
        assert screen.session.objects() == 1, "one has to stay"
        await pilot.press("plus")
        await quiet(pilot)
        assert screen.session.objects() == 2
        assert screen.panel.focused_path == "objects[1].model"
        await pilot.press("minus")
        await quiet(pilot)
        assert screen.session.objects() == 1
        await pilot.press("u")
        await quiet(pilot)
        assert "objects[1].model" in screen.panel.controls

    run_recipe(test, file)


@covers("add_object", "remove_object")
def test_lights_are_added_and_removed(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "surroundings.strength")
        await pilot.press("minus", "escape")
        await pilot.press("plus", "plus")
        await quiet(pilot)
        assert screen.panel.focused_path == "lights[1].count"
        for _ in range(2):
            await pilot.press("underscore")
            await quiet(pilot)
            await quiet(pilot)
        assert "[[lights]]" not in screen.session.text
        assert not screen.session.recipe().lights
        await pilot.press("u")
        await quiet(pilot)
        assert len(screen.session.recipe().lights) == 1
        assert "lights[0].kind" in screen.panel.controls

    run_recipe(test, file)


@covers("next", "previous", "dice", "lock", "seed")
def test_the_frame_and_the_seed_of_the_preview(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("n", "n", "p")
        await quiet(pilot)
        assert (asked()[-1].seed, asked()[-1].indices) == (0, (1,))
        await pilot.press("r")
        await quiet(pilot)
        seed = asked()[-1].seed
        assert seed != 0
        await pilot.press("s", "r")
        await quiet(pilot)
        assert asked()[-1].seed == seed
        assert "locked" in title(screen)
        assert asked()[-1].indices != (1,)
        await pilot.press("colon")
        screen.query_one(PromptBar).query_one(Input).value = "7 #12"
        await pilot.press("enter")
        await quiet(pilot)
        assert (asked()[-1].seed, asked()[-1].indices) == (7, (12,))
        await pilot.press("colon")
        screen.query_one(PromptBar).query_one(Input).value = "many"
        await pilot.press("enter")
        await quiet(pilot)
        assert screen.query_one(PromptBar).is_open

    run_recipe(test, file)


@covers("sheet", "compare", "full", "leave")
def test_sheets_comparison_and_the_full_render(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        for tiles in (4, 9, 16, 1):
            await pilot.press("g")
            await quiet(pilot)
            assert asked()[-1].indices == tuple(range(tiles))
        screen.session.change("camera.fill", 0.5)
        await screen.changed()
        await pilot.press("b")
        await until(
            pilot, lambda: {request.recipe["camera"]["fill"] == 0.5 for request in asked()[-2:]} == {True, False}
        )
        await pilot.press("escape", "F")
        await until(pilot, lambda: bool(asked()[-1].full))
        await until(pilot, lambda: screen.preview.full_picture is not None)
        assert "full: 32 samples" in str(screen.preview.border_subtitle)
        measured = screen.preview.measured
        assert measured is not None
        assert measured.full
        await pilot.press("escape")
        await quiet(pilot)
        assert not screen.full
        await pilot.press("g")
        await quiet(pilot)
        await pilot.press("n")
        await quiet(pilot)
        assert asked()[-1].indices == (4, 5, 6, 7)

    run_recipe(test, file)


@covers("overlay", "engine", "wide")
def test_overlay_engine_and_layout(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        plain = screen.preview.picture
        assert plain is not None
        requests = len(asked())
        await pilot.press("v")
        await quiet(pilot)
        boxes = screen.preview.picture
        assert boxes is not None
        assert (plain != boxes).any()
        assert "boxes" in title(screen)
        assert len(asked()) == requests, "nothing is rendered for an overlay"
        await pilot.press("v", "v")
        await quiet(pilot)
        assert (screen.preview.picture == plain).all()
        await pilot.press("E")
        await quiet(pilot)
        assert asked()[-1].engine == "eevee"
        await pilot.press("z")
        await quiet(pilot)
        assert not screen.panel.display
        await pilot.press("z")
        await quiet(pilot)
        assert screen.panel.display
        assert not screen.preview.display
        assert "Esc shows the picture" in title(screen)
        await pilot.press("escape")
        await quiet(pilot)
        assert screen.preview.display
        assert "Esc" not in title(screen)

    run_recipe(test, file)


@pytest.mark.parametrize("key", ["g", "b", "F"])
def test_several_pictures_have_all_of_a_small_terminal(file: Path, key: str) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press(key)
        await quiet(pilot)
        assert not screen.panel.display
        assert screen.preview.content_size.width == 80
        assert "Esc shows the settings" in title(screen)
        if key == "g":
            await pilot.press("escape")
            await quiet(pilot)
            assert screen.panel.display, "the user wants to see both"
            await pilot.press("g", "g", "g")
        else:
            await pilot.press("escape")
        await quiet(pilot)
        assert screen.panel.display
        assert "Esc" not in title(screen)

    run_recipe(test, file, size=(80, 24))


def test_a_quality_takes_the_place_of_what_was_written_and_shows_what_it_stands_for(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "render.quality")

        def shown() -> tuple[float | None, str]:
            samples, denoiser = screen.panel.controls["render.samples"], screen.panel.controls["render.denoiser"]
            assert isinstance(samples, Slider)
            assert isinstance(denoiser, OptionControl)
            return samples.spread.low if samples.spread else None, denoiser.value

        assert shown() == (32, "high"), "the file says 32"
        draft = QUALITIES["draft"]
        await pilot.press("left")
        await quiet(pilot)
        assert 'quality = "draft"' in screen.session.text
        assert "samples" not in screen.session.document.plain()["render"]
        assert shown() == (draft["samples"], draft.get("denoiser", "high"))
        assert asked()[-1].recipe["render"]["samples"] == draft["samples"]
        await focus(pilot, screen, "render.samples")
        await pilot.press("right")
        await quiet(pilot)
        assert shown()[0] == screen.session.document.get("render.samples") != draft["samples"]
        again = recipe_from_plain(screen.session.document.plain(), "cups")
        assert recipe_from_plain(tomlkit.parse(recipe_text(recipe_to_plain(again))).unwrap(), "cups") == again
        await pilot.press("u", "u")
        await quiet(pilot)
        assert shown() == (32, "high")

    run_recipe(test, file)
