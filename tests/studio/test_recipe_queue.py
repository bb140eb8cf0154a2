"""From the Recipe screen into the queue."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from engine.errors import DatasetError
from studio.estimate import past_of
from studio.queue_folder import Held
from studio.queueing import Wish
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_dialogs import QueueDialog
from tests.studio.engine_rig import Studio, studio
from tests.studio.recipe_rig import (
    choose,
    file,
    preview,
    run_recipe,
)
from tests.studio.screens import until

__all__ = ["file", "preview", "studio"]

pytestmark = pytest.mark.usefixtures("preview")


@pytest.mark.tries("recipe.queue")
def test_queueing_what_is_on_the_screen(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[tuple[Any, str, Wish]] = []

    def add_job(recipe: Any, source: str, wish: Wish) -> dict[str, Any]:
        added.append((recipe, source, wish))
        if len(added) == 2:
            raise DatasetError("That folder holds frames of another recipe.")
        return {"id": 1, "name": recipe.name, "count": wish.count, "root": str(wish.folder)}

    monkeypatch.setattr("studio.queueing.add_job", add_job)

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        screen.session.change("camera.fill", 0.5)
        await screen.changed()
        await pilot.press("F")
        await until(pilot, lambda: screen.preview.full_picture is not None)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        dialog = pilot.app.screen
        assert "by the full render); " in str(dialog.query_one("#queue-estimate").render())
        assert "free" in str(dialog.query_one("#queue-estimate").render())
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
        assert screen.studio.added_job == 1, "the Queue screen puts its cursor there"
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        await choose(pilot, "#answer-add")
        await until(pilot, lambda: any("another recipe" in note.message for note in pilot.app._notifications))

    run_recipe(test, file)


def test_a_real_engine_renders_what_is_on_the_screen(studio: Studio, file: Path) -> None:
    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        for path, value in (("render.resolution", [64, 48]), ("render.samples", 1), ("camera.fill", 0.5)):
            screen.session.change(path, value)
        await screen.changed()
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        pilot.app.screen.query_one("#queue-count", Input).value = "2"
        await pilot.press("enter")
        await until(pilot, lambda: any("in the queue" in note.message for note in pilot.app._notifications), 60)

    run_recipe(test, file)
    job = studio.job("cups")
    assert (job["count"], job["recipe_name"], job["root"]) == (2, str(file), str(file.parent / "datasets" / "cups"))
    assert job["recipe"]["camera"]["fill"] == 0.5
    studio.wait_until(lambda: studio.job("cups")["state"] == "done")
    past = past_of(Path(job["root"]), "cups")
    assert past is not None
    assert (past.pixels, past.samples) == (64 * 48, 1)


def test_a_dialog_that_is_closed_while_the_folder_is_looked_into(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looking, go_on = threading.Event(), threading.Event()

    def look_into(*_: object) -> Held:
        looking.set()
        assert go_on.wait(20)
        return Held(12, "holds no frame of these")

    monkeypatch.setattr("studio.queue_folder.look_into", look_into)
    monkeypatch.setattr("studio.queue_folder.free_folder", lambda _recipe, wish: wish.folder)  # looks into it as well

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("a")
        await until(pilot, looking.is_set)
        await pilot.app.screen.query_one("#dialog").remove()  # as closing does, before it ends what is under way
        go_on.set()
        await pilot.pause(0.3)
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)

    run_recipe(test, file)
