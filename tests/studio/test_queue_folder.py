"""What is said of a folder that holds frames already."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

import presets
from engine.dataset.manifest import Manifest, encode_manifest
from engine.recipe.load import load_recipe, recipe_to_plain
from studio.estimate import Estimate
from studio.queue_folder import Held, free_folder, look_into
from studio.queueing import Wish, added_text
from studio.screens.recipe import RecipeScreen
from studio.screens.recipe_dialogs import QueueDialog
from tests.factory import make_dataset
from tests.studio.recipe_rig import file, preview, run_recipe
from tests.studio.screens import until

__all__ = ["file", "preview"]


def hold(root: Path, frames: int, overrides: list[str] | None = None, seed: int = 0) -> None:
    """Make a dataset of frames 0, 1, ... that says it was made with the preset `basic`."""
    manifest = make_dataset(root, frames).manifest
    plain = recipe_to_plain(load_recipe(presets.find("basic"), overrides or []))
    told: Manifest = msgspec.structs.replace(manifest, recipe=plain, seed=seed)
    (root / "dataset.json").write_bytes(encode_manifest(told))


def test_frames_of_the_same_recipe_and_seed_are_counted(tmp_path: Path) -> None:
    recipe = load_recipe(presets.find("basic"))
    root = tmp_path / "cups"
    wish = Wish(100, 0, 0, root)
    assert look_into(recipe, wish) == Held(100)
    hold(root, 4)
    assert look_into(recipe, wish) == Held(96, "holds 4 frames of these; 96 are new")
    assert look_into(recipe, replace(wish, start=3, count=2)) == Held(1, "holds 1 frame of these; 1 is new")
    assert look_into(recipe, replace(wish, start=50)) == Held(100)
    renamed = load_recipe(presets.find("basic"), ["name=other"])
    assert look_into(renamed, wish).new == 96, "a name changes no pixel"
    job = {"id": 1, "name": "cups", "count": 100, "root": str(root)}
    assert added_text(job, look_into(recipe, wish)).endswith("cups, which holds 4 frames of these; 96 are new.")


@pytest.mark.parametrize("overrides", [["camera.fill=0.5"], ['surroundings.hdris=["builtin:city"]']])
def test_a_folder_with_frames_of_another_recipe_is_left_alone(tmp_path: Path, overrides: list[str]) -> None:
    recipe = load_recipe(presets.find("basic"))
    wish = Wish(100, 0, 0, tmp_path / "cups")
    hold(wish.folder, 2, overrides)
    held = look_into(recipe, wish)
    assert (held.new, held.other) == (100, True)
    assert "another recipe or seed" in held.text
    hold(tmp_path / "cups-2", 2, seed=7)
    assert free_folder(recipe, wish) == tmp_path / "cups-3"
    assert free_folder(recipe, replace(wish, seed=7, folder=tmp_path / "cups-2")) == tmp_path / "cups-2"


@pytest.mark.usefixtures("preview")
def test_the_dialog_says_it_and_estimates_what_is_new(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.estimate.estimate", lambda *_: Estimate(60.0, 1e6, "by a test"))
    hold(file.parent / "datasets" / "cups", 4)
    hold(file.parent / "other", 4, seed=5)

    async def test(pilot: Pilot[None], screen: RecipeScreen) -> None:
        await pilot.press("a")
        await until(pilot, lambda: isinstance(pilot.app.screen, QueueDialog))
        dialog = pilot.app.screen

        def says(part: str, where: str) -> bool:
            return part in str(dialog.query_one(where).render())

        await until(pilot, lambda: says("cups holds 4 frames of these; 96 are new", "#dialog-note"))
        assert says("96.0 MB", "#queue-estimate") or says("96 MB", "#queue-estimate")
        dialog.query_one("#queue-count", Input).value = "4"
        await until(pilot, lambda: says("nothing is left to render", "#queue-estimate"))
        dialog.query_one("#queue-folder", Input).value = str(file.parent / "other")
        await until(pilot, lambda: says("frames of another recipe or seed", "#dialog-note"))

    run_recipe(test, file)
