"""Keys that arrive at once, as on a slow line, are dealt with one after the other.

Textual hands a key to the widget that has the focus as soon as it is read, and looks for its binding only when the key
has come up from there to the app: of `2/abc` in one read, `/` would be the old screen's and `abc` nobody's. Here each
key is followed by a message that takes the same way; until that has come to the app, the next keys wait. What an input
takes as text ends there, so that it holds up nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque

from textual import events
from textual.app import App
from textual.message import Message

PATIENCE = 1.0
"""Seconds that keys wait for the one before them: it may be at work for long, or have gone away with its widget."""

ALT_DIGITS = {
    "inverted_exclamation_mark": "alt+1",
    "trade_mark_sign": "alt+2",
    "pound_sign": "alt+3",
    "cent_sign": "alt+4",
}
"""What Textual takes Esc and a digit for, which most terminals send for Alt: what a Mac's Option key writes."""


class OrderedKeysApp(App[None]):
    """An app whose keys come in order, whatever they bring about."""

    class KeyDone(Message):
        """What was sent on before this has been dealt with."""

    def __init__(self) -> None:
        super().__init__()
        self._keys: deque[events.Key] = deque()
        self._follower: OrderedKeysApp.KeyDone | None = None
        self._is_open = False
        """Whether the first screen is there to take keys; what was typed before waits for it."""

    async def on_event(self, event: events.Event) -> None:
        """Let a key that was just read wait for those before it; all else goes on as usual."""
        if not isinstance(event, events.Key) or event.is_forwarded:
            await super().on_event(event)
            return
        self._keys.append(event)
        if self._follower is None and self._is_open:
            await self._next_key()

    def on_ready(self) -> None:
        """The first screen is painted; what it has put off until then comes before keys."""
        self.call_after_refresh(self.screen.call_after_refresh, self.call_later, self._open)

    async def _open(self) -> None:
        self._is_open = True
        if self._follower is None:
            await self._next_key()

    async def _next_key(self) -> None:
        self._follower = None
        while self._keys and self._follower is None:
            key, focused = self._keys.popleft(), self.focused
            is_text = focused is not None and focused.check_consume_key(key.key, key.character)
            if not is_text and key.key in ALT_DIGITS:
                key = events.Key(ALT_DIGITS[key.key], None)
            target = focused or self.screen
            await super().on_event(key)
            follower = self.KeyDone()
            if not is_text and target.post_message(follower):
                self._follower = follower
                asyncio.get_running_loop().call_later(PATIENCE, self.call_later, self._go_on, follower)

    def on_ordered_keys_app_key_done(self, event: KeyDone) -> None:
        """Once more round, as what the key brought about may have asked for a moment too: `Widget.focus` does."""
        self.call_later(self._go_on, event)

    async def _go_on(self, follower: KeyDone) -> None:
        if follower is self._follower:
            await self._next_key()
