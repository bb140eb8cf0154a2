"""The welcome screen lists datasets and opens them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from engine.export.coco_view import CocoView
from studio.app import StudioApp
from studio.cli import run
from studio.recent import recent_datasets, remember
from studio.screens.inspect import InspectScreen
from studio.screens.welcome import WelcomeScreen
from tests.coco_factory import make_coco
from tests.factory import make_dataset
from tests.studio.screens import settle
from widgets.prompt_bar import PromptBar
from widgets.row_table import RowTable


def run_welcome(test: Callable[[Pilot[None], WelcomeScreen], Awaitable[None]], size: tuple[int, int]) -> None:
    async def go() -> None:
        app = StudioApp(start="inspect")
        async with app.run_test(size=size) as plain:
            pilot = cast("Pilot[None]", plain)
            await settle(pilot)
            await test(pilot, cast(WelcomeScreen, app.screen))

    asyncio.run(go())


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_datasets_are_listed_opened_and_left(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_dataset(tmp_path / "here", 1)
    make_dataset(tmp_path / "elsewhere" / "deep" / "down" / "used", 1)
    remember(tmp_path / "elsewhere/deep/down/used", "balls")

    async def test(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        table = screen.query_one("#datasets", RowTable)
        assert [row.heading for row in table.rows] == [True, False, True, False]
        assert table.cursor == str((tmp_path / "elsewhere/deep/down/used").resolve())
        await pilot.press("down", "enter")
        await settle(pilot)
        opened = pilot.app.screen
        assert isinstance(opened, InspectScreen)
        assert opened.dataset.root == tmp_path / "here"
        assert opened.frame is not None
        await pilot.press("backspace")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert recent_datasets()[0].path == str((tmp_path / "here").resolve())
        assert [row.heading for row in table.rows] == [True, False, False]

    run_welcome(test, size)


def test_a_path_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    far = make_dataset(tmp_path / "a" / "b" / "c" / "far", 1)

    async def test(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        assert screen.query_one("#datasets", RowTable).rows == ()
        await pilot.press("colon", *"nowhere", "enter")
        await settle(pilot)
        assert pilot.app.screen is screen
        assert screen.query_one(PromptBar).is_open
        await pilot.press("escape", "colon", *"a/b/c/far", "enter")
        await settle(pilot)
        opened = pilot.app.screen
        assert isinstance(opened, InspectScreen)
        assert opened.dataset.root == Path("a/b/c/far")
        assert far.root.is_dir()

    run_welcome(test, (80, 24))


def test_the_app_needs_a_terminal(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    make_dataset(tmp_path / "data", 1)
    for arguments in ([], ["inspect"], ["inspect", str(tmp_path / "data")]):
        assert run(arguments) == 2
        captured = capfd.readouterr()
        assert "needs a terminal" in captured.err
        assert captured.out == ""
    assert run(["inspect", str(tmp_path / "nothing")]) == 2
    assert "nothing" in capfd.readouterr().err


def test_the_dataset_that_was_open_at_the_end_is_open_again_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = make_dataset(tmp_path / "data", 12).root.resolve()

    async def first(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("pagedown", "m")
        await settle(pilot)
        await pilot.press("q")

    async def again(pilot: Pilot[None], _screen: object) -> None:
        opened = pilot.app.screen
        assert isinstance(opened, InspectScreen)
        assert opened.dataset.root == data
        assert opened.browser.index == 10
        assert "masks" not in opened.browser.overlays
        opened.action_close()
        await settle(pilot)
        assert isinstance(pilot.app.screen, WelcomeScreen)

    async def left(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        assert isinstance(screen, WelcomeScreen), "it was left by the user, so the list is as it was too"
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, InspectScreen)

    async def gone(_pilot: Pilot[None], screen: WelcomeScreen) -> None:
        assert isinstance(screen, WelcomeScreen)
        assert not screen.app._notifications

    run_welcome(first, (80, 24))
    run_welcome(again, (80, 24))
    run_welcome(left, (80, 24))
    (tmp_path / "data").rename(tmp_path / "moved")
    run_welcome(gone, (80, 24))


def test_the_pictures_of_a_coco_file_are_listed_opened_and_open_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_dataset(tmp_path / "ours", 1)
    images, file = make_coco(tmp_path / "elsewhere")
    remember(tmp_path / "ours", "ours")
    remember(images, "instances", file)

    async def first(pilot: Pilot[None], screen: WelcomeScreen) -> None:
        table = screen.query_one("#datasets", RowTable)
        assert [row.cells[0] for row in table.rows[1:]] == [" instances (COCO)", " ours"]
        await pilot.press("enter")
        await settle(pilot)
        opened = pilot.app.screen
        assert isinstance(opened, InspectScreen)
        assert isinstance(opened.dataset, CocoView)
        await pilot.press("right")
        await settle(pilot)
        await pilot.press("q")

    async def again(pilot: Pilot[None], _screen: object) -> None:
        opened = pilot.app.screen
        assert isinstance(opened, InspectScreen)
        assert isinstance(opened.dataset, CocoView)
        assert opened.browser.index == 5

    run_welcome(first, (80, 24))
    run_welcome(again, (80, 24))
