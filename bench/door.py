"""What talking to the engine costs: round trips, changes to many subscribers, memory.

    python bench/door.py [--requests 5000] [--subscribers 50] [--changes 20000] [--jobs 200]

The door and its clients are processes of their own, as in use. One subscriber never reads. Memory is that of the door's
process, which holds nothing but the door and its jobs as maps.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from engine.queue.client import ChangeStream, EngineClient  # noqa: E402 - the repository is on the path only now
from engine.queue.client_line import Line  # noqa: E402
from engine.queue.door import Door  # noqa: E402
from engine.queue.door_messages import (  # noqa: E402
    AnyRequest,
    Ask,
    EngineChanged,
    EngineStatus,
    JobChanged,
    JobLog,
    ListJobs,
    Snapshot,
    Subscribe,
    encode,
)
from engine.queue.framing import frame  # noqa: E402

CHANGES_A_TURN = 20


class Jobs:
    """As many jobs as asked for; `JobLog` makes the door publish as many changes as it asks for lines."""

    def __init__(self, jobs: int) -> None:
        self.jobs = [_job(number) for number in range(1, jobs + 1)]
        self.door: Door

    async def handle(self, request: AnyRequest) -> Any:
        """Answer the few requests that are measured."""
        match request:
            case ListJobs():
                return self.jobs
            case JobLog(_, lines):
                return await self._publish(lines)
        return {"state": "rendering", "memory": _memory("VmRSS"), "peak": _memory("VmHWM")}

    def snapshot(self) -> Snapshot:
        """All jobs."""
        return Snapshot(self.jobs, [], {"state": "rendering"})

    async def _publish(self, changes: int) -> float:
        start = time.perf_counter()
        for number in range(changes):
            job = self.jobs[number % len(self.jobs)]
            job["done"] += 1
            self.door.publish(JobChanged(job))
            if number % CHANGES_A_TURN == 0:
                await asyncio.sleep(0)
        self.door.publish(EngineChanged("over", ""))
        return time.perf_counter() - start


def _job(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"cups-{number}",
        "recipe_name": "basic",
        "seed": 7,
        "start": 0,
        "count": 5000,
        "root": f"/home/somebody/datasets/cups-{number}",
        "priority": 0,
        "position": number,
        "device": "auto",
        "state": "rendering",
        "done": 0,
        "quarantined": 0,
        "leased": 1,
        "created_at": 1.7e9,
        "started_at": 1.7e9,
        "ended_at": None,
        "message": "",
    }


def _memory(field: str) -> float:
    """Of this process, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0


def _engine(path: Path, jobs: int, ready: Any) -> None:
    async def live() -> None:
        handler = Jobs(jobs)
        handler.door = Door(path, handler)
        await handler.door.open()
        ready.set()
        await asyncio.Event().wait()

    asyncio.run(live())


def _round_trips(client: EngineClient, requests: int) -> list[float]:
    times = []
    for _ in range(requests):
        start = time.perf_counter()
        client.request(EngineStatus())
        times.append(time.perf_counter() - start)
    return times


def _listeners(path: Path, count: int, ready: Any, results: Any) -> None:
    """A process with `count` subscribers, each in a thread: says how many changes came, and when the last did."""
    client = EngineClient.connect(path)
    streams = [client.subscribe() for _ in range(count)]
    received = [0] * count

    def listen(number: int, stream: ChangeStream) -> None:
        for change in stream:
            received[number] += 1
            if isinstance(change, EngineChanged):
                return

    threads = [threading.Thread(target=listen, args=item) for item in enumerate(streams)]
    for thread in threads:
        thread.start()
    ready.release()
    for thread in threads:
        thread.join()
    results.put((time.perf_counter(), received))


def _measure(path: Path, options: argparse.Namespace) -> None:
    with EngineClient.connect(path) as client:
        start = client.request(EngineStatus())
        _round_trips(client, 200)
        times = sorted(_round_trips(client, options.requests))
        print(
            f"round trip           p50 {statistics.median(times) * 1e6:.0f} us, p99 {_percentile(times, 0.99):.0f} us"
        )
        attach = sorted(_attach(path) for _ in range(50))
        print(f"connect to snapshot  p50 {statistics.median(attach) * 1e3:.1f} ms, {options.jobs} jobs")
        _measure_changes(path, client, options)
        end = client.request(EngineStatus())
    print(
        f"memory of the door   {start['memory']:.1f} MB before, {end['memory']:.1f} MB after, {end['peak']:.1f} MB peak"
    )
    print(f"load of the machine  {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _percentile(times: list[float], share: float) -> float:
    return times[int(len(times) * share)] * 1e6


def _attach(path: Path) -> float:
    start = time.perf_counter()
    with EngineClient.connect(path) as client, client.subscribe() as changes:
        changes.wait()
        return time.perf_counter() - start


def _measure_changes(path: Path, client: EngineClient, options: argparse.Namespace) -> None:
    processes = 2
    shares = [(options.subscribers - 1 + number) // processes for number in range(processes)]
    ready, results = multiprocessing.Semaphore(0), multiprocessing.Queue()
    listeners = [multiprocessing.Process(target=_listeners, args=(path, n, ready, results)) for n in shares]
    for listener in listeners:
        listener.start()
    sleeper = Line.dial(path, 5)
    sleeper.send(frame(encode(Ask(0, msgspec.Raw(encode(Subscribe()))))))
    for _ in listeners:
        ready.acquire()
    start = time.perf_counter()
    published = client.request(JobLog("", options.changes), timeout=None)
    ended, received = zip(*(results.get() for _ in listeners), strict=True)
    for listener in listeners:
        listener.join()
    sleeper.close()
    counts = [count for share in received for count in share]
    took = max(ended) - start
    print(f"published            {options.changes / published:,.0f} changes/s to {len(counts)} readers and one sleeper")
    print(f"                     {sum(counts) / took:,.0f} messages/s arrived, {took:.2f} s to the last one")
    print(
        f"                     {min(counts):,} to {max(counts):,} of {options.changes:,} at a reader; others collapsed"
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--subscribers", type=int, default=50)
    parser.add_argument("--changes", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=200)
    options = parser.parse_args(arguments)
    multiprocessing.set_start_method("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "engine", "door.sock")
        ready = multiprocessing.Event()
        engine = multiprocessing.Process(target=_engine, args=(path, options.jobs, ready), daemon=True)
        engine.start()
        ready.wait(30)
        try:
            _measure(path, options)
        finally:
            engine.terminate()
            engine.join()


if __name__ == "__main__":
    main()
