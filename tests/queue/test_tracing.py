"""What share of a worker's time lies between samplings."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from engine.queue.jobs import JobState
from engine.queue.protocol import FrameFinished
from engine.queue.tracing import Tracing
from tests.queue.supervised import plain_recipe, shop


def finished(between: float | None, sampled: float) -> FrameFinished:
    return FrameFinished(1, 0, 1.0, "", stages={"sample": sampled, "draw": 7.0}, between=between)


def test_it_is_the_share_of_the_last_frames_without_waiting_for_work() -> None:
    tracing = Tracing()
    assert tracing.between is None
    tracing.note(finished(None, 9))
    assert tracing.between is None, "a recipe's first frame says nothing"
    tracing.note(finished(1, 3))
    tracing.note(finished(3, 1))
    assert tracing.between == pytest.approx(0.5)
    tracing.waits()
    tracing.note(finished(3600, 1))
    assert tracing.between == pytest.approx(0.5), "there was no work"
    for _ in range(20):
        tracing.note(finished(1, 9))
    assert tracing.between == pytest.approx(0.1), "what is long ago counts no longer"


def test_a_worker_shows_it_once_it_has_done_frames(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with shop(tmp_path) as it:
            assert it.worker.between_samplings is None
            await it.until_state(it.add("a", 4, recipe=plain_recipe(316)), JobState.DONE)
            share = it.worker.between_samplings
            assert share is not None
            assert 0 < share < 1

    asyncio.run(scenario())
