"""When a worker process is replaced."""

from __future__ import annotations

from engine.queue.wear import FIRST_FRAMES, Wear
from engine.queue.workplace import Policy


def test_a_worker_whose_frames_come_to_take_longer_is_replaced() -> None:
    wear = Wear(Policy(slowdown=2.0))
    for seconds in [9.0] * 3 + [1.0, 1.2, 0.8, 5.0] * 5:  # caches fill first; single frames say nothing
        wear.note(seconds, 0)
    for _ in range(19):
        wear.note(2.5, 0)
        assert not wear.is_worn
    wear.note(2.5, 0)
    assert wear.is_worn
    wear.loaded()
    assert not wear.is_worn, "another recipe's frames take another time"


def test_a_worker_whose_memory_grows_is_replaced() -> None:
    wear = Wear(Policy(memory_growth_bytes=1000))
    for _ in range(FIRST_FRAMES):
        wear.note(1.0, 5000)
    wear.note(1.0, 6000)
    assert not wear.is_worn
    wear.note(1.0, 6001)
    assert wear.is_worn
    wear.loaded()
    assert wear.is_worn, "memory stays with the process"


def test_a_worker_that_has_done_its_share_is_replaced() -> None:
    wear = Wear(Policy(frames_per_worker=3))
    for done in (1, 2):
        wear.note(1.0, 0)
        assert not wear.is_worn, done
    wear.note(1.0, 0)
    assert wear.is_worn
    assert wear.frames == 3
