"""Choosing assets for a recipe: by keys and by the mouse, one or several."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import cast

import pytest
from textual.pilot import Pilot

from engine.library.assets import Kind
from engine.library.scan import Scan, scan
from studio.app import StudioApp
from studio.screens.asset_picker import AssetPicker, PickerGrid
from tests.library.samples import png_bytes
from tests.studio.library_rig import PaintedProcess, make_assets, paint, place
from tests.studio.screens import settle, until

type Test = Callable[[Pilot[None], AssetPicker], Awaitable[None]]

OPEN = "open"
"""Stands for the result of a picker that is still open."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    paint(monkeypatch)
    return make_assets(tmp_path / "assets")


def picked(
    test: Test,
    kind: Kind,
    chosen: Sequence[str] = (),
    *,
    many: bool = False,
    waits: Callable[[], bool] | None = None,
    seen: Callable[[PickerGrid], bool] | None = None,
) -> list[str] | str | None:
    """What a picker over the Queue screen is dismissed with; OPEN if it is not.

    The test begins when all is found and has its picture; with `waits` without pictures, with `seen` when that is so.
    """
    result: list[list[str] | str | None] = [OPEN]

    async def run() -> None:
        app = StudioApp(start="queue")
        async with app.run_test(size=(100, 32)) as plain:
            pilot = cast("Pilot[None]", plain)
            await settle(pilot)
            picker = AssetPicker(kind, chosen, many, waits=waits or (lambda: False))
            app.push_screen(picker, lambda value: result.__setitem__(0, value))
            if seen is not None:
                await until(pilot, lambda: seen(picker.grid))
                await pilot.pause()
            else:
                await until(pilot, lambda: picker.grid.scanned)
                if waits is None:
                    await until(pilot, lambda: picker.grid.maker.waiting == 0)
                await settle(pilot)
            await test(pilot, picker)
            await settle(pilot)

    asyncio.run(run())
    return result[0]


def names(picker: AssetPicker) -> list[str]:
    return [picker.grid.item(key).title for key in picker.grid.keys]


@pytest.mark.tries("picker.take")
def test_picker_take_one_model(folder: Path) -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        assert names(picker) == ["bad.obj", "bottle.obj", "cup, bare", "large.obj"], "the cup is one model"
        assert picker.grid.selected is not None
        assert picker.grid.selected.key == "builtin:cup/bare", "it begins at what is chosen"
        await pilot.press("left", "enter")

    assert picked(test, "model", ["cup"]) == [str(folder / "models" / "bottle.obj")]


@pytest.mark.parametrize(
    ("kind", "chosen", "key", "taken"),
    [("model", "cup", None, "cup"), ("hdri", "builtin:forest", "right", "builtin:interior")],
    ids=["unmoved", "moved"],
)
def test_the_cursor_stays_while_a_slow_disk_tells_of_more(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, chosen: str, key: str | None, taken: str
) -> None:
    """The built-in assets come at once; the others when the disk has answered, and some sort before them."""
    answered = threading.Event()

    def slow_scan(folders: Sequence[Path], report: Callable[[Scan], object] | None = None) -> Scan:
        found = scan(folders, report)
        answered.wait(20)
        return found

    monkeypatch.setattr("engine.library.scan.scan", slow_scan)
    place(folder / "hdris" / "a.hdr", (folder / "hdris" / "street.hdr").read_bytes())

    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        grid = picker.grid
        assert not grid.scanned
        if key is not None:
            await pilot.press(key)
        cursor, first = grid.cursor, grid.keys[0]
        answered.set()
        await until(pilot, lambda: grid.scanned)
        await settle(pilot)
        assert grid.keys[0] != first
        assert grid.cursor == cursor
        await pilot.press("enter")

    assert picked(test, kind, [chosen], seen=lambda grid: bool(grid.keys)) == [taken]


@pytest.mark.tries("picker.mark", "picker.filter")
def test_picker_mark_several_hdris(folder: Path) -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        assert picker.grid.marked == ("builtin:forest",)
        await pilot.press("slash", *"street", "enter")
        await settle(pilot)
        assert names(picker) == ["street.hdr"]
        await pilot.press("space", "escape", "enter")

    chosen = picked(test, "hdri", ["builtin:forest"], many=True)
    assert chosen == ["builtin:forest", str(folder / "hdris" / "street.hdr")]


@pytest.mark.tries("picker.mark_all")
def test_picker_mark_all_stands_for_the_whole_group() -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        assert len(picker.grid.marked) == 8
        await pilot.press("A", "A", "A")
        await settle(pilot)
        assert len(picker.grid.marked) == 9
        await pilot.press("slash", *"street", "enter", "space", "escape", "enter")

    assert picked(test, "hdri", ["builtin"], many=True) == ["builtin"]


def test_of_each_set_of_textures_one_picture_is_offered(folder: Path) -> None:
    for name in ("rough", "diff", "nor_gl"):
        place(folder / "textures" / f"oak_{name}_1k.png", png_bytes())

    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        assert names(picker) == ["oak_diff_1k.png"]  # and not wood.png, which could be any map
        await pilot.press("space", "enter")

    assert picked(test, "texture", many=True) == [str(folder / "textures" / "oak_diff_1k.png")]


@pytest.mark.tries("picker.leave")
def test_picker_leave_changes_nothing() -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        await pilot.press("slash", *"wo", "enter", "escape")
        await settle(pilot)
        assert pilot.app.screen is picker, "the filter goes first"
        assert picker.grid.view.text == ""
        await pilot.press("escape")

    assert picked(test, "texture") is None


@pytest.mark.tries("picker.sort")
def test_what_is_broken_is_not_taken() -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        await pilot.press("s", "s", "s", "s", "s")
        assert picker.grid.view.sort == "wrong"
        await pilot.press("home", "space", "enter")
        await settle(pilot)
        assert "bad.obj is broken" in next(iter(pilot.app._notifications)).message

    assert picked(test, "model") == OPEN


@pytest.mark.tries("picker.bigger", "picker.smaller")
def test_marks_are_for_several_only() -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        await pilot.press("space", "A")
        assert picker.grid.marked == ()
        zoom = picker.grid.zoom
        await pilot.press("plus")
        assert picker.grid.zoom == zoom + 1
        await pilot.press("minus")
        assert picker.grid.zoom == zoom

    assert picked(test, "backdrop") == OPEN


def test_a_double_click_takes_a_picture(folder: Path) -> None:
    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        width, _ = picker.grid.cell_size
        await pilot.click(picker.grid, offset=(width + 4, 2), times=2)

    assert picked(test, "model", many=True) == [str(folder / "models" / "bottle.obj")]


def test_no_picture_is_made_while_a_preview_waits() -> None:
    waiting = [True]

    async def test(pilot: Pilot[None], picker: AssetPicker) -> None:
        maker = picker.grid.maker
        process = cast(PaintedProcess, maker._process)
        assert process.paused
        await until(pilot, lambda: bool(maker._to_make))
        assert not picker.grid.shelf.facts
        waiting[0] = False
        await until(pilot, lambda: maker.waiting == 0)
        await settle(pilot)
        assert picker.grid.shelf.facts

    picked(test, "backdrop", waits=lambda: waiting[0])
