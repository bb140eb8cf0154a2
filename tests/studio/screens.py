"""Running the app in a test."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import cast

from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from studio.app import StudioApp
from studio.screens.inspect import InspectScreen

type Test = Callable[[Pilot[None], InspectScreen], Awaitable[None]]


async def settle(pilot: Pilot[None]) -> None:
    """Wait until every thread has reported and the screen shows it."""
    for _ in range(4):
        with suppress(WorkerCancelled):  # work that newer work has taken the place of
            await pilot.app.workers.wait_for_complete()
        await pilot.pause()


async def until(pilot: Pilot[None], condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for something that another thread brings about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await pilot.pause(0.05)


def inspect_screen(app: StudioApp) -> InspectScreen:
    """The screen that shows a dataset."""
    return next(screen for screen in app.screen_stack if isinstance(screen, InspectScreen))


def run_app(app: StudioApp, test: Test, size: tuple[int, int] = (80, 24)) -> None:
    """Run a test on an app that opens a dataset."""

    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await settle(cast("Pilot[None]", pilot))
            await test(cast("Pilot[None]", pilot), inspect_screen(app))

    asyncio.run(run())
