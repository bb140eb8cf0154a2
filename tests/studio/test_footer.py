"""The line of keys: there at once, others when the focus moves, pressed by a click."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from studio.footer import KeyFooter


class Plain(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "cross", "cross", show=False)]


class Telling(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y,Y", "yes", "yes", tooltip="Agree.")]


class Small(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "zero", "zero")]
    zeros = 0
    may = True

    def compose(self) -> ComposeResult:
        yield Plain()
        yield Telling()
        yield KeyFooter()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return None if action == "zero" and not self.may else True

    def action_zero(self) -> None:
        self.zeros += 1


def test_it_shows_the_keys_that_hold_where_the_focus_is_and_a_click_presses_them() -> None:
    async def run() -> None:
        app = Small()
        async with app.run_test() as pilot:
            footer = app.query_one(KeyFooter)
            app.query_one(Plain).focus()
            await pilot.pause(0.05)
            assert footer.render().plain == " z zero "
            app.query_one(Telling).focus()
            await pilot.pause(0.05)
            assert footer.render().plain == " y yes  z zero "
            await pilot.hover(KeyFooter, offset=(3, 0))
            assert footer.tooltip == "Agree."
            await pilot.click(KeyFooter, offset=(10, 0))
            await pilot.click(KeyFooter, offset=(40, 0))
            assert app.zeros == 1
            app.may = False
            app.screen.refresh_bindings()
            await pilot.pause(0.05)
            assert any(span.style.dim for span in footer.render().spans)  # type: ignore[union-attr]
            await pilot.click(KeyFooter, offset=(10, 0))
            assert app.zeros == 1

    asyncio.run(run())


class Crowded(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"press('{key}')", f"press {key}") for key in "abcdef"),
        Binding("question_mark", "help", "help", key_display="?"),
        Binding("q", "quit", "quit"),
    ]

    def compose(self) -> ComposeResult:
        yield KeyFooter()

    def action_press(self, key: str) -> None:
        """Nothing."""


def test_where_there_is_no_room_whole_entries_are_left_out_but_not_help_and_quitting() -> None:
    async def run() -> None:
        app = Crowded()
        async with app.run_test(size=(120, 24)) as pilot:
            footer = app.query_one(KeyFooter)
            for columns in (120, 50, 30, 17):
                await pilot.resize_terminal(columns, 24)
                await pilot.pause()
                line = footer.render().plain
                assert len(line) <= columns
                assert line.endswith(" ? help  q quit ")
                assert line.count("press") == min((columns - 16) // 11, 6)

    asyncio.run(run())
