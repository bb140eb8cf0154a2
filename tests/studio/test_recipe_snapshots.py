"""What the Recipe screen looks like. `--snapshot-update` accepts a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import pytest
from textual.pilot import Pilot

from studio.app import StudioApp
from studio.screens.recipe import RecipeScreen
from studio.settings import Settings
from tests.studio.recipe_rig import preview, quiet
from tests.studio.screens import until

__all__ = ["preview"]

pytestmark = pytest.mark.usefixtures("preview")

SIZES = [(80, 24), (120, 40), (200, 60)]
NAMES = ["80x24", "120x40", "200x60"]

type Compare = Callable[..., bool]


async def at(pilot: Pilot[None], path: str, *keys: str) -> RecipeScreen:
    """Go to a setting, and press keys there."""
    screen = cast("RecipeScreen", pilot.app.screen)
    await until(pilot, screen.ready.is_set)
    await screen.show_subject(path.partition(".")[0], focus=path)
    await quiet(pilot)
    await pilot.press(*keys)
    await quiet(pilot)
    return screen


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_sliders_and_a_change(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await at(pilot, "camera.elevation", "tab", "shift+right", "v")

    assert snap_compare(StudioApp(start="recipe"), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_choices_and_a_sheet(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await at(pilot, "ground.finish", "g")

    assert snap_compare(StudioApp(start="recipe"), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_a_problem_and_a_comparison(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        screen = await at(pilot, "camera.fill", "shift+right", "b")
        screen.session.change("camera.roll", {"uniform": [3, 900]})
        await screen.changed()
        await quiet(pilot)

    assert snap_compare(StudioApp(start="recipe"), terminal_size=size, run_before=prepare)


def test_plain_characters(snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await at(pilot, "camera.roll", "tab")

    app = StudioApp(start="recipe", settings=Settings(ascii=True))
    assert snap_compare(app, terminal_size=(80, 24), run_before=prepare)


def test_the_smallest_window(snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await at(pilot, "camera.roll")

    assert snap_compare(StudioApp(start="recipe"), terminal_size=(60, 18), run_before=prepare)
