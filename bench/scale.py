"""Where one engine comes to its limits: the real ledger, supervisor and door, with workers that only say they rendered.

    python bench/scale.py [--frames 10000000] [--workers 1 10 100 1000] [--offered 50 500] [--seconds 10]
                          [--folder FOLDER]

The ledger is filled with frames that are done, by SQL, being preparation. Then a daemon of its own process works on
another job with each number of workers, time compressed: frames take as long as makes the workers ask for so many
frames a second together, `--offered`. Workers are simulated in the daemon's process, so that its processor time is an
upper bound; frames are not written, and the look for them in the dataset's folder when a worker loads a recipe is
measured apart. Printed are frames (a claim and a report each) a second, processor and memory of the daemon, and how
long a client waits for the state of all jobs and workers; at the end what that means for frames of some seconds.
`--folder` names the disk that is measured.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import itertools
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

import presets  # noqa: E402 - the repository is on the path only now
from bench.ledger import bare_sync, timed  # noqa: E402
from engine.dataset.manifest import ClassEntry  # noqa: E402
from engine.errors import EngineDown  # noqa: E402
from engine.queue import datasets  # noqa: E402
from engine.queue.backend import Fate, Terms, Worker  # noqa: E402
from engine.queue.client import EngineClient  # noqa: E402
from engine.queue.door import Door  # noqa: E402
from engine.queue.door_messages import CancelJobs, ListJobs, ShowJob, Workers  # noqa: E402
from engine.queue.jobs import NewJob  # noqa: E402
from engine.queue.ledger import Ledger  # noqa: E402
from engine.queue.lifecycle import EnginePaths  # noqa: E402
from engine.queue.message import Message  # noqa: E402
from engine.queue.protocol import (  # noqa: E402
    HEARTBEAT_SECONDS,
    ChannelClosed,
    FrameFinished,
    FrameProgress,
    FrameRendered,
    FrameStarted,
    FromWorker,
    Heartbeat,
    Prepare,
    Ready,
    RenderFrame,
)
from engine.queue.service import Service  # noqa: E402
from engine.queue.workplace import Place  # noqa: E402
from engine.recipe.load import load_recipe, recipe_to_plain  # noqa: E402
from tests.queue.big_ledger import memory_of  # noqa: E402

JOBS = 100
"""That are done, beside the one that is worked on."""
_READY = Ready(
    device="simulated",
    device_type="CPU",
    blender_version="none",
    classes=(ClassEntry(1, "cup"),),
    assets=(),
    warnings=(),
)


class Clock:
    """Says things later, for all simulated workers: one thread and a heap."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()
        self._more = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def at(self, when: float, what: Callable[[], None]) -> None:
        with self._more:
            heapq.heappush(self._heap, (when, next(self._numbers), what))
            self._more.notify()

    def _run(self) -> None:
        while True:
            with self._more:
                while not self._heap or self._heap[0][0] > time.monotonic():
                    self._more.wait(self._heap[0][0] - time.monotonic() if self._heap else None)
                _, _, what = heapq.heappop(self._heap)
            what()


class SimulatedWorker:
    """Renders nothing, and says what a worker says; see `engine.queue.backend.Worker`."""

    pid = None
    node = "nowhere"
    standing = ""
    fate = Fate.OWN

    def __init__(self, clock: Clock, seconds: float, number: int) -> None:
        self._clock = clock
        self._seconds = seconds
        # Not all at the same time: spread evenly over a frame's time.
        self._free_at = time.monotonic() + seconds * (number * 0.618034 % 1)
        self._said: queue.SimpleQueue[FromWorker | None] = queue.SimpleQueue()
        self._ended = False
        self._beat()

    def _beat(self) -> None:
        if not self._ended:
            self._said.put(Heartbeat(400_000_000))
            self._clock.at(time.monotonic() + HEARTBEAT_SECONDS, self._beat)

    def send(self, message: Message) -> None:
        if isinstance(message, Prepare):
            self._said.put(_READY)
        elif isinstance(message, RenderFrame):
            begins = max(time.monotonic(), self._free_at)
            self._free_at = begins + self._seconds
            token = message.token
            self._clock.at(begins, lambda: self._said.put(FrameStarted(token)))
            self._clock.at(self._free_at, lambda: self._finish(token))

    def _finish(self, token: int) -> None:
        self._said.put(FrameProgress(token, 16, 16))
        self._said.put(FrameRendered(token))
        self._said.put(FrameFinished(token, 0, self._seconds, f"{token:032x}"))

    def receive(self, timeout: float | None = None) -> FromWorker | None:
        report = self._said.get()
        if report is None:
            raise ChannelClosed("the end")
        return report

    def obituary(self) -> str:
        return "it was simulated"

    def last_words(self) -> str:
        return "simulated"

    def bound_log(self) -> None: ...

    def ask_where(self) -> None: ...

    def end(self) -> None:
        self._ended = True
        self._said.put(None)

    def forget(self) -> None:
        self.end()


class SimulatedBackend:
    """So many places on machines that do not exist; see `engine.queue.backend.Backend`."""

    name = "simulated"
    look_seconds: float | None = None
    is_remote = True

    def __init__(self, workers: int, seconds: float) -> None:
        self._workers = workers
        self._seconds = seconds
        self._clock = Clock()

    def places(self) -> tuple[Place, ...]:
        return tuple(Place(f"node{number}") for number in range(self._workers))

    def start(self, place: Place, terms: Terms) -> Worker:
        return SimulatedWorker(self._clock, self._seconds, int(place.name.removeprefix("node")))

    def reclaim(self) -> None: ...

    def close(self) -> None: ...


def serve(folder: Path, workers: int, seconds: float) -> None:
    """The daemon: what engine.queue.daemon does, with simulated workers."""
    # Their frames are on no disk, and would be taken for vanished ones.
    datasets.agree_with_disk = lambda ledger, job: 0

    async def run() -> None:
        paths = EnginePaths(folder)
        service = Service(paths, SimulatedBackend(workers, seconds), renderer="fake")
        door = Door(paths.socket, service)
        service.publish = door.publish
        service.is_watched = lambda: door.subscribers > 0
        await door.open()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: service.stop(now=True))
        await service.supervisor.run()
        await door.close()
        service.close()

    asyncio.run(run())


def fill(path: Path, frames: int, recipe: dict[str, Any], root: Path) -> None:
    """A ledger with so many frames that are done, in `JOBS` jobs."""
    each = frames // JOBS
    with Ledger(path) as ledger:
        for number in range(JOBS):
            where = {"seed": number, "count": each, "root": str(root / f"done{number}")}
            ledger.add_job(NewJob(name=f"job {number}", recipe=recipe, recipe_name="basic", **where))
        for job in ledger.jobs():
            with ledger.together():
                ledger._db.execute(
                    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?) "
                    "INSERT INTO frames (job_id, idx, state, pixel_hash, seconds) "
                    "SELECT ?, i, 'done', lower(hex(randomblob(16))), 1.5 FROM n",
                    (each, job.id),
                )
                ledger._db.execute(
                    "UPDATE jobs SET done = ?, cursor = ?, state = 'done', started_at = 1, ended_at = 2 WHERE id = ?",
                    (each, each, job.id),
                )


def connect(paths: EnginePaths, process: subprocess.Popen[bytes]) -> EngineClient:
    """A client, as soon as the daemon answers."""
    while True:
        try:
            return EngineClient.connect(paths.socket, timeout=60.0)
        except EngineDown:
            if process.poll() is not None:
                raise
            time.sleep(0.1)


def processor_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(folder: Path, workers: int, offered: float, watched: float, root: Path) -> float:
    """Work with so many workers for a while, and print it; returns frames a second."""
    paths = EnginePaths(folder)
    command = [sys.executable, __file__, "--serve", str(folder), "--workers", str(workers)]
    began = time.perf_counter()
    process = subprocess.Popen([*command, "--frame-seconds", str(workers / offered)])
    try:
        with connect(paths, process) as client:
            opened = time.perf_counter() - began
            job = _add(client, root / f"live-{workers}-{offered}")
            _until(lambda: client.request(ShowJob(job))["done"] >= workers, 600)
            before, cpu_before, at = (
                client.request(ShowJob(job))["done"],
                processor_seconds(process.pid),
                time.monotonic(),
            )
            time.sleep(watched)
            after, cpu, seconds = (
                client.request(ShowJob(job))["done"],
                processor_seconds(process.pid) - cpu_before,
                time.monotonic() - at,
            )
            snapshot, _ = timed(lambda: (client.request(ListJobs()), client.request(Workers())))
            rate = (after - before) / seconds
            print(
                f"{workers:6d} {rate:10.0f} {offered:10.0f} {100 * cpu / seconds:9.0f} % "
                f"{memory_of(process.pid):8.0f} MB {snapshot * 1e3:9.1f} ms {opened:8.1f} s",
                flush=True,
            )
            client.request(CancelJobs((job,)))
    except EngineDown:
        print(f"{workers:6d} {'–':>10s} {offered:10.0f}   no answer to a client within a minute", flush=True)
        return 0.0
    finally:
        # What is lost by that is measured elsewhere: bench/kill_storm.py.
        process.kill()
        process.wait()
    return rate


def _add(client: EngineClient, root: Path) -> str:
    from engine.queue.door_messages import AddJob

    plain = recipe()
    job = client.request(
        AddJob(recipe=plain, recipe_name="basic", name=root.name, seed=0, start=0, count=100_000_000, root=str(root))
    )
    return str(job["id"])


def _until(condition: Callable[[], object], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.2)


def recipe() -> dict[str, Any]:
    """The preset `basic`."""
    return recipe_to_plain(load_recipe(presets.find("basic")))


def report(folder: Path, options: argparse.Namespace) -> None:
    """Fill, measure, print."""
    paths = EnginePaths(folder / "engine")
    paths.folder.mkdir()
    seconds, _ = timed(lambda: fill(paths.ledger, options.frames, recipe(), folder))
    size = paths.ledger.stat().st_size
    print(f"{options.frames:,} frames that are done, in {JOBS} jobs: filled in {seconds:.0f} s")
    print(f"ledger                   {size / 1e9:8.2f} GB, {size / options.frames:.0f} bytes a frame")
    syncs = bare_sync(folder, 300)
    print(f"bare write and fsync     {len(syncs) / sum(syncs):8.0f} a second on this disk")
    opening, ledger = timed(lambda: Ledger(paths.ledger))
    with ledger:
        print(f"open                     {opening * 1e3:8.1f} ms")
        print(f"all jobs                 {timed(ledger.jobs)[0] * 1e3:8.1f} ms")
        job = ledger.jobs()[0]
        listing, _ = timed(lambda: sum(1 for _ in ledger.done_frames(job.id)))
        print(f"{job.count:,} frames of a job listed: {listing:.2f} s")
        print(f"backup                   {timed(lambda: ledger.backup(folder / 'backup.db'))[0]:8.1f} s")
    (folder / "backup.db").unlink()
    print("\nworkers   frames/s    offered   processor     memory     state in  ready in")
    rates = [
        measure(paths.folder, workers, offered, options.seconds, folder)
        for offered in options.offered
        for workers in options.workers
    ]
    best = max(rates)
    print(f"\nAt most {best:,.0f} frames a second, {best * 86400:,.0f} a day. It keeps busy, without waiting:")
    for seconds_a_frame in (1, 10, 60):
        print(f"  {best * seconds_a_frame:10,.0f} workers whose frames take {seconds_a_frame} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=10_000_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--offered", type=float, nargs="+", default=[50.0, 500.0])
    parser.add_argument("--frame-seconds", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured; a temporary folder by default")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.workers[0], options.frame_seconds)
        return
    with tempfile.TemporaryDirectory(prefix="scale-", dir=options.folder) as folder:
        report(Path(folder), options)


if __name__ == "__main__":
    main()
