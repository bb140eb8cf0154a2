"""The table: columns that fit, a cursor that stays, headings that are passed over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from widgets.row_table import Column, Row, RowTable

COLUMNS = (Column("id", "right"), Column("name", flexible=True), Column("area", "right", priority=1))
ROWS = (
    Row("h1", ("first",), heading=True),
    Row("a", ("1", "cup", "1200")),
    Row("b", ("2", "a very long name of a class", "7")),
    Row("h2", ("second",), heading=True),
    Row("c", ("3", "bowl", "88")),
)


class TableApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.moves: list[str | None] = []
        self.chosen: list[str] = []

    def compose(self) -> ComposeResult:
        yield RowTable(COLUMNS)

    def on_row_table_moved(self, event: RowTable.Moved) -> None:
        self.moves.append(event.key)

    def on_row_table_chosen(self, event: RowTable.Chosen) -> None:
        self.chosen.append(event.key)


def with_table(
    test: Callable[[Pilot[None], RowTable, TableApp], Awaitable[None]], size: tuple[int, int] = (30, 8)
) -> None:
    async def run() -> None:
        app = TableApp()
        async with app.run_test(size=size) as pilot:
            table = app.query_one(RowTable)
            table.set_rows(ROWS)
            await pilot.pause()
            await test(pilot, table, app)

    asyncio.run(run())


def lines(table: RowTable) -> list[str]:
    return [table.render_line(y).text for y in range(table.size.height)]


def test_columns_are_aligned_and_the_flexible_one_is_cut() -> None:
    async def test(_pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        assert lines(table)[:6] == [
            "id  name                  area",
            "first                         ",
            " 1  cup                   1200",
            " 2  a very long name of…     7",
            "second                        ",
            " 3  bowl                    88",
        ]

    with_table(test)


def test_columns_without_room_are_left_out() -> None:
    async def test(_pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        assert lines(table)[0] == "id  name    "
        assert lines(table)[3] == " 2  a very …"
        assert "1200" not in "".join(lines(table))

    with_table(test, size=(12, 8))


def test_several_flexible_columns_share_the_room_and_the_last_has_what_is_left() -> None:
    columns = (
        Column("name", flexible=True, least=6),
        Column("folder", flexible=True, priority=2, keep_end=True, least=8),
        Column("reason", flexible=True, priority=1, optional=True, least=8),
    )
    row = Row("a", ("a long name", "/data/frames/杯子/one", "the disk is full"))

    async def test(pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        shown = RowTable(columns)
        await pilot.app.mount(shown)
        for width, wanted in (
            (70, "a long name  /data/frames/杯子/one  the disk is full"),
            (40, "a long name  …/frames/杯子/one  the dis…"),
            (26, "a lon…  …子/one   the dis…"),
            (22, "a long name  the disk…"),
        ):
            shown.styles.width = width
            shown.set_rows([])
            shown.set_rows([row])
            await pilot.pause()
            assert shown.render_line(1).text.rstrip() == wanted
        shown.set_rows([Row("a", ("cup", "/data/one", "–"))])
        assert shown.render_line(1).text.rstrip() == "cup   /data/one", "who has no reason needs no column for it"

    with_table(test, (80, 30))


def test_the_cursor_passes_over_headings() -> None:
    async def test(pilot: Pilot[None], table: RowTable, app: TableApp) -> None:
        table.focus()
        await pilot.pause()
        for action in ("cursor_down", "cursor_down", "cursor_down", "cursor_up", "cursor_first", "cursor_last"):
            await table.run_action(action)
        await pilot.pause()
        assert app.moves == ["a", "b", "c", "b", "a", "c"]
        await table.run_action("choose")
        await pilot.pause()
        assert app.chosen == ["c"]

    with_table(test)


def test_the_cursor_stays_on_its_key_or_goes_with_it() -> None:
    async def test(_pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        table.cursor = "c"
        table.set_rows(ROWS[3:])
        assert table.cursor == "c"
        table.set_rows(ROWS[:3])
        assert table.cursor is None

    with_table(test)


def test_the_cursor_is_scrolled_into_view() -> None:
    async def test(pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        table.set_rows([Row(str(i), (str(i), f"row {i}", "0")) for i in range(100)])
        await pilot.pause()
        table.cursor = "57"
        await pilot.pause()
        shown = lines(table)
        assert shown[0].startswith("id")
        assert any("row 57" in line for line in shown[1:])
        table.cursor = "0"
        await pilot.pause()
        assert "row 0" in lines(table)[1]

    with_table(test)


def test_a_click_chooses_a_row() -> None:
    async def test(pilot: Pilot[None], table: RowTable, app: TableApp) -> None:
        await pilot.click(table, offset=(5, 3))
        await pilot.click(table, offset=(5, 4))
        await pilot.pause()
        assert app.chosen == ["b"]

    with_table(test)


def test_an_empty_table_says_so() -> None:
    async def test(_pilot: Pilot[None], table: RowTable, _app: TableApp) -> None:
        table.set_rows([], empty="none in this frame")
        assert lines(table)[1].startswith("none in this frame")

    with_table(test)
