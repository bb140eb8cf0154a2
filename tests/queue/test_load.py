"""The engine with very many frames in 200 jobs and 50 clients that listen, one of which does not read.

The gate has a tenth of it: a hundred thousand frames and a thousand claims.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import presets
from engine.queue.client import ChangeStream, EngineClient
from engine.queue.door_messages import EngineStatus, JobChanged, ListJobs, Snapshot
from engine.recipe.load import load_recipe, recipe_to_plain
from tests.queue.big_ledger import fill_ledger, memory_of
from tests.queue.engines import Engine

pytestmark = pytest.mark.slow

MOST_MEMORY = 150.0
"""MB."""
MOST_GROWTH = 6.0
"""MB over the claims below: buffers that reach their size late, and no more."""
CLIENTS = 50


@dataclass(frozen=True)
class Load:
    """How much there is to do."""

    frames: int
    """In the ledger."""
    given_up: int
    """Of a new job; each is claimed three times."""
    jobs: int
    """New ones, one after the other."""


LOADS = [
    pytest.param(Load(100_000, 120, 3), id="gate"),
    pytest.param(Load(1_000_000, 500, 7), id="whole", marks=pytest.mark.long),
]


def tiny_recipe() -> dict[str, Any]:
    """One object at 16x16: as little as a frame can be."""
    overrides = ["render.resolution=[16, 16]", "render.samples=1", "objects[0].count=1"]
    return recipe_to_plain(load_recipe(presets.find("basic"), overrides))


@pytest.fixture(scope="module", params=LOADS)
def load(request: pytest.FixtureRequest) -> Load:
    amount: Load = request.param
    return amount


@pytest.fixture(scope="module")
def ledger_file(load: Load, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("months") / "ledger.db"
    fill_ledger(path, tiny_recipe(), frames=load.frames)
    return path


@pytest.fixture
def engine(ledger_file: Path) -> Iterator[Engine]:
    """A real engine with that ledger, all of whose frames raise errors: claims cost little but themselves."""
    memory_disk = Path("/dev/shm")
    # Where there is one, in memory: how long a disk takes to sync is not the question here.
    with tempfile.TemporaryDirectory(prefix="ds-", dir=memory_disk if memory_disk.is_dir() else None) as home:
        engine = Engine(Path(home), faults=[{"at": "render", "do": "raise"}])
        engine.paths.folder.mkdir(parents=True)
        shutil.copy(ledger_file, engine.paths.ledger)
        with engine:
            yield engine


class Listener:
    """A client that hears of changes in a thread of its own."""

    def __init__(self, stream: ChangeStream) -> None:
        self.stream = stream
        self.jobs: dict[int, dict[str, Any]] = {}
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        for change in self.stream:
            if isinstance(change, Snapshot):
                self.jobs = {job["id"]: job for job in change.jobs}
            elif isinstance(change, JobChanged):
                self.jobs[change.job["id"]] = change.job


def test_very_many_frames_start_show_and_list(engine: Engine, load: Load) -> None:
    with engine.client() as client:
        with client.subscribe() as changes:
            first = changes.wait(60)
        jobs = client.request(ListJobs())
        status = client.request(EngineStatus())
    assert isinstance(first, Snapshot)
    for seen in (first.jobs, jobs):
        assert len(seen) == 200
        assert sum(job["count"] for job in seen) == load.frames
        assert sum(job["done"] for job in seen) == load.frames * 95 // 100
    assert status["jobs"]["paused"] == status["jobs"]["done"] == 100
    memory = memory_of(status["pid"])
    print(f"memory after the start: {memory:.1f} MB")
    assert memory < MOST_MEMORY


def render_in_vain(engine: Engine, client: EngineClient, root: Path, count: int) -> int:
    """Add a job and wait until all its frames are given up, after three claims each; returns its id."""
    job_id = engine.add(root, count, recipe=tiny_recipe())
    while client.request(ListJobs())[-1]["state"] != "failed":
        time.sleep(0.2)
    return job_id


def test_fifty_listeners_and_thousands_of_claims_leave_memory_flat(engine: Engine, load: Load, tmp_path: Path) -> None:
    memory: list[float] = []
    with engine.client() as client:
        pid = client.request(EngineStatus())["pid"]
        with ExitStack() as stack:
            streams = []
            for _ in range(CLIENTS):
                one = stack.enter_context(EngineClient.connect(engine.paths.socket))
                streams.append(stack.enter_context(one.subscribe()))
            # The last one never reads.
            listeners = [Listener(stream) for stream in streams[:-1]]
            job_id = render_in_vain(engine, client, tmp_path / "heard", load.given_up)
            memory.append(memory_of(pid))
            deadline = time.monotonic() + 60
            while not all(one.jobs.get(job_id, {}).get("state") == "failed" for one in listeners):
                assert time.monotonic() < deadline, "somebody did not hear how the job ended"
                time.sleep(0.05)
        for number in range(1, load.jobs):
            render_in_vain(engine, client, tmp_path / f"unheard{number}", load.given_up)
            memory.append(memory_of(pid))
    print(f"memory after each {3 * load.given_up} claims: " + " ".join(f"{mb:.1f}" for mb in memory) + " MB")
    assert max(memory) < MOST_MEMORY
    assert max(memory) - memory[0] < MOST_GROWTH, memory
