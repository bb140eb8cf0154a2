"""The footer that stays while the focus moves."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets._footer import FooterKey

from studio.footer import SteadyFooter


class Plain(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "cross", "cross", show=False)]


class Telling(Widget, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "yes", "yes")]


class Small(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("z", "zero", "zero")]

    def compose(self) -> ComposeResult:
        yield Plain(id="one")
        yield Plain(id="two")
        yield Telling()
        yield SteadyFooter(show_command_palette=False)


def test_it_is_made_anew_only_when_it_shows_other_keys() -> None:
    async def run() -> None:
        app = Small()
        async with app.run_test() as pilot:
            app.query_one("#one").focus()
            await pilot.pause(0.05)
            before = list(app.query(FooterKey))
            assert [key.key for key in before] == ["z"]
            app.query_one("#two").focus()
            await pilot.pause(0.05)
            assert list(app.query(FooterKey)) == before
            app.query_one(Telling).focus()
            await pilot.pause(0.05)
            assert {key.key for key in app.query(FooterKey)} == {"y", "z"}
            app.query_one("#one").focus()
            await pilot.pause(0.05)
            assert [key.key for key in app.query(FooterKey)] == ["z"]

    asyncio.run(run())
