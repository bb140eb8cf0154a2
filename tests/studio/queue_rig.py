"""The app at its Queue screen: beside a real engine, or told of jobs that exist in the test alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from textual.pilot import Pilot

from studio.app import StudioApp
from studio.screens.queue import QueueScreen
from tests.studio.screens import until

type QueueTest = Callable[[Pilot[None], QueueScreen], Awaitable[None]]

PATIENCE = 180.0


def run_queue(test: QueueTest, size: tuple[int, int] = (120, 40), **options: Any) -> None:
    """Run a test on an app that has heard of its engine, or of its absence."""

    async def run() -> None:
        app = StudioApp(start="queue", **options)
        async with app.run_test(size=size) as plain:
            pilot = cast("Pilot[None]", plain)
            await until(pilot, lambda: app.engine is not None, PATIENCE)
            await pilot.pause(0.3)
            await test(pilot, cast(QueueScreen, app.screen))

    asyncio.run(run())


def plain_job(number: int, state: str = "queued", **more: Any) -> dict[str, Any]:
    """A job as the engine tells of it."""
    job = {
        "id": number, "name": f"cups {number}", "recipe_name": "basic", "seed": number, "start": 0, "count": 5000,
        "root": f"/data/cups-{number}", "priority": 0, "position": number, "device": "auto", "state": state,
        "done": 0, "quarantined": 0, "leased": 0, "created_at": 0.0, "started_at": None, "ended_at": None,
        "message": "", "rate": None, "seconds_left": None, "devices": [],
    }  # fmt: skip
    return job | more


def plain_worker(number: int, **more: Any) -> dict[str, Any]:
    """A worker as the engine tells of it."""
    worker = {
        "id": f"gpu{number}", "name": f"gpu{number}", "state": "rendering", "device": "NVIDIA RTX 6000",
        "frame": 1234 + number, "job_id": 1, "samples": 128, "samples_done": 48, "resident_bytes": 2_100_000_000,
        "gpu_memory_used_bytes": 8_200_000_000, "gpu_memory_total_bytes": 48_000_000_000, "gpu_load_percent": 97,
        "gpu_temperature_celsius": 64, "trouble": "",
    }  # fmt: skip
    return worker | more
