"""What the screens look like. `--snapshot-update` accepts a change that is meant."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from engine.dataset.read import Dataset
from studio.app import StudioApp
from studio.browser import Browser
from studio.recent import remember
from studio.screens import welcome
from studio.screens.frame_grid import FrameGrid
from tests.factory import make_dataset
from tests.studio.screens import inspect_screen, settle, until

SIZES = [(80, 24), (120, 40), (200, 60)]
NAMES = ["80x24", "120x40", "200x60"]

type Compare = Callable[..., bool]


async def after(pilot: Pilot[None], *keys: str) -> None:
    await settle(pilot)
    await pilot.press(*keys)
    await settle(pilot)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_inspect(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot, "right")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_all_overlays_and_a_selected_object(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot, "p", "B", "a", "A", "i", "i", "tab")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_depth_with_filtered_values(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot, "d", "v", *"camera", "enter")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_filtered_frames_and_an_enlarged_part(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot, "slash", *"azimuth>90 cup", "enter", "s", *"-azimuth", "enter", "plus", "plus")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_a_grid_of_frames(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        screen = inspect_screen(cast("StudioApp", pilot.app))
        await until(pilot, lambda: screen.index_complete)
        await after(pilot, "c", "right")
        grid = screen.query_one(FrameGrid)
        await until(pilot, lambda: all(screen.thumbs.get(int(key)) is not None for key in grid.in_view))
        await until(pilot, lambda: not grid._stale)
        await settle(pilot)

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_statistics(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot)
        await after(pilot, "t")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_help(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot, "question_mark")

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


@pytest.mark.parametrize("size", [(60, 18), (59, 18)], ids=["least", "too-small"])
def test_small_windows(snap_compare: Compare, balls: Dataset, size: tuple[int, int]) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot)

    assert snap_compare(StudioApp(balls), terminal_size=size, run_before=prepare)


def test_characters(snap_compare: Compare, balls: Dataset) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot)

    assert snap_compare(StudioApp(balls, characters=True), terminal_size=(80, 24), run_before=prepare)


def test_light_theme(snap_compare: Compare, balls: Dataset) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        pilot.app.theme = "studio-light"
        await after(pilot)

    assert snap_compare(StudioApp(balls, browser=Browser(index=4)), terminal_size=(120, 40), run_before=prepare)


def test_waiting_for_the_first_frame(snap_compare: Compare, tmp_path: Path) -> None:
    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot)

    dataset = make_dataset(tmp_path / "empty", 0)
    app: Any = StudioApp(dataset)

    async def settled(pilot: Pilot[None]) -> None:
        await prepare(pilot)
        # The folder's name differs from run to run.
        pilot.app.screen.query_one("#status").update("/data/empty")  # type: ignore[attr-defined]
        await pilot.pause()

    assert snap_compare(app, terminal_size=(80, 24), run_before=settled)


@pytest.mark.parametrize("size", SIZES, ids=NAMES)
def test_welcome(snap_compare: Compare, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "work"
    for name in ("cups", "bowls"):
        make_dataset(folder / name, 0)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(welcome, "folder_text", lambda path: f"~/{Path(path).name}")
    remember(folder / "cups", "cups")

    async def prepare(pilot: Pilot[None]) -> None:
        await after(pilot)

    assert snap_compare(StudioApp(start="inspect"), terminal_size=size, run_before=prepare)
