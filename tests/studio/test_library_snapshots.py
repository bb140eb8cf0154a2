"""What the Library looks like. `--snapshot-update` accepts a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from studio.app import StudioApp
from studio.screens.asset_picker import AssetPicker
from tests.studio.library_rig import make_assets, paint, shown
from tests.studio.screens import settle, until

SIZES = [(80, 24), (120, 40), (200, 60)]
NAMES = ["80x24", "120x40", "200x60"]

type Compare = Callable[..., bool]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The assets lie in the home folder, whose name is not shown."""
    monkeypatch.setenv("HOME", str(tmp_path))
    paint(monkeypatch)
    make_assets(tmp_path / "assets")


async def go_to(pilot: Pilot[None], name: str, *keys: str) -> None:
    screen = await shown(pilot)
    screen.grid.cursor = next(key for key in screen.grid.keys if screen.grid.item(key).title == name)
    await shown(pilot)
    await pilot.press(*keys)
    await settle(pilot)
    await shown(pilot)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_a_model(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "large.obj")

    assert snap_compare(StudioApp(start="library"), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_an_hdri_among_marked_ones(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "city", "right_square_bracket", "right_square_bracket", "home", "space", "space")

    assert snap_compare(StudioApp(start="library"), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_a_broken_model_found_by_the_filter(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "bad.obj", "slash", *"obj", "enter")

    assert snap_compare(StudioApp(start="library"), terminal_size=size, run_before=prepare)


def test_wide(snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "bottle.obj", "z", "v", "v")

    assert snap_compare(StudioApp(start="library"), terminal_size=(120, 40), run_before=prepare)


def test_characters(snap_compare: Compare) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "bottle.obj", "space")

    assert snap_compare(StudioApp(start="library", characters=True), terminal_size=(80, 24), run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_choosing_hdris_for_a_recipe(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        picker = AssetPicker("hdri", ["builtin:city", "builtin:forest"], many=True)
        pilot.app.push_screen(picker)
        await until(pilot, lambda: picker.grid.scanned)
        await until(pilot, lambda: picker.grid.maker.waiting == 0)
        await pilot.press("right")
        await settle(pilot)
        await pilot.pause(0.3)

    assert snap_compare(StudioApp(start="queue"), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", [(60, 18), (59, 18)], ids=["least", "too-small"])
def test_small_windows(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await go_to(pilot, "bottle.obj")

    assert snap_compare(StudioApp(start="library"), terminal_size=size, run_before=prepare)
