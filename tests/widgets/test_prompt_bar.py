"""Keys that arrive in one burst end up where they were meant to."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import events, on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Input, Label

from widgets.path_completion import Completion
from widgets.prompt_bar import PromptBar


class Target(Label, can_focus=True):
    """Something that has actions on letters, as a list or a picture does."""


class AskingScreen(Screen[None]):
    """Opens the bar by `/`; letters are actions."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "ask", priority=True),
        *(Binding(key, f"note('{key}')") for key in ("up", "f5", "shift+tab")),
        *(Binding(key, f"note('{key}')") for key in "abcq"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.noted: list[str] = []
        self.answers: list[str] = []

    def compose(self) -> ComposeResult:
        yield Target("a target")
        yield PromptBar()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "ask" or not isinstance(self.focused, Input)

    def action_ask(self) -> None:
        self.query_one(PromptBar).ask("word", "which word")

    def action_note(self, key: str) -> None:
        self.noted.append(key)

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        self.answers.append(event.text)
        event.bar.close()

    @on(PromptBar.Left)
    def _left(self) -> None:
        self.answers.append("(left)")

    @on(PromptBar.Cancelled)
    def _cancelled(self) -> None:
        self.answers.append("(cancelled)")


class AskingApp(App[None]):
    """The app around it."""

    CSS = "PromptBar { display: none; height: 1; } PromptBar.-open { display: block; }"


def burst(text: str) -> AskingScreen:
    """Send all keys before the app has dealt with any of them."""
    names = {"/": "slash", "\r": "enter", "\x1b": "escape"}

    async def run() -> AskingScreen:
        app, screen = AskingApp(), AskingScreen()
        async with app.run_test() as pilot:
            await app.push_screen(screen)
            screen.set_focus(screen.query_one(Target))
            await pilot.pause()
            for character in text:
                printable = None if character in "\r\x1b" else character
                app.post_message(events.Key(names.get(character, character), printable))
            for _ in range(5):
                await pilot.pause()
        return screen

    return asyncio.run(run())


def test_what_follows_the_opening_key_is_typed() -> None:
    app = burst("/abc\r")
    assert app.answers == ["abc"]
    assert app.noted == []


def test_the_opening_key_can_be_typed_too() -> None:
    assert burst("/a/b\r").answers == ["a/b"]


def test_what_follows_the_answer_is_an_action_again() -> None:
    app = burst("/bc\rq/c\rb")
    assert app.answers == ["bc", "c"]
    assert app.noted == ["q", "b"]


def test_what_follows_a_cancelled_question_is_an_action_again() -> None:
    app = burst("/abc\x1bq/c\r")
    assert app.answers == ["(cancelled)", "c"]
    assert app.noted == ["q"]


def test_an_open_question_keeps_the_focus_and_all_keys() -> None:
    async def run() -> None:
        app, screen = AskingApp(), AskingScreen()
        async with app.run_test() as pilot:
            await app.push_screen(screen)
            screen.set_focus(screen.query_one(Target))
            await pilot.press("slash", "a", "tab", "shift+tab", "up", "f5", "b")
            bar = screen.query_one(PromptBar)
            assert screen.focused is bar.query_one(Input)
            assert {binding.action for _, binding, *_ in screen.active_bindings.values() if binding.show} == {
                "answer",
                "cancel",
            }
            await pilot.press("enter", "up")
            assert screen.answers == ["ab"]
            assert screen.noted == ["up"]
            await pilot.press("slash", "a")
            await pilot.click(Target)
            assert not bar.is_open
            assert screen.answers == ["ab", "(left)"]
            assert screen.focused is screen.query_one(Target)

    asyncio.run(run())


def test_tab_completes_and_a_selected_text_is_replaced() -> None:
    async def run() -> None:
        app, screen = AskingApp(), AskingScreen()
        async with app.run_test() as pilot:
            await app.push_screen(screen)
            bar = screen.query_one(PromptBar)
            several = Completion("cup", ("cup-1/", "cup-2/"))
            bar.ask("path", "path", "old", "a note", selected=True, complete=lambda _: several)
            await pilot.press("c", "tab")
            assert bar.query_one(Input).value == "cup"
            assert str(bar.query_one("#prompt-note", Label).render()) == "cup-1/  cup-2/"
            await pilot.press("x")
            assert bar.query_one(Input).value == "cupx"
            assert not bar.has_class("-long-note")
            bar.note("a sentence that is as long as an error is that names a file and what to do about it", wrong=True)
            assert bar.has_class("-long-note")

    asyncio.run(run())
