"""Every action of the Recipe screen, by its key, with a preview that paints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

import presets
from engine.errors import DatasetError
from engine.recipe.fields import FieldInfo
from engine.recipe.schema import Setting
from studio import recipe_parameters
from studio.queueing import Wish
from studio.recipe_entry import open_in_recipe, send_to_recipe
from studio.recipe_parameters import subjects
from studio.recipe_text import recipe_text
from studio.screens.common import StatusLine, TitleBar
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_controls import Choices, RawEntry, Slider
from studio.screens.recipe_dialogs import DiffDialog, OpenDialog, QuestionDialog, QueueDialog
from studio.screens.recipe_panel import SubjectBar
from tests.studio.recipe_rig import FakeSession, file, preview, quiet, run_recipe
from tests.studio.screens import until
from widgets.prompt_bar import PromptBar
from widgets.range_slider import RangeSlider

__all__ = ["file", "preview"]

pytestmark = pytest.mark.usefixtures("preview")


def covers(*names: str) -> pytest.MarkDecorator:
    """Say which actions a test tries."""
    return pytest.mark.tries(*(f"recipe.{name}" for name in names))


def asked() -> list[Any]:
    return FakeSession.made[-1].asked


def title(screen: RecipeScreen) -> str:
    return str(screen.query_one("#title", TitleBar).render())


async def watched(pilot: Pilot[None], screen: RecipeScreen) -> None:
    """Wait until the file is watched."""
    await until(pilot, lambda: screen._watch is not None and screen._watch.polled is not None)


async def choose(pilot: Pilot[None], button: str) -> None:
    """Press a button of a dialog once it is there."""
    await until(pilot, lambda: bool(pilot.app.screen.query(button)))
    pilot.app.screen.query_one(button, Button).press()


async def focus(pilot: Pilot[None], screen: RecipeScreen, path: str) -> None:
    subject = next(item.subject for item in recipe_parameters.parameters(9) if item.path == path)
    await screen.show_subject(subject)
    screen.panel.focus_path(path)
    await pilot.pause()


@covers("down", "up", "page_down", "page_up")
def test_going_through_the_settings(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        paths = list(screen.panel.controls)
        assert screen.panel.focused_path == "objects[0].model"
        await pilot.press("down", "j")
        assert screen.panel.focused_path == "objects[0].count"
        await pilot.press("down", "down", "down")
        assert screen.panel.focused_path == "objects[0].scale", "the three choices come first"
        await pilot.press("up")
        count = screen.panel.controls["objects[0].count"]
        assert isinstance(count, Choices)
        assert (count.has_focus, count.at) == (True, 2)
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert screen.panel.focused_path == paths[-1]
        await pilot.press("pageup", "pageup", "pageup", "k")
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
        measured = screen.measured()
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
        await pilot.press("escape")
        await quiet(pilot)
        assert screen.preview.display

    run_recipe(test, file)


@covers("queue")
def test_queueing_what_is_on_the_screen(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[tuple[Any, str, Wish]] = []

    def add_job(recipe: Any, source: str, wish: Wish) -> dict[str, Any]:
        added.append((recipe, source, wish))
        if len(added) == 2:
            raise DatasetError("That folder holds frames of another recipe.")
        return {"id": 1, "name": recipe.name, "root": str(wish.folder)}

    monkeypatch.setattr("studio.queueing.add_job", add_job)

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await screen.changed()
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        dialog = pilot.app.screen
        assert "free" in str(dialog.query_one("#queue-estimate").render())  # type: ignore[attr-defined]
        dialog.query_one("#queue-count", Input).value = "no"
        await pilot.press("enter")
        assert pilot.app.screen is dialog, "what is no number is not taken"
        dialog.query_one("#queue-count", Input).value = "12"
        dialog.query_one("#queue-priority", Input).value = "-3"
        await pilot.press("enter")
        await until(pilot, lambda: bool(added))
        recipe, source, wish = added[0]
        assert recipe.camera.fill.quantile(0) == 0.5
        assert source == str(file)
        assert (wish.count, wish.seed, wish.priority) == (12, 0, -3)
        assert wish.folder == file.parent / "datasets" / "cups"
        await until(pilot, lambda: any("in the queue" in note.message for note in pilot.app._notifications))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        await choose(pilot, "#answer-add")
        await until(pilot, lambda: any("another recipe" in note.message for note in pilot.app._notifications))

    run_recipe(test, file)


# What is wrong


def test_a_wrong_value_is_said_at_its_control_and_nothing_is_lost(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "objects[0].count")
        before = len(asked())
        await pilot.press("enter", "0", "enter")
        await quiet(pilot)
        control = screen.panel.controls["objects[0].count"]
        assert "without any object" in control.problem
        assert "objects!" in str(screen.query_one(SubjectBar).render())
        assert len(asked()) == before, "what is wrong is not rendered"
        assert "choice = [0]" in screen.session.text
        await pilot.press("a")
        await quiet(pilot)
        assert pilot.app.screen is screen, "nor queued"
        await pilot.press("u")
        await quiet(pilot)
        assert not screen.panel.controls["objects[0].count"].problem

    run_recipe(test, file)


def test_values_that_no_control_knows_are_typed_as_in_the_file(file: Path) -> None:
    file.write_text("[camera]\nfill = { unifrom = [1, 2] }\n")

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.fill")
        control = screen.panel.controls["camera.fill"]
        assert isinstance(control, RawEntry)
        assert "unifrom" in control.problem
        control.enter("{ uniform = [0.2, 0.4] }")
        await quiet(pilot)
        assert isinstance(screen.panel.controls["camera.fill"], Slider)
        assert screen.session.document.get("camera.fill") == {"uniform": [0.2, 0.4]}

    run_recipe(test, file)


def test_a_new_setting_of_the_schema_appears_by_itself(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = Setting("weather.fog", FieldInfo("how thick", "number", varies=True, unit="m", low=0, high=9), 1.0)
    known = recipe_parameters._settings()
    every = (*known, extra)
    monkeypatch.setattr(recipe_parameters, "_settings", lambda: every)
    recipe_parameters.parameters.cache_clear()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await screen.show_subject("weather")
        await quiet(pilot)
        assert isinstance(screen.panel.controls["weather.fog"], Slider)

    run_recipe(test, file)
    recipe_parameters.parameters.cache_clear()


# The file


def test_changes_of_an_editor_appear(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "render.samples")
        await watched(pilot, screen)
        file.write_text(file.read_text().replace("samples = 32", "samples = 8"))
        slider = screen.panel.controls["render.samples"]
        assert isinstance(slider, RangeSlider)
        await until(pilot, lambda: slider.spread is not None and slider.spread.low == 8)
        assert not screen.session.is_modified

    run_recipe(test, file)


@pytest.mark.parametrize("answer", ["file", "mine"])
def test_two_versions_are_asked_about(file: Path, answer: str) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await watched(pilot, screen)
        theirs = file.read_text().replace("samples = 32", "samples = 8")
        file.write_text(theirs)
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        await choose(pilot, "#answer-diff")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffDialog))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        await choose(pilot, f"#answer-{answer}")
        await until(pilot, lambda: pilot.app.screen is screen)
        await quiet(pilot)
        assert file.read_text() == theirs, "nothing is overwritten"
        expected = (8, False) if answer == "file" else (32, True)
        assert (screen.session.document.get("render.samples"), screen.session.is_modified) == expected

    run_recipe(test, file)


def test_saving_over_another_version_asks_first(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.watching.Watch.start", lambda _self: None)

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        file.write_text("# theirs\n")
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        assert file.read_text() == "# theirs\n"
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert file.read_text() == "# theirs\n"
        await pilot.press("w")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        assert "mine" in str(pilot.app.screen.query_one("#answer-mine", Button).label)
        await choose(pilot, "#answer-mine")
        await until(pilot, lambda: "fill = 0.5" in file.read_text())

    run_recipe(test, file)


# A restart, other screens


def test_all_is_there_after_a_restart(file: Path) -> None:
    async def first(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.roll")
        await pilot.press("right", "n", "v", "s")
        await quiet(pilot)

    async def second(_pilot: Pilot[None], screen: RecipeScreen) -> None:
        assert screen.session.file == file
        assert screen.session.is_modified
        assert screen.panel.focused_path == "camera.roll"
        assert (screen.memory.index, screen.memory.overlay, screen.memory.locked) == (1, "boxes", True)
        assert asked()[-1].indices == (1,)

    run_recipe(first, file)
    assert FakeSession.made[-1].closed
    run_recipe(second)


def test_readonly_saves_and_queues_nothing(file: Path) -> None:
    before = file.read_text()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await pilot.press("w", "W", "a")
        await quiet(pilot)
        assert pilot.app.screen is screen
        assert not screen.query_one(PromptBar).is_open

    run_recipe(test, file, readonly=True)
    assert file.read_text() == before


def test_assets_of_the_library_come_into_the_recipe(file: Path) -> None:
    from engine.library.assets import CUP_KEY

    class Notes:
        class_name, scale = "mug", 2.0

    class Asset:
        def __init__(self, kind: str, key: str) -> None:
            self.kind, self.key, self.notes = kind, key, Notes()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        assets: Any = [Asset("model", CUP_KEY), Asset("hdri", "builtin:city"), Asset("texture", "/x.png")]
        await send_to_recipe(pilot.app, assets)  # type: ignore[arg-type]
        recipe = screen.session.recipe()
        assert (recipe.objects[0].class_name, recipe.surroundings.hdris) == ("mug", ("builtin:city",))

    run_recipe(test, file)


def test_a_frame_of_a_dataset_is_shown_with_its_own_recipe(file: Path) -> None:
    from engine.recipe.load import load_recipe, recipe_from_plain, recipe_to_plain

    plain = recipe_to_plain(load_recipe(file, ["camera.fill=0.5", "render.samples=3"]))

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await open_in_recipe(pilot.app, plain, 9, 41)  # type: ignore[arg-type]
        await quiet(pilot)
        assert (asked()[-1].seed, asked()[-1].indices) == (9, (41,))
        assert recipe_from_plain(asked()[-1].recipe, "x") == recipe_from_plain(plain, "x")
        assert screen.memory.locked

    run_recipe(test, file)
    assert 'model = "cup"' in recipe_text(plain)


# The preview's states


def test_what_the_preview_says_is_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeSession, "answers", False)

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        session, number = FakeSession.made[-1], len(asked())
        session.say("starting", "starting Blender", number)
        await quiet(pilot)
        assert "starting Blender" in screen.preview.message
        session.say("failed", "mug.obj: it cannot be read.", number)
        await quiet(pilot)
        assert "cannot be read" in screen.preview.message
        assert "cannot be read" in str(screen.query_one(StatusLine).render())
        await pilot.press("F")
        await quiet(pilot)
        await until(pilot, lambda: bool(asked()[-1].full))
        session.say("rendering", "rendering", len(asked()), samples_done=8, samples=32)
        await quiet(pilot)
        assert "8 of 32" in str(screen.preview.border_subtitle)

    run_recipe(test, file)


def test_pictures_of_an_older_request_do_not_replace_newer_ones(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        monkeypatch.setattr(FakeSession, "answers", False)
        session, old = FakeSession.made[-1], (len(asked()), asked()[-1])
        await pilot.press("n")
        await quiet(pilot)
        session.answer(len(asked()), asked()[-1])
        await quiet(pilot)
        shown = screen.preview.picture
        session.answer(*old)
        await quiet(pilot)
        assert shown is not None
        assert (screen.preview.picture == shown).all()

    run_recipe(test, file)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (200, 60)])
def test_controls_and_picture_share_the_room(file: Path, size: tuple[int, int]) -> None:
    async def test(_pilot: Pilot[None], screen: RecipeScreen) -> None:
        assert screen.panel.size.height >= 4
        assert screen.panel.size.width >= 30
        assert screen.preview.size.height >= 4
        assert screen.preview.picture is not None

    run_recipe(test, file, size)
