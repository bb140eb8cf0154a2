"""A real background engine for a test: `python -m engine.queue.daemon` with a state folder of its own."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import presets
from engine.errors import EngineDown
from engine.queue.client import EngineClient
from engine.queue.door_messages import AddJob, EngineStatus, ShowJob
from engine.queue.ledger import Ledger
from engine.queue.lifecycle import EnginePaths
from engine.recipe.load import load_recipe, recipe_to_plain

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds until a test gives up waiting; the machine may be busy."""


@cache
def plain_recipe(samples: int = 16, passes: bool = True) -> dict[str, Any]:
    """The preset `basic` at 64x48. The fake renderer takes a millisecond for each sample beyond 16."""
    overrides = ["render.resolution=[64, 48]", f"render.samples={samples}"]
    overrides += ['render.passes=["depth"]'] if passes else []
    return recipe_to_plain(load_recipe(presets.find("basic"), overrides))


@cache
def _bytecode_folder() -> str:
    """A folder for the compiled modules of all engines and workers that this process starts."""
    folder = tempfile.mkdtemp(prefix="ds-bytecode-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


class Engine:
    """One engine after another in the same state folder. As a context manager it leaves no process behind."""

    def __init__(
        self,
        home: Path,
        *,
        renderer: str = "fake",
        faults: Sequence[Mapping[str, Any]] = (),
        limit: Callable[[], None] | None = None,
    ) -> None:
        """`home` becomes XDG_STATE_HOME. `limit` is called in each new engine's process before it begins."""
        self.paths = EnginePaths(home / "dataset-studio" / "engine")
        self.faults = faults
        self.process: subprocess.Popen[bytes] | None = None
        self._environment = {**os.environ, "XDG_STATE_HOME": str(home), "STUDIO_RENDERER": renderer}
        self._environment["PYTHONPATH"] = str(REPOSITORY)
        # Hundreds of processes that each compile all modules would measure the compiler.
        self._environment.pop("PYTHONDONTWRITEBYTECODE", None)
        self._environment["PYTHONPYCACHEPREFIX"] = _bytecode_folder()
        self._limit = limit

    def start(self) -> None:
        """Start an engine. Does not wait until it answers."""
        self.paths.folder.mkdir(parents=True, exist_ok=True)
        with self.paths.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "engine.queue.daemon"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**self._environment, "STUDIO_FAULTS": json.dumps(list(self.faults))},
                preexec_fn=self._limit,
            )

    def restart_if_dead(self) -> bool:
        """Start the next engine where the last one has ended; whether that was so."""
        if self.process is not None and self.process.poll() is None:
            return False
        self.start()
        return True

    def kill(self) -> None:
        """End the engine as a crash would, and wait for its end."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the engine in order, frames at hand given back."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=PATIENCE)

    def workers(self) -> list[int]:
        """Process ids of the engine's workers that live now."""
        assert self.process is not None
        pid = self.process.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return [int(child) for child in children if b"engine.worker" in Path(f"/proc/{child}/cmdline").read_bytes()]
        except OSError:
            return []

    @contextmanager
    def client(self, timeout: float = PATIENCE) -> Iterator[EngineClient]:
        """A connection to the engine, as soon as it answers. Raises EngineDown where it has died or stays silent."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                client = EngineClient.connect(self.paths.socket, timeout=1.0)
                break
            except EngineDown:
                if time.monotonic() > deadline or self.process is None or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
        with client:
            yield client

    def add(self, root: Path, count: int, *, seed: int = 0, recipe: dict[str, Any] | None = None, **more: Any) -> int:
        """Add a job; returns its id."""
        recipe = plain_recipe() if recipe is None else recipe
        values = {"recipe_name": "basic", "name": root.name, "start": 0, **more}
        with self.client() as client:
            job = client.request(AddJob(recipe=recipe, seed=seed, count=count, root=str(root), **values))
        return int(job["id"])

    def job(self, job_id: int) -> dict[str, Any]:
        """All that the engine tells of a job."""
        with self.client() as client:
            details: dict[str, Any] = client.request(ShowJob(str(job_id)))
            return details

    def status(self) -> dict[str, Any]:
        """What the engine says of itself."""
        with self.client() as client:
            status: dict[str, Any] = client.request(EngineStatus())
            return status

    def wait_for(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
        """Wait until `condition` returns something true, and return that; fail when it does not."""
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            assert time.monotonic() < deadline, f"in vain for {seconds:.0f} s: {what}\n{self.log()}"
            assert self.process is None or self.process.poll() is None, f"the engine ended by itself\n{self.log()}"
            time.sleep(0.02)
        return result

    def wait_until(self, job_id: int, *states: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """Wait until a job has one of these states; returns the job."""

        def reached() -> dict[str, Any] | None:
            job = self.job(job_id)
            return job if job["state"] in states else None

        job: dict[str, Any] = self.wait_for(reached, f"job {job_id} becomes {' or '.join(states)}", seconds)
        return job

    def log(self) -> str:
        """The end of what the engine had to say."""
        return self.paths.log.read_text(errors="replace")[-4000:] if self.paths.log.exists() else ""

    def ledger(self) -> Ledger:
        """The ledger of an engine that has ended."""
        assert self.process is None or self.process.poll() is not None
        return Ledger(self.paths.ledger)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()
