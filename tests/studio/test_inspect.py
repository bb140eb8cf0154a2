"""Every action of the inspect screen does what its help says, at a small and at a large size."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest
from rich.color import ColorType
from textual import events
from textual.command import CommandPalette
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, Static

from engine.dataset import layout
from engine.dataset.codec import encode_png
from engine.dataset.read import Dataset
from studio.app import StudioApp
from studio.browser import Browser
from studio.screens.frame_grid import FrameGrid
from studio.screens.help import HelpScreen
from studio.screens.inspect import InspectScreen
from studio.screens.inspect_panes import InstanceTable, ValuesTable
from studio.screens.statistics import StatisticsScreen
from tests.factory import make_dataset, make_test_manifest
from tests.studio.screens import run_app, settle, until
from widgets.image_view import ImageView

SIZES = [(80, 24), (120, 40)]

type Check = Callable[[Pilot[None], InspectScreen], Awaitable[None]]


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settle(pilot)


def shown(screen: InspectScreen) -> np.ndarray:
    picture = screen.view.picture
    assert picture is not None
    return picture


async def moves(pilot: Pilot[None], screen: InspectScreen, start: int, keys: tuple[str, ...], target: int) -> None:
    """Each of the keys leads from one frame to another."""
    for key in keys:
        screen.browser.index = start
        await press(pilot, key)
        assert screen.browser.index == target, key
        assert screen.frame is not None
        assert screen.frame.index == target


async def check_next(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 3, ("right", "l", "down", "j"), 4)
    await moves(pilot, screen, 24, ("right",), 24)


async def check_previous(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 3, ("left", "h", "up", "k"), 2)
    await moves(pilot, screen, 0, ("left",), 0)


async def check_forward(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 3, ("pagedown", "L"), 13)


async def check_back(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 13, ("pageup", "H"), 3)


async def check_first(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 13, ("g", "home"), 0)


async def check_last(pilot: Pilot[None], screen: InspectScreen) -> None:
    await moves(pilot, screen, 13, ("G", "end"), 24)


async def check_goto(pilot: Pilot[None], screen: InspectScreen) -> None:
    await press(pilot, "colon", "1", "7", "enter")
    assert screen.browser.index == 17
    assert screen.focused is screen.view
    await press(pilot, "colon", "9", "9", "enter")
    assert screen.browser.index == 17
    assert isinstance(screen.focused, Input)
    await press(pilot, "escape")
    assert screen.focused is screen.view
    assert screen.browser.index == 17


async def check_follow(pilot: Pilot[None], screen: InspectScreen) -> None:
    await press(pilot, "f")
    assert screen.browser.following
    assert screen.browser.index == 24
    await press(pilot, "left")
    assert not screen.browser.following


def check_overlay(name: str, key: str) -> Check:
    async def check(pilot: Pilot[None], screen: InspectScreen) -> None:
        before, on = shown(screen), name in screen.browser.overlays
        texts = screen.view._shown.texts if screen.view._shown else ()
        await press(pilot, key)
        assert (name in screen.browser.overlays) is not on
        if name == "names":
            assert screen.view._shown is not None
            assert screen.view._shown.texts != texts
        else:
            assert (shown(screen) != before).any()
        await press(pilot, key)
        np.testing.assert_array_equal(shown(screen), before)

    return check


async def check_overlays(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = screen.browser.overlays
    await press(pilot, "o")
    assert not screen.browser.overlays
    await press(pilot, "o")
    assert screen.browser.overlays == before


async def check_source(pilot: Pilot[None], screen: InspectScreen) -> None:
    color = shown(screen)
    seen = [color]
    for source in ("depth", "normal"):
        await press(pilot, "d")
        assert screen.browser.source == source
        assert all((shown(screen) != picture).any() for picture in seen)
        seen.append(shown(screen))
    await press(pilot, "d")
    np.testing.assert_array_equal(shown(screen), color)


async def check_instance(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = shown(screen)
    selected = []
    for _ in range(4):
        await press(pilot, "i")
        selected.append(screen.browser.selected)
        cursor = screen.query_one(InstanceTable).cursor
        assert cursor == (None if screen.browser.selected is None else str(screen.browser.selected))
    assert selected == [1, 2, 3, None]
    np.testing.assert_array_equal(shown(screen), before)


async def check_instance_back(pilot: Pilot[None], screen: InspectScreen) -> None:
    await press(pilot, "I")
    assert screen.browser.selected == 3
    await press(pilot, "I")
    assert screen.browser.selected == 2


async def indexed(pilot: Pilot[None], screen: InspectScreen) -> None:
    await until(pilot, lambda: screen.index_complete)


def azimuths(screen: InspectScreen) -> dict[int, float]:
    assert isinstance(screen.dataset, Dataset)
    return {record.index: float(record.spec.drawn["camera.azimuth"]) for record in screen.dataset.iter_records()}


async def check_filter(pilot: Pilot[None], screen: InspectScreen) -> None:
    await indexed(pilot, screen)
    expected = [index for index, value in azimuths(screen).items() if value > 90]
    assert 0 < len(expected) < 25
    await press(pilot, "slash", *"azimuth>9")
    await press(pilot, "0", "enter")
    assert screen.browser.indices == expected
    assert screen.browser.index in expected
    assert screen.focused is screen.view
    await press(pilot, "slash", *" frobnicate>3", "enter")
    assert "Nothing is named 'frobnicate'" in str(screen.query_one("#status", Static).render())
    assert screen.browser.indices == expected
    await press(pilot, "escape")
    assert screen.browser.indices == expected
    await press(pilot, "escape")
    assert len(screen.browser.indices) == 25


async def check_sort(pilot: Pilot[None], screen: InspectScreen) -> None:
    await indexed(pilot, screen)
    found = azimuths(screen)
    expected = sorted(found, key=lambda index: -found[index])
    await press(pilot, "s", *"-azimuth", "enter")
    assert screen.browser.indices == expected
    assert screen.browser.index == expected[0]
    await press(pilot, "right")
    assert screen.frame is not None
    assert screen.frame.index == expected[1]
    await press(pilot, "s", *["backspace"] * 8, "enter")
    assert screen.browser.indices == list(range(25))


async def check_values(pilot: Pilot[None], screen: InspectScreen) -> None:
    values = screen.query_one(ValuesTable)
    everything = len(values.rows)
    await press(pilot, "v", *"azimuth")
    names = [row.cells[0] for row in values.rows]
    assert names == ["camera", " azimuth"]
    await press(pilot, "enter")
    assert screen.focused is values
    assert len(values.rows) == 2
    await press(pilot, "v", "escape")
    assert len(values.rows) == everything


async def check_statistics(pilot: Pilot[None], screen: InspectScreen) -> None:
    await indexed(pilot, screen)
    await press(pilot, "t")
    statistics = pilot.app.screen
    assert isinstance(statistics, StatisticsScreen)
    await until(pilot, lambda: statistics.found is not None and statistics.found.brightness_sample == 25)
    assert statistics.found is not None
    assert statistics.found.frames == 25
    text = "\n".join(strip.text for strip in statistics._compositor.render_strips())
    assert "Instances by class" in text
    assert "cup" in text
    before = statistics.query_one("#charts").scroll_y
    await press(pilot, "down", "down")
    await press(pilot, "j")
    assert statistics.query_one("#charts").scroll_y > before
    await press(pilot, "k", "up", "up")
    assert statistics.query_one("#charts").scroll_y == before
    await press(pilot, "escape")
    assert pilot.app.screen is screen


async def check_zoom_in(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = shown(screen)
    for key in ("plus", "equals_sign"):
        await press(pilot, key)
    assert screen.browser.zoom == pytest.approx(1.5**2)
    _, _, across, down = screen.shown_region or (0, 0, 0, 0)
    assert 0 < across < 160
    assert 0 < down < 120
    assert shown(screen).shape != before.shape or (shown(screen) != before).any()
    await press(pilot, "right")
    assert screen.shown_region is not None


async def check_zoom_out(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = shown(screen)
    await press(pilot, "plus", "plus", "minus", "minus", "minus")
    assert screen.browser.zoom == 1
    np.testing.assert_array_equal(shown(screen), before)


async def check_zoom_reset(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = shown(screen)
    await press(pilot, *["plus"] * 4, "shift+right", "0")
    np.testing.assert_array_equal(shown(screen), before)
    assert screen.shown_region is None


def check_pan(key: str, axis: int, sign: int) -> Check:
    async def check(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, key)
        assert screen.browser.centre == (0.5, 0.5)
        await press(pilot, *["plus"] * 4)
        before = screen.shown_region
        assert before is not None
        await press(pilot, key)
        after = screen.shown_region
        assert after is not None
        assert np.sign(after[axis] - before[axis]) == sign
        assert after[1 - axis] == before[1 - axis]
        await press(pilot, *[key] * 30)
        end = screen.shown_region
        assert end is not None
        whole = (160, 120)[axis]
        assert end[axis] == (whole - end[axis + 2] if sign > 0 else 0)

    return check


async def check_recipe(pilot: Pilot[None], screen: InspectScreen) -> None:
    opened: list[tuple[object, ...]] = []
    pilot.app.open_in_recipe = lambda *arguments: opened.append(arguments)  # type: ignore[attr-defined]
    await press(pilot, "right", "e")
    assert isinstance(screen.dataset, Dataset)
    manifest = screen.dataset.manifest
    assert opened == [(manifest.recipe, manifest.seed, 1, manifest.assets, screen.dataset.record(1).spec)]


async def check_grid(pilot: Pilot[None], screen: InspectScreen) -> None:
    await indexed(pilot, screen)
    for key in ("c", "enter"):
        await press(pilot, key)
        grid = screen.query_one(FrameGrid)
        await until(pilot, lambda grid=grid: screen.focused is grid)
        assert not screen.view.display
        assert grid.cursor == "0"
        await until(pilot, lambda: screen.thumbs.get(2) is not None)
        await press(pilot, "right", "down")
        expected = 1 + grid.columns
        assert screen.browser.index == expected
        await until(pilot, lambda expected=expected: screen.frame is not None and screen.frame.index == expected)
        width = grid.cell_size[0]
        await press(pilot, "plus")
        assert grid.cell_size[0] > width
        await press(pilot, "0", "slash", *"index<9", "enter")
        assert screen.focused is grid
        assert list(grid.keys) == [str(index) for index in range(9)]
        await press(pilot, "enter")
        await until(pilot, lambda: screen.focused is screen.view)
        assert screen.view.display
        assert screen.browser.index == min(expected, 8)
        await press(pilot, "escape", "g")
    await press(pilot, "c", "escape")
    assert not screen.shows_grid


async def check_check(pilot: Pilot[None], screen: InspectScreen) -> None:
    await indexed(pilot, screen)
    await press(pilot, "C")
    await until(pilot, lambda: screen.problems is not None and len(screen.problems) == 25)
    assert not any((screen.problems or {}).values())


async def check_wide(pilot: Pilot[None], screen: InspectScreen) -> None:
    before = screen.view.size.width
    await press(pilot, "z")
    assert screen.view.outer_size.width == screen.size.width
    await press(pilot, "z")
    assert screen.view.size.width == before


async def check_reload(pilot: Pilot[None], screen: InspectScreen) -> None:
    frame = screen.frame
    await press(pilot, "r")
    assert screen.frame is not None
    assert screen.frame is not frame


async def check_leave(pilot: Pilot[None], screen: InspectScreen) -> None:
    values = screen.query_one(ValuesTable)
    await indexed(pilot, screen)
    await press(pilot, "slash", *"index<5", "enter", "i", "v", "f", "x", "enter", "escape")
    assert screen.browser.selected is None
    assert values.words
    await press(pilot, "escape")
    assert not values.words
    assert len(screen.browser.indices) == 5
    await press(pilot, "escape")
    assert len(screen.browser.indices) == 25
    screen.can_leave = True
    await press(pilot, "escape")
    assert pilot.app.screen is screen


async def check_close(pilot: Pilot[None], screen: InspectScreen) -> None:
    await press(pilot, "backspace")
    assert pilot.app.screen is screen, "there is nothing to go back to"
    await pilot.app.push_screen(InspectScreen(screen.dataset, can_leave=True))
    await settle(pilot)
    await press(pilot, "backspace")
    assert pilot.app.screen is screen


CHECKS: dict[str, Check] = {
    "inspect.next": check_next,
    "inspect.previous": check_previous,
    "inspect.forward": check_forward,
    "inspect.back": check_back,
    "inspect.first": check_first,
    "inspect.last": check_last,
    "inspect.goto": check_goto,
    "inspect.follow": check_follow,
    "inspect.masks": check_overlay("masks", "m"),
    "inspect.boxes": check_overlay("boxes", "b"),
    "inspect.amodal": check_overlay("amodal", "a"),
    "inspect.amodal_boxes": check_overlay("amodal_boxes", "A"),
    "inspect.grid": check_grid,
    "inspect.check": check_check,
    "inspect.names": check_overlay("names", "n"),
    "inspect.pose": check_overlay("pose", "p"),
    "inspect.box3d": check_overlay("box3d", "B"),
    "inspect.overlays": check_overlays,
    "inspect.source": check_source,
    "inspect.instance": check_instance,
    "inspect.instance_back": check_instance_back,
    "inspect.filter": check_filter,
    "inspect.sort": check_sort,
    "inspect.values": check_values,
    "inspect.statistics": check_statistics,
    "inspect.zoom_in": check_zoom_in,
    "inspect.zoom_out": check_zoom_out,
    "inspect.zoom_reset": check_zoom_reset,
    "inspect.pan_left": check_pan("shift+left", 0, -1),
    "inspect.pan_right": check_pan("shift+right", 0, 1),
    "inspect.pan_up": check_pan("shift+up", 1, -1),
    "inspect.pan_down": check_pan("shift+down", 1, 1),
    "inspect.recipe": check_recipe,
    "inspect.wide": check_wide,
    "inspect.reload": check_reload,
    "inspect.leave": check_leave,
    "inspect.close": check_close,
}


@pytest.mark.parametrize("size", [(80, 24), pytest.param((120, 40), marks=pytest.mark.long)], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.tries(name)) for name in CHECKS])
def test_action(balls: Dataset, name: str, size: tuple[int, int]) -> None:
    run_app(StudioApp(balls), CHECKS[name], size)


@pytest.mark.tries("inspect.parts")
def test_named_parts_are_shown_with_their_names(parted: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        def names() -> list[str]:
            assert screen.view._shown is not None
            return [text.text for text in screen.view._shown.texts if not text.text.startswith(" ")]

        def mark() -> str:
            found = Content.from_markup(screen.view.border_subtitle).plain.split()
            return next(mark for mark in found if mark[1:] == "N")

        assert mark() == "○N"
        before = shown(screen)
        assert names() == []
        await press(pilot, "N")
        assert mark() == "●N"
        assert (shown(screen) != before).any()
        assert set(names()) == {"upper", "lower"}
        await press(pilot, "n")
        assert names() == []
        await press(pilot, "n", "N")
        np.testing.assert_array_equal(shown(screen), before)
        assert not pilot.app._notifications

    run_app(StudioApp(parted), test, (120, 40))


@pytest.mark.tries("inspect.parts")
def test_where_there_are_no_parts_a_sentence_says_how_to_name_them(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, "N")
        assert "studio-assets.toml beside its model" in next(iter(pilot.app._notifications)).message
        assert "parts" not in str(screen.view.border_subtitle)

    run_app(StudioApp(balls), test)


@pytest.mark.parametrize("size", SIZES, ids=["80x24", "120x40"])
def test_keys_of_tables(balls: Dataset, size: tuple[int, int]) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, "tab")
        assert isinstance(screen.focused, InstanceTable)
        assert screen.browser.selected == 1
        for key, expected in (("down", 2), ("j", 3), ("k", 2), ("up", 1), ("end", 3), ("home", 1), ("G", 3), ("g", 1)):
            await press(pilot, key)
            assert screen.browser.selected == expected, key
        await press(pilot, "right")
        assert screen.browser.index == 1
        await press(pilot, "tab")
        values = screen.query_one(ValuesTable)
        assert screen.focused is values
        first = values.cursor
        await press(pilot, "pagedown")
        assert values.cursor != first
        await press(pilot, "pageup")
        assert values.cursor == first
        await press(pilot, "tab")
        assert screen.focused is screen.view

    run_app(StudioApp(balls), test, size)


@pytest.mark.tries("app.help", "app.palette", "app.quit")
def test_help_palette_and_quitting(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        for key in ("question_mark", "f1"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, HelpScreen)
            await press(pilot, "escape")
            assert pilot.app.screen is screen
        await press(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        await pilot.press(*"3D boxes")
        await pilot.pause(0.5)
        await press(pilot, "enter")
        await until(pilot, lambda: "box3d" in screen.browser.overlays)
        await press(pilot, "q")
        assert not pilot.app.is_running or pilot.app._exit

    run_app(StudioApp(balls), test)


def test_clicking_an_object_selects_it(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert screen.frame is not None
        assert screen.frame.ids is not None
        rows, columns = np.nonzero(screen.frame.ids == 2)
        middle = len(rows) // 2
        height, width = screen.frame.ids.shape
        shape = shown(screen).shape
        left, top = screen.view._origin
        x = 1 + left + int((columns[middle] + 0.5) / width * shape[1])
        y = 1 + top + int((rows[middle] + 0.5) / height * shape[0] / 2)
        await pilot.click(screen.view, offset=(x, y))
        await settle(pilot)
        assert screen.browser.selected == 2
        await pilot.click(screen.view, offset=(1 + left, 1 + top))
        await settle(pilot)
        assert screen.browser.selected is None

    run_app(StudioApp(balls), test, (120, 40))


def test_a_small_window_says_what_it_needs(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await pilot.resize_terminal(50, 15)
        await settle(pilot)
        notice = screen.query_one("#too-small")
        assert notice.display
        assert "60×18" in str(notice.render())
        assert not screen.query_one("#body").display
        await pilot.resize_terminal(60, 18)
        await settle(pilot)
        assert not notice.display
        assert screen.query_one("#body").display
        assert shown(screen).size

    run_app(StudioApp(balls), test)


def test_without_color_the_picture_is_made_of_characters(balls: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def test(_pilot: Pilot[None], screen: InspectScreen) -> None:
        assert screen.view.characters
        assert screen.view.colorless
        text = "".join(screen.view.render_line(y).text for y in range(screen.view.content_size.height))
        assert "▄" not in text
        assert "cup" in text

    run_app(StudioApp(balls), test)


def test_it_begins_where_it_is_told_to(balls: Dataset) -> None:
    async def test(_pilot: Pilot[None], screen: InspectScreen) -> None:
        assert screen.browser.index == 11
        assert screen.browser.overlays == {"pose"}

    run_app(StudioApp(balls, browser=Browser(index=11, overlays=frozenset({"pose"}))), test)


def test_an_empty_dataset_waits_for_its_first_frame(tmp_path: Path) -> None:
    root = make_dataset(tmp_path / "empty", 0).root

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert "No frames yet" in screen.view.message
        for key in ("right", "G", "colon", "i", "d", "f", "f", "o", "r"):
            await press(pilot, key)
        assert "No frames yet" in screen.view.message
        make_dataset(root, 1)
        await until(pilot, lambda: screen.frame is not None and screen.view.picture is not None)
        assert screen.browser.index == 0

    run_app(StudioApp(Dataset.open(root)), test)


def test_new_frames_are_counted_and_followed(growing: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        make_dataset(growing.root, 1, start=2)
        await until(pilot, lambda: len(screen.browser.indices) == 3)
        assert screen.browser.index == 0
        await press(pilot, "f")
        make_dataset(growing.root, 1, start=5)
        await until(pilot, lambda: screen.frame is not None and screen.frame.index == 5)
        make_dataset(growing.root, 1, start=3)
        await until(pilot, lambda: screen.frame is not None and screen.frame.index == 3)

    run_app(StudioApp(growing), test)


def test_statistics_count_new_frames_too(growing: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "t")
        statistics = pilot.app.screen
        assert isinstance(statistics, StatisticsScreen)
        await until(pilot, lambda: statistics.found is not None and statistics.found.brightness_sample == 2)
        make_dataset(growing.root, 2, start=2)
        await until(pilot, lambda: statistics.found is not None and statistics.found.frames == 4)
        await until(pilot, lambda: statistics.found is not None and statistics.found.brightness_sample == 4)

    run_app(StudioApp(growing), test)


def spoil_picture(root: Path) -> None:
    (root / layout.image_path(0, "png")).write_bytes(b"\x89PNG\r\n\x1a\n" + b"rubbish" * 20)


def spoil_record(root: Path) -> None:
    (root / layout.record_path(0)).write_text('{"index": 0')


def remove_picture(root: Path) -> None:
    (root / layout.image_path(0, "png")).unlink()


def swap_picture(root: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(root / layout.image_path(0, "png"))


@pytest.mark.parametrize("spoil", [spoil_picture, spoil_record, remove_picture, swap_picture])
def test_a_damaged_frame_says_so_and_the_next_one_is_shown(growing: Dataset, spoil: Callable[[Path], None]) -> None:
    spoil(growing.root)

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert "00000000" in screen.view.message.replace("\n", "")
        await press(pilot, "right")
        assert screen.view.message == ""
        assert shown(screen).size
        await press(pilot, "left")
        assert screen.view.message

    run_app(StudioApp(growing), test)


def test_frames_that_vanish_are_left(growing: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, "right")
        (growing.root / layout.record_path(1)).unlink()
        await until(pilot, lambda: screen.browser.indices == [0])
        await settle(pilot)
        assert screen.browser.index == 0
        (growing.root / layout.record_path(0)).unlink()
        await until(pilot, lambda: screen.browser.indices == [])
        assert "No frames yet" in screen.view.message

    run_app(StudioApp(growing), test)


def test_the_latest_of_many_wishes_is_shown(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, *["right"] * 20, *["left"] * 3)
        assert screen.browser.index == 17
        assert screen.frame is not None
        assert screen.frame.index == 17

    run_app(StudioApp(balls), test)


def test_the_manifest_is_enough(tmp_path: Path) -> None:
    """A folder with a manifest alone, as a render has it in its first seconds."""
    from engine.dataset.manifest import encode_manifest

    (tmp_path / layout.MANIFEST_NAME).write_bytes(encode_manifest(make_test_manifest()))

    async def test(_pilot: Pilot[None], screen: InspectScreen) -> None:
        assert "No frames yet" in screen.view.message

    run_app(StudioApp(Dataset.open(tmp_path)), test)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
def test_the_whole_screen_makes_the_picture_larger(balls: Dataset, size: tuple[int, int]) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        before = shown(screen).shape
        await press(pilot, "z")
        assert shown(screen).shape[0] > before[0]
        assert shown(screen).shape[1] > before[1]
        await press(pilot, "l")
        assert screen.browser.index == 1
        await press(pilot, "escape")
        assert shown(screen).shape == before

    run_app(StudioApp(balls), test, size)


@pytest.mark.parametrize("size", [(60, 18), (80, 24), (120, 40)])
def test_everything_is_said_in_full(balls: Dataset, size: tuple[int, int]) -> None:
    def lines(screen: InspectScreen) -> list[str]:
        update = screen._compositor.render_strips()
        return [strip.text for strip in update]

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert lines(screen)[-1].rstrip().endswith("? help")
        assert "frame 0 (1st of 25)" in lines(screen)[1]
        for note in ("(dark)", "normals: red right, green up, blue towards the camera"):
            await press(pilot, "d")
            text = "\n".join(lines(screen))
            assert note in text.lower()
            around = [lines(screen)[at] for at in (1, 2, -3, -2, -1)]
            assert "…" not in "".join(around)
            assert "○a" in text

    run_app(StudioApp(balls), test, size)


def test_few_colors_are_mixed_and_mentioned_until_the_next_frame(
    balls: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLORTERM")

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        def status() -> str:
            return str(screen.query_one("#status", Static).render())

        assert "COLORTERM=truecolor" in status()
        styles = [style for y in range(5, 12) for text, style, _ in screen.view.render_line(y) if "▄" in text]
        assert {style.color.type for style in styles if style and style.color} == {ColorType.EIGHT_BIT}
        await press(pilot, "l")
        assert "COLORTERM" not in status()
        assert "160 × 120 px" in status()

    run_app(StudioApp(balls), test)


def test_a_burst_of_keys_is_taken_in_order(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        names = {" ": "space", ">": "greater_than_sign", "<": "less_than_sign", "/": "slash", ":": "colon"}
        for key in ("v", "x", "escape", "/", *"index>3 index<9", "enter", ":", "7", "enter", "i"):
            pilot.app.post_message(events.Key(names.get(key, key), key if len(key) == 1 else None))
        await until(pilot, lambda: screen.browser.selected == 1)
        await settle(pilot)
        assert screen.browser.indices == [4, 5, 6, 7, 8]
        assert screen.browser.index == 7

    run_app(StudioApp(balls), test)


def test_a_filter_that_nothing_matches_says_so_and_goes_by_escape(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "slash", *"index>99", "enter")
        assert "No frame matches" in screen.view.message
        for key in ("right", "G", "colon", "i", "d", "o", "plus", "shift+left"):
            await press(pilot, key)
        await press(pilot, "escape")
        assert screen.view.message == ""
        assert screen.browser.index == 0

    run_app(StudioApp(balls), test)


def test_a_filter_that_is_given_up_leaves_the_place(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, ":", "8", "enter", "slash", *"index<5")
        assert screen.browser.index == 4
        await press(pilot, "backspace", *"30")
        assert screen.browser.index == 8, "what is closest to where the question was asked"
        await press(pilot, *["backspace"] * 8, *"index<5 frobnicate>")
        await press(pilot, "escape")
        assert screen.browser.index == 8
        assert len(screen.browser.indices) == 25
        await press(pilot, "slash", *"frobnicate>3")
        status = screen.query_one("#status", Static)
        assert "frobnicate" in str(status.render())
        await press(pilot, "escape")
        assert "frobnicate" not in str(status.render())

    run_app(StudioApp(balls), test)


def test_new_frames_join_those_that_match(growing: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "slash", *"index>0", "enter")
        assert screen.browser.indices == [1]
        make_dataset(growing.root, 2, start=2)
        await until(pilot, lambda: screen.browser.indices == [1, 2, 3])

    run_app(StudioApp(growing), test)


@pytest.mark.parametrize(("size", "there"), [((80, 24), False), ((120, 40), True), ((200, 60), True)])
def test_a_filmstrip_shows_the_neighbours_where_there_is_room(
    balls: Dataset, size: tuple[int, int], there: bool
) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert screen.strip.display is there
        if not there:
            return
        await until(pilot, lambda: len(screen.strip._pictures) == len(screen.strip.keys) > 2)
        await press(pilot, "G")
        await until(pilot, lambda: screen.strip.keys[-1] == 24)
        await pilot.click(screen.strip, offset=(2, 2))
        await settle(pilot)
        assert screen.browser.index == 25 - screen.strip.capacity

    run_app(StudioApp(balls), test, size)


def test_boxes_of_whole_objects_that_add_nothing_are_told_of(tmp_path: Path) -> None:
    alone = make_dataset(tmp_path / "alone", 1, instances=1)

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        assert "boxes" in screen.browser.overlays
        before = shown(screen)
        await press(pilot, "A")
        np.testing.assert_array_equal(shown(screen), before)
        assert "those of what is seen" in next(iter(pilot.app._notifications)).message

    run_app(StudioApp(alone), test)


def test_few_frames_fill_the_grid(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "c")
        grid = screen.query_one(FrameGrid)
        usual = grid.cell_size[0]
        await press(pilot, "slash", *"index<3", "enter")
        assert grid.cell_size[0] > 1.5 * usual
        assert grid.max_scroll_y == 0, "all are in view"
        await press(pilot, "minus")
        assert grid.cell_size[0] < usual, "unless they are asked to be small"

    run_app(StudioApp(balls), test, (120, 40))


def test_statistics_fill_the_room_there_is_and_no_more(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "t")
        charts = pilot.app.screen.query_one("#charts")
        statistics = pilot.app.screen
        assert isinstance(statistics, StatisticsScreen)
        await until(pilot, lambda: statistics.found is not None and statistics.found.brightness_sample == 25)
        await settle(pilot)
        assert charts.max_scroll_y == 0
        assert charts.virtual_size.height >= 0.85 * charts.content_size.height

    run_app(StudioApp(balls), test, (200, 60))


def test_frames_with_problems_are_found_when_they_are_asked_for(tmp_path: Path) -> None:
    """Pixels that are others than those stored: nothing short of reading the pictures tells."""
    dataset = make_dataset(tmp_path / "d", 4, width=64, height=48)
    for index in (1, 3):
        os.replace(tmp_path / "d" / layout.image_path(index, "png"), tmp_path / "kept.png")
        other = dataset.image(0)
        data = encode_png(np.where(other > 250, other, other + index).astype(np.uint8))
        (tmp_path / "d" / layout.image_path(index, "png")).write_bytes(data)

    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "slash", *"problem~pixels", "enter")
        await until(pilot, lambda: screen.browser.indices == [1, 3])
        await settle(pilot)
        assert "its pixels are not those that were stored" in str(screen.query_one("#status", Static).render())
        await press(pilot, "t")
        statistics = pilot.app.screen
        assert isinstance(statistics, StatisticsScreen)
        await until(pilot, lambda: statistics.found is not None)
        assert statistics.found is not None
        assert statistics.found.problem_kinds["picture: its pixels are not those that were stored (hash differs)"] == 2

    async def again(pilot: Pilot[None], screen: InspectScreen) -> None:
        await until(pilot, lambda: screen.problems is not None)
        assert screen.problem_of(3).startswith("picture: ")
        assert screen.problem_of(2) == ""

    run_app(StudioApp(Dataset.open(tmp_path / "d")), test)
    run_app(StudioApp(Dataset.open(tmp_path / "d")), again)


def test_a_click_in_an_enlarged_picture_selects_what_is_there(balls: Dataset) -> None:
    async def test(pilot: Pilot[None], screen: InspectScreen) -> None:
        await press(pilot, *["plus"] * 3)
        assert screen.frame is not None
        assert screen.frame.ids is not None
        left, top, across, down = screen.shown_region or (0, 0, 0, 0)
        window = screen.frame.ids[top : top + down, left : left + across]
        wanted = int(np.bincount(window[window > 0]).argmax())
        rows, columns = np.nonzero(window == wanted)
        at = len(rows) // 2
        event = ImageView.Clicked(screen.view, (columns[at] + 0.5) / across, (rows[at] + 0.5) / down)
        screen.view.post_message(event)
        await settle(pilot)
        assert screen.browser.selected == wanted

    run_app(StudioApp(balls), test, (120, 40))


def test_what_was_looked_at_is_there_again_after_a_restart(balls: Dataset) -> None:
    async def before(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await press(pilot, "m", "slash", *"index>4", "enter", "right", "right", "d", "c")
        assert screen.browser.index == 7

    async def after(pilot: Pilot[None], screen: InspectScreen) -> None:
        await indexed(pilot, screen)
        await settle(pilot)
        assert "masks" not in screen.browser.overlays
        assert screen.browser.indices == list(range(5, 25))
        assert screen.browser.index == 7
        assert screen.browser.source == "depth"
        assert screen.shows_grid

    async def elsewhere(_pilot: Pilot[None], screen: InspectScreen) -> None:
        assert screen.browser.index == 2
        assert not screen.narrowing.is_on
        assert not screen.shows_grid

    run_app(StudioApp(balls), before)
    run_app(StudioApp(balls), after)
    run_app(StudioApp(balls, browser=Browser(index=2)), elsewhere)
