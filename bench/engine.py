"""What the background engine costs and how soon it answers, on a real daemon with a million frames in 200 jobs.

    python bench/engine.py [--claims 100000] [--frames 1000000] [--jobs 200] [--blender] [--folder FOLDER]

Prints, with the goals: attaching and first snapshot, the list of jobs, claims and reports (beside what the disk takes
for a bare fsync), memory over many claims, processor time of an idle engine, how long after a crash of a worker the
next claim and the next frame come, how long a pause takes, and, with `--blender`, the same with Blender and what a warm
worker saves over one process for each frame. Without `--blender` workers paint instead of rendering.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402 - the repository is on the path only now
from bench.ledger import bare_sync, claims_and_reports, spread  # noqa: E402
from engine.queue.client import EngineClient  # noqa: E402
from engine.queue.door_messages import CancelJobs, ListJobs, PauseJobs, Snapshot, Workers  # noqa: E402
from engine.queue.jobs import NewJob  # noqa: E402
from engine.queue.ledger import Ledger  # noqa: E402
from engine.queue.local_backend import LocalBackend  # noqa: E402
from engine.queue.supervisor import Supervisor  # noqa: E402
from engine.queue.workplace import Place  # noqa: E402
from engine.recipe.load import load_recipe, recipe_to_plain  # noqa: E402
from tests.queue.big_ledger import fill_ledger, memory_of  # noqa: E402
from tests.queue.engines import Engine  # noqa: E402
from tests.queue.supervised import Heard  # noqa: E402

type Renderer = Literal["blender", "fake"]

ROUNDS = 5


def recipe(size: tuple[int, int] = (64, 48), samples: int = 1) -> dict[str, Any]:
    """The preset `basic`, small, with one object."""
    overrides = [f"render.resolution={list(size)}", f"render.samples={samples}", "objects[0].count=1"]
    return recipe_to_plain(load_recipe(presets.find("basic"), overrides))


def say(what: str, value: str, goal: str = "") -> None:
    print(f"{what:<44}{value:>24}{'   goal ' + goal if goal else ''}", flush=True)


def milliseconds(seconds: list[float]) -> str:
    """Median and worst."""
    return f"{statistics.median(seconds) * 1e3:.1f} ms (worst {max(seconds) * 1e3:.1f})"


def until(condition: Callable[[], Any], seconds: float = 600.0) -> float:
    """Wait for a condition; returns how long it took."""
    began = time.perf_counter()
    while not condition():
        if time.perf_counter() - began > seconds:
            raise SystemExit("in vain: the engine did not come to it; see its log")
        time.sleep(0.001)
    return time.perf_counter() - began


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def answers(engine: Engine) -> None:
    """How soon clients get what they ask for."""
    attached, listed = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with EngineClient.connect(engine.paths.socket) as client, client.subscribe() as changes:
            first = changes.wait(60)
            attached.append(time.perf_counter() - began)
            assert isinstance(first, Snapshot)
            began = time.perf_counter()
            client.request(ListJobs())
            listed.append(time.perf_counter() - began)
    say("attach and first snapshot", milliseconds(attached), "300 ms")
    say("list of jobs", milliseconds(listed), "300 ms")


def idle_cost(engine: Engine, seconds: float = 10.0) -> None:
    assert engine.process is not None
    pid = engine.process.pid
    before = processor_seconds(pid)
    time.sleep(seconds)
    say(f"processor time in {seconds:.0f} s of idleness", f"{(processor_seconds(pid) - before) * 1e3:.0f} ms")


def crash_to_claim(engine: Engine, client: EngineClient, folder: Path, name: str) -> None:
    """From SIGKILL of a worker in the middle of a frame to the next claim, and to the next frame in work."""
    engine.add(folder / f"crash-{name}", 10_000, recipe=recipe(samples=16 + 2000 if name == "fake" else 3000))

    def rendering() -> dict[str, Any] | None:
        worker: dict[str, Any] = client.request(Workers())[0]
        return worker if worker["frame"] is not None else None

    claims, frames = [], []
    for _ in range(ROUNDS):
        until(rendering)
        worker = rendering()
        if worker is None:
            continue
        os.kill(worker["pid"], signal.SIGKILL)
        began = time.perf_counter()
        until(lambda old=worker["pid"]: client.request(Workers())[0]["pid"] not in (old, None))
        claims.append(time.perf_counter() - began)
        until(rendering)
        frames.append(time.perf_counter() - began)
    say(f"crash to next claim ({name})", milliseconds(claims), "2 s")
    say(f"crash to next frame ({name})", milliseconds(frames))
    pause(client, f"crash-{name}", name, rendering)


def pause(client: EngineClient, job: str, name: str, rendering: Callable[[], Any]) -> None:
    """From the request to a frame that is given back, its worker alive."""
    until(rendering)
    began = time.perf_counter()
    client.request(PauseJobs((job,)))
    until(lambda: not next(one["leased"] for one in client.request(ListJobs()) if one["name"] == job))
    say(f"pause of a frame ({name})", milliseconds([time.perf_counter() - began]))
    client.request(CancelJobs((job,)))


def memory_over_claims(engine: Engine, client: EngineClient, folder: Path, claims: int) -> None:
    """All frames of these jobs raise errors, so each is claimed three times and then given up."""
    assert engine.process is not None
    each = min(2000, max(1, claims // 30))
    seen, done = [], 0
    began = time.perf_counter()
    while done < claims:
        engine.add(folder / f"claims{done}", each, recipe=recipe((16, 16)))
        until(lambda: client.request(ListJobs())[-1]["state"] == "failed" or time.sleep(0.2), 3600)
        done += 3 * each
        seen.append(memory_of(engine.process.pid))
    say(f"claims through the engine ({done:,})", f"{done / (time.perf_counter() - began):.0f} a second")
    marks = [seen[0], seen[len(seen) // 2], seen[-1]]
    say(
        "memory: first, middle, last, most", " ".join(f"{mb:.1f}" for mb in [*marks, max(seen)]) + " MB", "150 MB, flat"
    )


def warm_against_cold(folder: Path, frames: int = 4) -> None:
    """Frames a minute of one worker that stays, and of one process for each frame."""

    def run(name: str, start: int, count: int) -> float:
        async def scenario() -> float:
            with Ledger(":memory:") as ledger:
                supervisor = Supervisor(ledger, LocalBackend((Place("local"),)), Heard())
                where = {"root": str(folder / name), "start": start, "count": count}
                ledger.add_job(NewJob(name=name, recipe=recipe(), recipe_name="basic", seed=0, **where))
                running = asyncio.create_task(supervisor.run())
                began = time.perf_counter()
                while ledger.job(1).done < count:
                    await asyncio.sleep(0.005)
                taken = time.perf_counter() - began
                supervisor.stop()
                await running
                return taken

        return asyncio.run(scenario())

    warm = run("warm", 0, frames)
    cold = sum(run("cold", index, 1) for index in range(frames))
    say(f"{frames} frames, one worker (with its start)", f"{60 * frames / warm:.1f} a minute")
    say(f"{frames} frames, one process each", f"{60 * frames / cold:.1f} a minute")
    say("saved by staying warm", f"{(cold - warm) / (frames - 1):.2f} s a frame")


def measure(folder: Path, arguments: argparse.Namespace) -> None:
    """Fill a ledger, start an engine with it, and print everything."""
    renderer: Renderer = "blender" if arguments.blender else "fake"
    raising = Engine(folder / "raising", faults=[{"at": "render", "do": "raise"}])
    raising.paths.folder.mkdir(parents=True)
    fill_ledger(raising.paths.ledger, recipe(), jobs=arguments.jobs, frames=arguments.frames)
    began = time.perf_counter()
    with raising, raising.client() as client:
        say("start of the engine until it answers", f"{time.perf_counter() - began:.2f} s")
        answers(raising)
        idle_cost(raising)
        memory_over_claims(raising, client, folder, arguments.claims)
        answers(raising)
        raising.stop()
    with Ledger(raising.paths.ledger) as ledger:
        for job in ledger.jobs():
            if job.state == "paused":
                ledger.resume(job.id)
        claims, reports = claims_and_reports(ledger, 1000)
    say("claim, with its sync", spread(claims), "5 ms")
    say("report, with its sync", spread(reports))
    say("bare fsync of this disk", spread(bare_sync(folder, 300)))
    for name in dict.fromkeys(("fake", renderer)):
        with Engine(folder / f"state-{name}", renderer=name) as engine, engine.client() as client:
            crash_to_claim(engine, client, folder, name)
            engine.stop()
    if arguments.blender:
        warm_against_cold(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=100_000)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--blender", action="store_true", help="measure with Blender too")
    parser.add_argument("--folder", type=Path, help="where to write; decides which disk is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure(Path(folder), arguments)


if __name__ == "__main__":
    main()
