"""The app's ear at the engine: what happens to it is told, and it goes on listening."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from engine.queue.door_messages import EngineChanged
from studio.engine_feed import EngineFeed
from studio.engine_link import Gone

CHANGE = EngineChanged(state="working", message="")


def test_whatever_goes_wrong_is_told_once_and_the_next_try_hears_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def follow(*, start: bool, tick: float) -> Iterator[EngineChanged]:
        assert not start
        tries.append(1)
        if len(tries) < 4:
            raise ImportError("a module was half loaded")
        yield CHANGE
        stopped.wait(20)

    stopped, heard = threading.Event(), threading.Event()
    monkeypatch.setattr("studio.engine_link.follow", follow)
    monkeypatch.setattr("studio.engine_feed.LOOK_SECONDS", 0.01)
    monkeypatch.setattr("engine.queue.lifecycle.is_running", lambda: True)
    feed = EngineFeed(heard.set)
    threading.Thread(target=feed._run, daemon=True).start()  # `start` does nothing in these tests
    try:
        taken: list[object] = []
        while CHANGE not in taken:
            assert heard.wait(20)
            heard.clear()
            taken += feed.take()
    finally:
        feed.stop()
        stopped.set()
    assert taken == [Gone("a module was half loaded", on_purpose=False), CHANGE]
