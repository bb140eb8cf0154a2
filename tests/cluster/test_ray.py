"""The engine on a real Ray cluster: nothing lost, nothing twice, and the pixels of a local run."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="Ray is not installed: dataset-studio[ray]")

from engine.cluster.ray_backend import RayBackend, places_of
from engine.cluster.ray_worker import RayWorker
from engine.dataset.models import model_path, stored_models
from engine.dataset.read import Dataset
from engine.export.base import make_exporter
from engine.export.run import export
from engine.queue.backend import Terms
from engine.queue.choice import Choice, keep_choice
from engine.queue.protocol import FrameFinished
from engine.recipe.load import recipe_from_plain, recipe_to_plain
from tests.cluster.rays import Rays
from tests.cluster.storms import ClusterStorm
from tests.cluster.test_contract import Hired
from tests.proof.clutter import write_models
from tests.queue.engines import REPOSITORY, Engine

_RECIPE = """
[[objects]]
model = "{models}/bracket.stl"
[[objects]]
model = "{models}/ring.ply"
[placement]
kind = "air"
[render]
resolution = [64, 48]
samples = 2
"""


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
def test_a_node_that_sees_none_of_the_folders_renders_the_same(user_folders: Path) -> None:
    """Blender on a node in whose mount namespace the models and the dataset are not."""
    allowed = subprocess.run(["unshare", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"], check=False)
    if allowed.returncode:
        pytest.skip("a mount namespace cannot be made here")
    home = user_folders / "home"
    write_models(home / "models")
    text = _RECIPE.format(models=home / "models")
    recipe = recipe_to_plain(recipe_from_plain(tomllib.loads(text), "far"))
    roots = {"ray": home / "far", "local": home / "here"}
    with Rays() as rays:
        rays.add("far", without=home)
        seen = Path(f"/proc/{rays.processes('far')[0]}/root{home}")
        assert list(seen.iterdir()) == []
        for name, choice in {"ray": Choice("ray", rays.address), "local": Choice()}.items():
            engine = Engine(user_folders / name, renderer="blender")
            keep_choice(engine.paths.folder, choice)
            with engine:
                job = engine.add(roots[name], 3, recipe=recipe, seed=5)
                done = engine.wait_until(job, "done", "failed", "paused", seconds=900)
                assert done["state"] == "done", done
                engine.stop()
        assert list(seen.iterdir()) == []
    far, here = (Dataset.open(root) for root in roots.values())
    assert [far.record(i).image.pixel_hash for i in range(3)] == [here.record(i).image.pixel_hash for i in range(3)]
    assert far.manifest.classes == here.manifest.classes
    assert far.manifest.classes[0].keypoints
    assert far.manifest.assets == here.manifest.assets
    assert {asset.path for asset in far.manifest.assets} >= {str(home / "models/bracket.stl")}
    shutil.rmtree(Path(os.environ["XDG_CACHE_HOME"]))
    for name, dataset in {"far": far, "here": here}.items():
        export(make_exporter("bop", {}), dataset, user_folders / f"bop-{name}")
    contents = [
        {file.relative_to(root): file.read_bytes() for file in (root / "models").iterdir()}
        for root in (user_folders / "bop-far", user_folders / "bop-here")
    ]
    assert len(contents[0]) == 3
    assert contents[0] == contents[1]


@pytest.mark.slow
@pytest.mark.long
def test_an_engine_starts_a_ray_of_its_own_whatever_runs_here(rays: Rays, user_folders: Path) -> None:
    """`--address local`, as a user says it, beside another cluster; it is stopped, restarted and killed."""

    def studio(*arguments: str) -> Any:
        command = [sys.executable, "-m", "studio", *arguments, "--json"]
        environment = {**os.environ, "STUDIO_RENDERER": "fake", "PYTHONPATH": str(REPOSITORY)}
        said = subprocess.run(
            command, env=environment, cwd=user_folders, capture_output=True, text=True, timeout=300, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr
        return json.loads(said.stdout)

    def job() -> Any:
        return studio("queue", "ls")[0]

    def until(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 300
        while not condition():
            assert time.monotonic() < deadline, studio("engine", "status")
            time.sleep(0.5)

    try:
        studio("engine", "start", "--backend", "ray", "--address", "local")
        small = ["--set", "render.resolution=[64, 48]", "--set", "render.samples=316"]
        studio("queue", "add", "basic", "--count", "60", "--out", str(user_folders / "data"), *small)
        until(lambda: job()["done"] >= 3)
        workers = studio("engine", "status")["workers"]
        assert len(workers) == 1
        assert not workers[0]["name"].startswith("node-")
        studio("engine", "restart")
        until(lambda: job()["done"] >= 25)
        os.kill(studio("engine", "status")["pid"], signal.SIGKILL)
        studio("engine", "start")
        until(lambda: job()["state"] == "done")
        assert Dataset.open(user_folders / "data").indices() == list(range(60))
    finally:
        studio("engine", "stop", "--now")


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
