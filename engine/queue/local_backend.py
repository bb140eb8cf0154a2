"""Workers on this machine: child processes, at places that never change."""

from __future__ import annotations

from engine.queue.backend import Terms, Worker
from engine.queue.worker_process import WorkerProcess
from engine.queue.workplace import Place


class LocalBackend:
    """The engine's own backend; see `backend.Backend`."""

    name = "local"
    look_seconds: float | None = None
    is_remote = False

    def __init__(self, places: tuple[Place, ...]) -> None:
        self._places = places

    def places(self) -> tuple[Place, ...]:
        """See `Backend`."""
        return self._places

    def start(self, place: Place, terms: Terms) -> Worker:
        """See `Backend`."""
        return WorkerProcess(
            verbose=terms.verbose, environment=place.environment, inherit=terms.inherit, nice=terms.nice
        )

    def reclaim(self) -> None:
        """Nothing to do: the kernel ends workers with their engine, and the daemon waits for their lock."""

    def close(self) -> None:
        """Nothing is kept."""
