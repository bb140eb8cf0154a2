"""The engine on a real Slurm of one node: nothing lost, nothing twice, and the pixels of a local run."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

pytest.importorskip("submitit", reason="submitit is not installed: dataset-studio[slurm]")

from engine.cluster.settings import SlurmSettings, cluster_settings
from engine.cluster.slurm_backend import SlurmBackend
from engine.cluster.slurm_states import list_jobs
from engine.errors import BadInput
from engine.queue.backend import Fate, Terms
from engine.queue.choice import Choice
from engine.queue.protocol import FrameProgress
from tests.cluster.slurms import Slurms
from tests.cluster.storms import ClusterStorm
from tests.cluster.test_contract import Hired

SETTINGS = """\
[slurm]
workers = 2
range = 8
time = 30
partition = "studio"
"""


@pytest.fixture
def settings(user_folders: Path) -> None:
    """A configuration as a user writes it."""
    folder = Path(os.environ["XDG_CONFIG_HOME"], "dataset-studio")
    folder.mkdir(parents=True)
    (folder / "cluster.toml").write_text(SETTINGS, encoding="utf-8")


def test_a_job_renders_in_array_tasks_as_it_does_here(slurms: Slurms, settings: None, user_folders: Path) -> None:
    storm = ClusterStorm(user_folders / "storm", Choice("slurm"), frames=24)
    seen: set[str] = set()
    verdict = storm.run_through([(4, lambda: seen.update(worker["standing"] for worker in storm.workers()))])
    assert verdict.sound, verdict
    assert any(text.startswith("Slurm ") and " RUNNING on " in text for text in seen), seen
    for made, local in storm.shards():
        assert made
        assert made == local


@pytest.mark.slow
@pytest.mark.long
def test_what_slurm_takes_away_is_no_fault_of_the_frame(slurm_backend: SlurmBackend, tmp_path: Path) -> None:
    worker = slurm_backend.start(slurm_backend.places()[0], Terms())
    hired = Hired(worker, tmp_path / "data")
    try:
        hired.prepare(samples=60_016)
        hired.render(0)
        hired.until(FrameProgress)
        job = worker.standing.split()[1]
        subprocess.run(["scancel", "--signal=KILL", "--full", job], check=True)
        hired.until_closed()
        worker.end()
        assert worker.fate is Fate.TAKEN
        assert job in worker.obituary()
    finally:
        worker.forget()
        hired.datasets.close()


@pytest.mark.slow
@pytest.mark.long
def test_a_task_that_still_waits_is_taken_back(slurm_backend: SlurmBackend, slurms: Slurms) -> None:
    slurms.drain()
    try:
        workers = [slurm_backend.start(place, Terms()) for place in slurm_backend.places()]
        deadline = time.monotonic() + 60
        while not all("PENDING" in worker.standing for worker in workers):
            assert time.monotonic() < deadline, [worker.standing for worker in workers]
            time.sleep(0.2)
        for worker in workers:
            worker.end()
            assert worker.fate is Fate.TAKEN
    finally:
        slurms.resume()


def test_a_job_that_slurm_does_not_take_says_why(slurms: Slurms, tmp_path: Path) -> None:
    backend = SlurmBackend(SlurmSettings(partition="nowhere"), tmp_path, "refused")
    worker = backend.start(backend.places()[0], Terms())
    try:
        Hired(worker, tmp_path / "data").until_closed()
        assert worker.fate is Fate.TAKEN
        assert "partition" in worker.obituary()
    finally:
        worker.forget()
        backend.close()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[slurm]\npartitoin = 'gpu'", "partitoin"),
        ("[slurm]\ntime = 'long'", "$.slurm.time"),
        ("[slurm]\nworkers = 0", "slurm.workers"),
        ("[slurm", "TOML"),
    ],
)
def test_settings_that_are_wrong_are_named(text: str, named: str, tmp_path: Path) -> None:
    file = tmp_path / "cluster.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as error:
        cluster_settings(file)
    assert str(file) in str(error.value)
    assert named in str(error.value)


@pytest.mark.slow
@pytest.mark.long
def test_a_task_whose_time_is_over_costs_no_frame(slurms: Slurms, settings: None, user_folders: Path) -> None:
    """One task at a time, of a minute, for two minutes of work: Slurm ends it in the middle of a frame."""
    text = SETTINGS.replace("workers = 2", "workers = 1").replace("time = 30", "time = 1")
    Path(os.environ["XDG_CONFIG_HOME"], "dataset-studio", "cluster.toml").write_text(text, encoding="utf-8")
    storm = ClusterStorm(user_folders / "storm", Choice("slurm"), frames=60, pace=2016)
    states: list[str] = []
    verdict = storm.run_through([(55, lambda: states.extend((list_jobs() or {}).values()))])
    print(f"60 frames in tasks of a minute: {verdict}; {states}")
    assert "TIMEOUT" in states
    assert verdict.sound, verdict
    with storm.engine.ledger() as ledger:
        assert [(frame.deaths, frame.raises) for frame in ledger.frames(1)] == [(0, 0)] * 60


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("renderer", "frames"), [("fake", 300), ("blender", 6)])
def test_a_killed_node_a_restarted_driver_a_hung_worker_and_preemption_cost_no_frame(
    slurms: Slurms, settings: None, user_folders: Path, renderer: str, frames: int
) -> None:
    pace = 216 if renderer == "fake" else 4
    storm = ClusterStorm(user_folders / "storm", Choice("slurm"), frames=frames, renderer=renderer, pace=pace)
    verdict = storm.run_through(
        [
            (frames // 6, slurms.kill_node),
            (frames // 3, storm.restart_driver),
            (frames // 2, storm.hang_a_worker),
            (frames * 2 // 3, slurms.preempt),
        ]
    )
    print(f"{frames} frames with {renderer}: {verdict}")
    assert verdict.sound, verdict
