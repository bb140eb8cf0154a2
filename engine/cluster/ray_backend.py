"""Workers on a Ray cluster: one actor for each GPU, or one for each machine where there are none.

The ledger stays with the engine, which is Ray's driver; Ray starts actors, restarts them when their process dies, and
carries calls. It retries no call, so that nothing is done twice behind the ledger's back.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from engine.cluster.assets import Digests, asset_files
from engine.cluster.ray_worker import RayWorker
from engine.cluster.station import FENCE_SECONDS, Station
from engine.errors import Failure
from engine.queue.backend import Terms, Worker
from engine.queue.workplace import Place

log = logging.getLogger(__name__)

LINGER_SECONDS = 60.0
"""How long an actor without a worker keeps its GPU."""


class RayBackend:
    """See `engine.queue.backend.Backend`."""

    name = "ray"
    look_seconds: float | None = 3.0
    is_remote = True

    def __init__(self, address: str, engine: str, *, fence: float = FENCE_SECONDS) -> None:
        """Connect to the cluster at `address` (`local` starts one on this machine). `engine` is a name that no other
        engine has.

        Raises:
            Failure: there is no such cluster.
        """
        self._engine = engine
        self._fence = fence
        self._digests = Digests()
        self._stands: dict[str, _Stand] = {}
        self._nodes: dict[str, tuple[str, dict[str, float]]] = {}
        """By place, the id of its node in Ray and what its actor takes of it."""
        self._lock = threading.Lock()
        self._places: tuple[Place, ...] = ()
        try:
            ray.init(
                address=address,
                namespace="dataset-studio",
                include_dashboard=False if address == "local" else None,
                configure_logging=False,
                log_to_driver=False,
            )
        except (ConnectionError, OSError, RuntimeError, ValueError) as error:
            text = str(error).strip().splitlines()[0]
            raise Failure(
                f"The Ray cluster at {address} cannot be reached: {text} `ray status` there tells whether it runs; "
                "`studio engine start --backend local` goes on without it."
            ) from None
        self.address: str = ray.get_runtime_context().gcs_address

    def places(self) -> tuple[Place, ...]:
        """See `Backend`."""
        try:
            nodes = [node for node in ray.nodes() if node["Alive"]]
        except RayError as error:
            log.warning("Ray does not tell its nodes: %s", error)
            return self._places
        found = places_of(nodes)
        with self._lock:
            self._nodes = {place.name: (node, takes) for place, node, takes in found}
            for stand in list(self._stands.values()):
                if stand.place not in self._nodes or stand.is_idle:
                    stand.abandon()
        self._places = tuple(place for place, _, _ in found)
        return self._places

    def start(self, place: Place, terms: Terms) -> Worker:
        """See `Backend`."""
        ours = {name: value for name, value in os.environ.items() if name.startswith("STUDIO_")}
        with self._lock:
            stand = self._stands.get(place.name)
            if stand is None:
                stand = self._stands[place.name] = _Stand(self, place)
            stand.idle_since = None
        return RayWorker(stand, ours | place.environment, terms.nice)

    def reclaim(self) -> None:
        """Wait until the stations of an earlier engine have ended their workers, which they do when nobody asks them
        for reports."""
        log.info("waiting %.0f s for workers of an earlier engine to have ended", self._fence)
        time.sleep(self._fence + 1.0)

    def close(self) -> None:
        """See `Backend`."""
        for stand in list(self._stands.values()):
            stand.abandon()
        ray.shutdown()

    def make_actor(self, place: str) -> Any:
        """A new actor for a place, on its node, with what it takes of it."""
        node, takes = self._nodes[place]
        kind = ray.remote(
            max_restarts=-1,
            max_task_retries=0,
            concurrency_groups={"orders": 1, "reports": 1, "care": 2},
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
            **takes,
        )(Station)
        return kind.remote(f"{self._engine}-{place}", self._fence)

    def forget_stand(self, place: str) -> None:
        """A stand has been abandoned."""
        self._stands.pop(place, None)

    @property
    def fence(self) -> float:
        """Seconds after the last word from here by which a worker has ended."""
        return self._fence

    def asset_files(self, plain: dict[str, Any]) -> tuple[bytes, dict[str, Path]]:
        """See `ray_worker.Stand`."""
        files = asset_files(plain, self._digests)
        return msgspec.msgpack.encode(files), {file.digest: Path(file.path) for file in files}


class _Stand:
    """See `ray_worker.Stand`."""

    def __init__(self, backend: RayBackend, place: Place) -> None:
        self._backend = backend
        self.place = place.name
        self.node = place.node
        self.fence = backend.fence
        self.idle_since: float | None = None
        self._actor: Any = None

    @property
    def is_idle(self) -> bool:
        return self.idle_since is not None and time.monotonic() - self.idle_since > LINGER_SECONDS

    def actor(self) -> Any:
        if self._actor is None:
            self._actor = self._backend.make_actor(self.place)
        return self._actor

    def abandon(self) -> None:
        actor, self._actor = self._actor, None
        self._backend.forget_stand(self.place)
        if actor is not None:
            try:
                ray.kill(actor, no_restart=True)
            except RayError as error:
                log.warning("the actor of %s cannot be ended: %s", self.place, error)

    def rest(self) -> None:
        self.idle_since = time.monotonic()

    def asset_files(self, plain: dict[str, Any]) -> tuple[bytes, dict[str, Path]]:
        return self._backend.asset_files(plain)

    def content(self, digest: str, path: Path) -> Any:
        return ray.put(path.read_bytes())


def places_of(nodes: list[dict[str, Any]]) -> list[tuple[Place, str, dict[str, float]]]:
    """The places of the nodes that Ray lists, each with the node's id and what its actor takes of it.

    One for each GPU; where no node has any, one for each node that has CPUs, which takes them all.
    """
    names = [str(node["NodeName"]) for node in nodes]
    has_gpus = any(node["Resources"].get("GPU", 0) >= 1 for node in nodes)
    found = []
    for node in sorted(nodes, key=lambda node: (str(node["NodeName"]), str(node["NodeID"]))):
        name, number = str(node["NodeName"]), str(node["NodeID"])
        if names.count(name) > 1:
            name = f"{name}-{number[:6]}"
        if has_gpus:
            gpus = range(int(node["Resources"].get("GPU", 0)))
            found += [
                (Place(f"{name}/gpu{gpu}", needs_gpu=True, node=name), number, {"num_gpus": 1.0, "num_cpus": 0.0})
                for gpu in gpus
            ]
        elif (cpus := node["Resources"].get("CPU", 0)) >= 1:
            found.append((Place(f"{name}/cpu", node=name), number, {"num_gpus": 0.0, "num_cpus": cpus}))
    return found
