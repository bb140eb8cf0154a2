"""The Recipe screen shows what is wrong, what the preview says, and itself in terminals of several sizes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from engine.recipe.fields import FieldInfo
from engine.recipe.schema import Setting
from studio import recipe_parameters
from studio.screens.common import StatusLine
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_panel import SubjectBar
from studio.screens.recipe_widgets import RawEntry, Slider
from tests.studio.recipe_rig import (
    FakeSession,
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


def test_settings_without_effect_are_faint_lines_that_say_why(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "ground.hue")
        hue, finish = (screen.panel.controls[f"ground.{name}"] for name in ("hue", "finish"))
        assert not hue.idle
        screen.session.change("ground.kind", "none")
        await screen.changed()
        await quiet(pilot)
        assert hue.idle
        assert (hue.size.height, finish.size.height) == (1, 1)
        assert "no effect: ground.kind is none" in str(screen.query_one(StatusLine).render())
        await pilot.press("enter", *"90", "enter")
        await quiet(pilot)
        assert screen.session.document.get("ground.hue") == 90, "it can be changed all the same"
        screen.session.change("ground.kind", {"choice": ["table", "none"]})
        await screen.changed()
        await quiet(pilot)
        assert not hue.idle
        assert "no effect" not in str(screen.query_one(StatusLine).render())

    run_recipe(test, file)


def test_the_track_of_a_slider_follows_from_the_file(file: Path) -> None:
    found = []

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.f_stop")
        if not found:
            await pilot.press("enter", *"16", "enter")
            await quiet(pilot)
        slider = screen.panel.controls["camera.f_stop"]
        assert isinstance(slider, Slider)
        assert slider.spread is not None
        found.append((slider.scale, slider.spread))

    run_recipe(test, file)
    run_recipe(test)
    assert found[0] == found[1]


def test_the_line_of_subjects_scrolls_where_it_has_no_room(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        bar = screen.query_one(SubjectBar)
        names = [f"subject{number}" for number in range(20)]
        for current in (0, 9, 19):
            bar.show(names, names[current], {names[current]: "!"})
            line = bar.render().plain
            assert len(line) <= bar.content_size.width
            assert f"{names[current]}!" in line
            assert (line[0] == "‹", line[-1] == "›") == (current > 0, current < 19)
        await pilot.click(bar, offset=(1, 0))  # the arrow, behind the padding
        await quiet(pilot)
        assert bar.current == screen.memory.subject == "objects", "what it stands for is no subject of the recipe"

    run_recipe(test, file, size=(80, 24))


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


def test_the_class_that_labels_will_have_is_shown(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "objects[0].class")
        control = screen.panel.controls["objects[0].class"]
        screen.session.change("objects[0].class", "")
        screen.session.change("objects[0].model", "/models/Duck.glb")
        await screen.changed()
        assert "".join(text for text, _ in control.value_parts()) == "Duck (the model's name)"

    run_recipe(test, file)


def test_saving_under_another_name_keeps_the_full_picture(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("F")
        await until(pilot, lambda: screen.preview.full_picture is not None)
        done = len(asked())
        await pilot.press("W", "ctrl+u", *"other", "full_stop", *"toml", "enter")
        await until(pilot, lambda: screen.session.file.name == "other.toml")
        await quiet(pilot)
        assert screen.preview.full_picture is not None
        assert len(asked()) == done, "nothing is rendered again"
        screen.session.change("camera.fill", 0.5)
        await screen.changed()
        await until(pilot, lambda: len(asked()) > done)

    run_recipe(test, file)
