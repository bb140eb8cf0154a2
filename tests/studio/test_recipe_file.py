"""A recipe's file on the Recipe screen: written by two, kept over a restart, left alone by a read-only run."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from studio.footer import KeyFooter
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_answers import DiffDialog, QuestionDialog
from tests.studio.recipe_rig import (
    FakeSession,
    asked,
    choose,
    file,
    focus,
    preview,
    quiet,
    run_recipe,
    title,
    watched,
)
from tests.studio.screens import until
from widgets.prompt_bar import PromptBar
from widgets.range_slider import RangeSlider

__all__ = ["file", "preview"]

pytestmark = pytest.mark.usefixtures("preview")


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


def test_the_question_stays_open_while_other_screens_are_looked_at(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await watched(pilot, screen)
        file.write_text(file.read_text().replace("samples = 32", "samples = 8"))
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        assert "changed on disk too" in title(screen)
        await pilot.press("3")
        await until(pilot, lambda: pilot.app.current_mode == "queue")
        assert not isinstance(pilot.app.screen, QuestionDialog)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        await choose(pilot, "#answer-diff")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffDialog))
        await choose(pilot, "#answer-file")
        await until(pilot, lambda: screen.session.document.get("render.samples") == 8)
        assert "!" not in title(screen)

    run_recipe(test, file)


def test_a_conflict_met_on_another_screen_is_asked_about_on_return(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await watched(pilot, screen)
        await pilot.press("3")
        await until(pilot, lambda: pilot.app.current_mode == "queue")
        file.write_text(file.read_text().replace("samples = 32", "samples = 8"))
        await until(pilot, lambda: screen.trouble == "changed")
        await quiet(pilot)
        assert not isinstance(pilot.app.screen, QuestionDialog)
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))
        await choose(pilot, "#answer-mine")
        await until(pilot, lambda: not screen.trouble)

    run_recipe(test, file)


def test_a_conflict_met_in_a_dialog_is_asked_about_when_that_closes(file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await watched(pilot, screen)
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffDialog))
        file.write_text(file.read_text().replace("samples = 32", "samples = 8"))
        await until(pilot, lambda: screen.trouble == "changed")
        await quiet(pilot)
        assert isinstance(pilot.app.screen, DiffDialog)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(pilot.app.screen, QuestionDialog))

    run_recipe(test, file)


def test_a_file_that_went_or_broke_is_said_as_long_as_it_is_so(file: Path) -> None:
    good = file.read_text()

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await watched(pilot, screen)
        file.unlink()
        await until(pilot, lambda: "! the file is gone, w writes it again" in title(screen))
        await pilot.press("w")
        await until(pilot, file.exists)
        await until(pilot, lambda: "!" not in title(screen))
        file.write_text("[camera\n")
        await until(pilot, lambda: "! broken on disk" in title(screen))
        assert screen.session.text == good
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, DiffDialog))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        assert "! broken on disk" in title(screen)
        file.write_text(good)
        await until(pilot, lambda: "!" not in title(screen))

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


def test_settings_are_scrolled_as_they_were_after_a_restart(file: Path) -> None:
    async def first(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.focal_length")
        screen.panel.scroll_to(y=9, animate=False)
        await quiet(pilot)

    async def second(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await until(pilot, lambda: screen.panel.scroll_y == 9)
        await quiet(pilot)
        assert screen.panel.scroll_y == 9
        assert screen.panel.focused_path == "camera.focal_length"

    run_recipe(first, file, size=(80, 24))
    run_recipe(second, size=(80, 24))


def test_in_a_readonly_run_a_recipe_is_tried_out_and_nothing_of_it_kept(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_text()
    monkeypatch.setattr("studio.queueing.ask_engine", lambda request: pytest.fail(f"the engine was asked: {request}"))

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await focus(pilot, screen, "camera.fill")
        await pilot.press("right", "enter", *"0.5", "enter")
        await pilot.click(screen.panel.controls["camera.azimuth"], offset=(20, 1))
        await focus(pilot, screen, "surroundings.level")
        await pilot.press("space")
        await pilot.click(screen.panel.controls["surroundings.level"])
        await quiet(pilot)
        assert screen.session.document.get("camera.fill") == 0.5
        assert asked()[-1].recipe["camera"]["fill"] == 0.5
        assert "not kept" in title(screen)
        await pilot.press("w", "W", "a")
        line = screen.query_one(KeyFooter).render().plain
        for label in ("save", "queue"):
            await pilot.click(KeyFooter, offset=(line.index(label), 0))
        await quiet(pilot)
        assert pilot.app.screen is screen
        assert not screen.query_one(PromptBar).is_open

    async def again(_pilot: Pilot[None], screen: RecipeScreen) -> None:
        assert not screen.session.is_modified

    run_recipe(test, file, readonly=True)
    assert file.read_text() == before
    run_recipe(again, file)


def test_a_readonly_run_leaves_the_draft_of_another_as_it_was(file: Path) -> None:
    async def draft(_pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)

    async def revert(pilot: Pilot[None], screen: RecipeScreen) -> None:
        assert screen.session.document.get("camera.fill") == 0.5
        await pilot.press("R")
        await quiet(pilot)
        assert not screen.session.is_modified

    async def look(_pilot: Pilot[None], screen: RecipeScreen) -> None:
        assert screen.session.document.get("camera.fill") == 0.5

    run_recipe(draft, file)
    run_recipe(revert, readonly=True)
    run_recipe(look)
