"""The grid draws what is visible, whatever there is; keys and mouse move, mark and choose."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import numpy as np
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip

from widgets.cell_grid import Picture
from widgets.thumbnail_cells import GridItem
from widgets.thumbnail_grid import CELL_WIDTHS, ThumbnailGrid

SIZE = (60, 24)


class CountingGrid(ThumbnailGrid):
    BINDINGS = [  # noqa: RUF012 - as Textual has it
        Binding("left", "cursor_left"), Binding("right", "cursor_right"), Binding("up", "cursor_up"),
        Binding("down", "cursor_down"), Binding("pagedown", "page_down"), Binding("pageup", "page_up"),
        Binding("home", "cursor_first"), Binding("end", "cursor_last"), Binding("enter", "activate"),
        Binding("space", "mark"),
    ]  # fmt: skip
    lines = 0

    def render_line(self, y: int) -> Strip:
        self.lines += 1
        return super().render_line(y)


class GridApp(App[None]):
    def __init__(self, color: bool = True) -> None:
        super().__init__()
        self.messages: list[Message] = []
        self.asked: Counter[str] = Counter()
        self.drawn: Counter[str] = Counter()
        self.pictures: dict[str, Picture] = {}
        self.color = color
        self.items: dict[str, GridItem] = {}

    def item_of(self, key: str) -> GridItem:
        self.drawn[key] += 1
        number = key.removeprefix("k")
        return self.items.get(key) or GridItem(f"item {number}", f"{number} cm", "model")

    def picture_of(self, key: str) -> Picture | None:
        self.asked[key] += 1
        return self.pictures.get(key)

    def compose(self) -> ComposeResult:
        yield CountingGrid(self.item_of, self.picture_of, id="grid")

    def on_thumbnail_grid_selected(self, event: ThumbnailGrid.Selected) -> None:
        self.messages.append(event)

    def on_thumbnail_grid_activated(self, event: ThumbnailGrid.Activated) -> None:
        self.messages.append(event)

    def on_thumbnail_grid_marked(self, event: ThumbnailGrid.Marked) -> None:
        self.messages.append(event)

    def on_thumbnail_grid_in_view(self, event: ThumbnailGrid.InView) -> None:
        self.messages.append(event)

    def last[T: Message](self, kind: type[T]) -> T:
        return next(message for message in reversed(self.messages) if isinstance(message, kind))


def keys(count: int) -> tuple[str, ...]:
    return tuple(f"k{n}" for n in range(count))


type Test = Callable[[Pilot[None], CountingGrid, GridApp], Awaitable[None]]


def with_grid(test: Test, count: int = 40, size: tuple[int, int] = SIZE) -> None:
    async def run() -> None:
        app = GridApp()
        async with app.run_test(size=size) as pilot:
            grid = app.query_one(CountingGrid)
            grid.set_keys(keys(count), empty="nothing here")
            grid.focus()
            await pilot.pause()
            await test(pilot, grid, app)

    asyncio.run(run())


def text_of(grid: ThumbnailGrid) -> list[str]:
    return [grid.render_line(y).text for y in range(grid.size.height)]


def flat(value: int) -> Picture:
    return np.full((30, 40, 3), value, np.uint8)


def test_ten_thousand_items_cost_what_the_screen_shows() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        visible = (SIZE[1] // grid.cell_size[1] + 2) * grid.columns
        assert sum(app.asked.values()) <= visible * grid.cell_size[1] * 3
        for key in ("end", "pageup", "pageup", "home", "pagedown"):
            app.asked.clear()
            app.drawn.clear()
            grid.lines = 0
            await pilot.press(key)
            await pilot.pause()
            assert grid.lines <= 4 * SIZE[1], key
            assert len(app.asked) <= 2 * visible, key
            assert len(app.drawn) <= 2 * visible, key
        await pilot.press("end")
        await pilot.pause()
        assert "k9999" in app.last(ThumbnailGrid.InView).keys
        assert "k0" not in app.last(ThumbnailGrid.InView).keys
        assert len(app.last(ThumbnailGrid.InView).keys) <= 3 * visible

    with_grid(test, count=10_000)


def test_every_line_is_as_wide_as_the_grid_at_every_zoom() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        app.pictures = {f"k{n}": flat(6 * n) for n in range(0, 40, 2)}
        for zoom in range(len(CELL_WIDTHS)):
            grid.zoom = zoom
            await pilot.pause()
            width = grid.scrollable_content_region.width
            assert {grid.render_line(y).cell_length for y in range(SIZE[1])} == {width}
            assert grid.columns * grid.cell_size[0] <= width

    with_grid(test)


def test_keys_move_the_cursor_and_stop_at_the_ends() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        columns = grid.columns
        steps = [
            ("left", 0), ("right", 1), ("down", columns + 1), ("up", 1), ("up", 1), ("end", 39), ("right", 39),
            ("down", 39), ("home", 0),
        ]  # fmt: skip
        for key, place in steps:
            await pilot.press(key)
            assert grid.cursor == f"k{place}", key
        await pilot.press("pagedown")
        assert grid.cursor == f"k{columns * (SIZE[1] // grid.cell_size[1])}"
        assert app.last(ThumbnailGrid.Selected).key == grid.cursor

    with_grid(test)


def test_the_cursor_is_always_in_view() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        for key in ("end", "pageup", "pageup", "home"):
            await pilot.press(key)
            await pilot.pause()
            number = (grid.cursor or "").removeprefix("k")
            assert any(f"item {number} " in line for line in text_of(grid)), key

    with_grid(test)


def test_the_cursor_keeps_its_item_and_goes_to_a_neighbour_when_it_is_gone() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        grid.cursor = "k5"
        grid.set_keys(keys(40)[::-1])
        assert grid.cursor == "k5"
        grid.set_keys([key for key in reversed(keys(40)) if key != "k5"])
        assert grid.cursor == "k4"
        grid.set_keys(())
        await pilot.pause()
        assert grid.cursor is None
        assert app.last(ThumbnailGrid.Selected).key is None
        grid.set_keys(keys(2))
        assert grid.cursor == "k0"

    with_grid(test)


def test_an_empty_grid_says_so() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        grid.set_keys((), empty="nothing here")
        await pilot.pause()
        assert any("nothing here" in line for line in text_of(grid))
        await pilot.press("down", "enter", "space", "end", "pagedown")

    with_grid(test)


def test_marks_are_set_and_taken_away_and_seen_without_colour() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        await pilot.press("space", "space")
        assert grid.marked == ("k0", "k1")
        assert grid.cursor == "k2"
        assert app.last(ThumbnailGrid.Marked).keys == ("k0", "k1")
        line = next(line for line in text_of(grid) if "item 0" in line)
        assert line.count("●") == 2
        await pilot.press("home", "space")
        assert grid.marked == ("k1",)
        grid.set_marked(["k3"])
        await pilot.pause()
        assert app.last(ThumbnailGrid.Marked).keys == ("k3",)

    with_grid(test)


def test_the_mouse_selects_marks_and_activates() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        width, height = grid.cell_size
        await pilot.click(grid, offset=(width + 3, height + 1))
        assert grid.cursor == f"k{grid.columns + 1}"
        await pilot.click(grid, offset=(3, 1), control=True)
        assert (grid.cursor, grid.marked) == ("k0", ("k0",))
        await pilot.click(grid, offset=(width + 3, 1), times=2)
        assert app.last(ThumbnailGrid.Activated).key == "k1"
        await pilot.press("right", "enter")
        assert app.last(ThumbnailGrid.Activated).key == "k2"

    with_grid(test)


def test_a_click_beside_the_items_does_nothing() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        _, height = grid.cell_size
        await pilot.click(grid, offset=(3, height + 1))
        assert grid.cursor == "k0"

    with_grid(test, count=2)


def test_a_picture_that_comes_later_is_drawn_in_its_cell_alone() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        assert any("model" in line for line in text_of(grid))
        await pilot.pause(0.2)
        app.asked.clear()
        app.pictures["k1"] = flat(200)
        grid.picture_changed("k1")
        await pilot.pause(0.3)
        assert app.asked["k1"] == 1, "an encoded picture is kept"
        assert "▄" in grid.render_line(grid.cell_size[1] // 2).text
        app.pictures["k1"] = flat(10)
        grid.picture_changed("k1")
        grid.picture_changed("k39")
        await pilot.pause(0.3)
        assert app.asked["k1"] == 2
        assert app.asked["k39"] == 0, "nobody sees that one"

    with_grid(test)


def test_an_item_can_get_another_text() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        app.items["k1"] = GridItem("item 1", "broken", "✗ broken", wrong=True)
        grid.item_changed("k1")
        grid.item_changed("unknown")
        assert any("✗ broken" in line for line in text_of(grid))

    with_grid(test)


def test_characters_use_no_other_signs_than_those_of_ascii() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        app.pictures = {f"k{n}": np.arange(3600, dtype=np.uint8).reshape(30, 40, 3) for n in range(40)}
        grid.characters = True
        await pilot.press("space")
        await pilot.pause()
        assert all(line.isascii() for line in text_of(grid))
        assert any(line.startswith("*item 0") for line in text_of(grid))
        assert any("[" in line for line in text_of(grid))

    with_grid(test)


def test_long_names_keep_their_ending() -> None:
    async def test(pilot: Pilot[None], grid: CountingGrid, app: GridApp) -> None:
        app.items = {"a": GridItem("a_very_long_name_of_a_model_indeed.glb"), "b": GridItem("日本語の長い名前.obj")}
        grid.set_keys(("a", "b"))
        await pilot.pause()
        lines = text_of(grid)
        assert any("….glb" in line or "d.glb" in line for line in lines)
        assert {grid.render_line(y).cell_length for y in range(SIZE[1])} == {grid.scrollable_content_region.width}

    with_grid(test)
