"""A line at the bottom that asks for a text: a label, an input and a note. Closed, it takes no room.

Open, it keeps the focus until Enter or Escape, and no key reaches what is behind it; a click on something else closes
it. Tab completes the text where the question has something to complete it by.

On a slow line a whole command arrives at once, `/cup` and Enter and the next key. Textual hands a key to the widget
that has the focus when the key comes in, while the widget's own queue still holds earlier keys. So that none of them
ends up in the wrong place, `ask` is to be called in the action of a binding with priority, which runs before the next
key is handed out; Enter and Escape here wait until everything before them has been typed and what they bring about is
done. Messages must be handled by the screen, not by the app, which is waiting; and handlers must move the focus by
`screen.set_focus`, since `Widget.focus` takes effect later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.message_pump import MessagePump
from textual.widget import Widget
from textual.widgets import Input, Label

from widgets.path_completion import Completion

PATIENCE = 1.0
"""Seconds that a key waits for those before it; a screen that is busy for longer must not hold up the whole app."""

FIELD_COLUMNS = 24
"""A note that would leave the input less than this has a line of its own."""

NAMED_CANDIDATES = 6

Complete = Callable[[str], Completion]
"""What a text can become by Tab."""


class PromptBar(Horizontal):
    """Asks one question at a time; `question` names the one that is open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer", "done", key_display="Enter", tooltip="Take what was typed.", priority=True),
        Binding("escape", "cancel", "cancel", key_display="Esc", tooltip="Close without an answer.", priority=True),
        Binding("tab", "complete", "complete", key_display="Tab", tooltip="Complete the path.", priority=True),
    ]

    @dataclass
    class Answered(Message):
        """Enter was pressed. The bar stays open until `close`, so that a wrong answer can be mended."""

        bar: PromptBar
        question: str
        text: str

    @dataclass
    class Typed(Message):
        """The text changed."""

        bar: PromptBar
        question: str
        text: str

    @dataclass
    class Cancelled(Message):
        """Escape was pressed; the bar is closed."""

        bar: PromptBar
        question: str

    @dataclass
    class Left(Message):
        """Something else was clicked; the bar is closed, and what was typed is neither taken nor taken back."""

        bar: PromptBar
        question: str

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.question = ""
        self._label = self._note = self._first_note = ""
        self._complete: Complete | None = None
        self._asked_from: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Label(id="prompt-label", markup=False)
        yield Input(id="prompt-input", compact=True, select_on_focus=False)
        yield Label(id="prompt-note", markup=False)

    @property
    def is_open(self) -> bool:
        """Whether a question is being asked."""
        return bool(self.question)

    @property
    def is_modal(self) -> bool:
        """Whether keys that are not its own go no further."""
        return self.is_open

    def ask(
        self,
        question: str,
        label: str,
        text: str = "",
        note: str = "",
        *,
        selected: bool = False,
        complete: Complete | None = None,
    ) -> None:
        """Open the bar and give it the focus, at once. Where the text is `selected`, typing replaces it."""
        if not self.is_open:
            self._asked_from = self.screen.focused
        self.question, self._label, self._first_note, self._complete = question, label, note, complete
        self.query_one("#prompt-label", Label).update(label)
        self.note(note)
        field = self.query_one(Input)
        with field.prevent(Input.Changed):
            field.value = text
        field.cursor_position = len(text)
        if selected:
            field.select_all()
        self.add_class("-open")
        # Not `field.focus()`, which takes effect later: keys typed ahead on a slow line would be taken for actions.
        self.screen.set_focus(field)

    def note(self, text: str, wrong: bool = False) -> None:
        """Say something behind the input, or below it where that would leave the input too little room."""
        self._note = text
        label = self.query_one("#prompt-note", Label)
        label.update(text)
        label.set_class(wrong, "-wrong")
        self._fit()

    def _fit(self) -> None:
        others = cell_len(self._label) + cell_len(self._note)
        self.set_class(self.screen.size.width - others - 4 < FIELD_COLUMNS, "-long-note")

    def on_resize(self) -> None:
        """There may be more room, or less."""
        self._fit()

    def close(self) -> None:
        """Take the bar away, and give the focus back to the widget that had it before."""
        self.question = ""
        self.remove_class("-open")
        if self.screen.focused is self.query_one(Input):
            before = self._asked_from
            self.screen.set_focus(before if before is not None and before.is_attached else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Its keys are its own only while a question is open."""
        if action == "complete":
            return self.is_open and self._complete is not None
        return self.is_open if action in ("answer", "cancel") else super().check_action(action, parameters)

    async def action_answer(self) -> None:
        """Take the text, once all of it has been typed."""
        field = self.query_one(Input)
        # Once for the keys, once for the changes that they made, and then for what those have become here.
        await self._until_done(field, field, self)
        if self.is_open:
            self.post_message(self.Answered(self, self.question, field.value))
            await self._until_done(self, self.screen)

    async def action_cancel(self) -> None:
        """Close without an answer."""
        field = self.query_one(Input)
        await self._until_done(field, field, self)
        question = self.question
        self.close()
        self.post_message(self.Cancelled(self, question))
        await self._until_done(self, self.screen)

    async def action_complete(self) -> None:
        """Type what can only follow, and say what there is to choose from."""
        field = self.query_one(Input)
        await self._until_done(field, field, self)
        if not self.is_open or self._complete is None:
            return
        completion = self._complete(field.value)
        field.value = completion.text
        field.cursor_position = len(completion.text)
        names = completion.candidates
        if len(names) > 1:
            more = f" and {len(names) - NAMED_CANDIDATES} more" if names[NAMED_CANDIDATES:] else ""
            self.note("  ".join(names[:NAMED_CANDIDATES]) + more)
        else:
            self.note(self._first_note if names or completion.text == "~/" else "nothing begins like this")

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """Close when something else has the focus; a terminal that loses it leaves none."""
        if self.is_open and self.screen.focused not in (None, event.widget):
            question = self.question
            self.close()
            self.post_message(self.Left(self, question))

    async def _until_done(self, *pumps: MessagePump) -> None:
        """Wait until each of them has dealt with the messages that it has now, but not for long."""
        for pump in pumps:
            done = asyncio.Event()
            if pump.call_later(done.set):
                with suppress(TimeoutError):
                    await asyncio.wait_for(done.wait(), PATIENCE)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(self, self.question, event.value))
