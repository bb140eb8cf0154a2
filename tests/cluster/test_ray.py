"""The engine on a real Ray cluster: nothing lost, nothing twice, and the pixels of a local run."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

pytest.importorskip("ray", reason="Ray is not installed: dataset-studio[ray]")

from engine.cluster.ray_backend import RayBackend, places_of
from engine.cluster.ray_worker import RayWorker
from engine.dataset.models import model_path, stored_models
from engine.queue.backend import Terms
from engine.queue.choice import Choice
from engine.queue.protocol import FrameFinished
from tests.cluster.rays import Rays
from tests.cluster.storms import ClusterStorm
from tests.cluster.test_contract import Hired


def test_a_job_renders_on_the_nodes_of_a_cluster_as_it_does_here(rays: Rays, user_folders: Path) -> None:
    storm = ClusterStorm(user_folders / "storm", Choice("ray", rays.address), frames=24)
    seen: set[str] = set()
    verdict = storm.run_through([(2, lambda: seen.update(worker["node"] for worker in storm.workers()))])
    assert verdict.sound, verdict
    assert {"node-a", "node-b"} <= seen
    for made, local in storm.shards():
        assert made
        assert made == local


def test_frames_and_assets_travel_where_no_folder_is_shared(ray_backend: RayBackend, tmp_path: Path) -> None:
    worker = ray_backend.start(ray_backend.places()[0], Terms())
    assert isinstance(worker, RayWorker)
    hired = Hired(worker, tmp_path / "data")
    worker._is_shared[str(hired.root)] = False
    try:
        hired.prepare()
        hired.render(0, 1)
        assert [hired.until(FrameFinished).token for _ in range(2)] == [1000, 1001]
        assert hired.stored() == [0, 1]
        assert stored_models(hired.root) == {model_path(0)}
    finally:
        worker.forget()
        hired.datasets.close()


def test_each_gpu_has_a_place_and_without_any_each_node_has() -> None:
    def node(name: str, **resources: float) -> dict[str, object]:
        return {"NodeName": name, "NodeID": f"{name}000000", "Resources": resources}

    boxes = [node("b", CPU=8.0, GPU=2.0), node("a", CPU=4.0), node("c", GPU=1.0)]
    assert [(place.name, takes["num_gpus"]) for place, _, takes in places_of(boxes)] == [
        ("b/gpu0", 1.0), ("b/gpu1", 1.0), ("c/gpu0", 1.0),
    ]  # fmt: skip
    plain = [node("a", CPU=4.0), node("head"), node("a", CPU=2.0) | {"NodeID": "fedcba987"}]
    assert [(place.name, takes["num_cpus"]) for place, _, takes in places_of(plain)] == [
        ("a-a00000/cpu", 4.0), ("a-fedcba/cpu", 2.0),
    ]  # fmt: skip


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(("renderer", "frames"), [("fake", 300), ("blender", 6)])
def test_a_lost_node_a_restarted_driver_and_a_hung_worker_cost_no_frame(
    rays: Rays, user_folders: Path, renderer: str, frames: int
) -> None:
    rays.add("node-c")
    pace = 216 if renderer == "fake" else 4
    storm = ClusterStorm(
        user_folders / "storm", Choice("ray", rays.address), frames=frames, renderer=renderer, pace=pace
    )
    verdict = storm.run_through(
        [
            (frames // 6, lambda: rays.kill("node-c")),
            (frames // 3, storm.restart_driver),
            (frames // 2, storm.hang_a_worker),
        ]
    )
    print(f"{frames} frames with {renderer}: {verdict}")
    assert verdict.sound, verdict


@pytest.mark.slow
@pytest.mark.long
def test_nodes_come_and_go(rays: Rays, ray_backend: RayBackend) -> None:
    def until(there: bool) -> None:
        deadline = time.monotonic() + 120
        while any(place.node == "node-d" for place in ray_backend.places()) is not there:
            assert time.monotonic() < deadline
            time.sleep(0.5)

    rays.add("node-d")
    until(True)
    rays.kill("node-d")
    until(False)
