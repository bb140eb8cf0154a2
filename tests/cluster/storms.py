"""An engine with its workers on a cluster, disturbed on purpose while it renders a job; the storm's verdict on it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from engine.dataset.read import Dataset
from engine.errors import EngineDown
from engine.export.base import make_exporter
from engine.export.run import export
from engine.queue.choice import Choice, keep_choice
from engine.queue.door_messages import Workers
from tests.export.readers import all_files
from tests.queue.storm import Storm, Verdict, undisturbed_hashes

SHARDED = ("webdataset", "parquet")
"""The formats whose files hold many frames each."""

type Blow = tuple[int, Callable[[], None]]
"""After so many frames, what happens."""


def _exported(root: Path, name: str) -> dict[str, bytes]:
    out = root.with_name(f"{root.name}-{name}")
    export(make_exporter(name, {}), Dataset.open(root), out)
    return {str(path.relative_to(out)): path.read_bytes() for path in all_files(out)}


class ClusterStorm(Storm):
    """See `Storm`; what is done, and when, is told."""

    def __init__(self, folder: Path, choice: Choice, *, frames: int, renderer: str = "fake", pace: int = 20) -> None:
        super().__init__(folder, 0, renderer=renderer, pace=pace)
        keep_choice(self.engine.paths.folder, choice)
        self.patience = 1500.0
        self._how = {"renderer": renderer, "pace": pace}
        self._count = frames
        self._folder = folder

    def run_through(self, blows: Sequence[Blow] = ()) -> Verdict:
        """Render the job while these things happen; returns what it came to, against an undisturbed local run."""
        began = time.monotonic()
        with self.engine:
            self._begin()
            assert self._publications is not None
            for frames, blow in blows:
                self.engine.wait_for(lambda n=frames: self._publications.total >= n, f"{frames} frames", self.patience)
                blow()
            self._finish()
        self.verdict.seconds = time.monotonic() - began
        return self.judge(undisturbed_hashes(self._folder / "undisturbed", self._count, **self._how))

    def shards(self) -> list[tuple[dict[str, bytes], dict[str, bytes]]]:
        """The shards made of what was rendered on the cluster, and of the undisturbed local run: for each format a pair
        of contents by name."""
        ours, local = self.root, self._folder / "undisturbed" / "data"
        return [(_exported(ours, name), _exported(local, name)) for name in SHARDED]

    def restart_driver(self) -> None:
        """SIGKILL the engine, and start the next one."""
        self.engine.kill()
        self.verdict.kills["engine"] += 1
        self.engine.restart_if_dead()

    def hang_a_worker(self) -> None:
        """Stop a worker as a whole, as one that waits for ever for a disk."""
        worker = self.engine.wait_for(self._busy_worker, "a worker renders", self.patience)
        os.kill(worker["pid"], signal.SIGSTOP)

    def workers(self) -> list[dict[str, Any]]:
        """What the engine tells of its workers; nothing where it is down."""
        try:
            with self.engine.client() as client:
                found: list[dict[str, Any]] = client.request(Workers())
                return found
        except EngineDown:
            return []

    def _busy_worker(self) -> dict[str, Any] | None:
        return next((worker for worker in self.workers() if worker["pid"] and worker["frame"] is not None), None)
