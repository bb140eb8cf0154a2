"""The background engine's process: `python -m engine.queue.daemon`. One per user and state folder.

It is started in a session of its own, so hang-up, logout and the end of tmux do not reach it. SIGTERM and SIGINT give
the frames at hand back and end it; nothing is lost by that, nor by SIGKILL or a power cut.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from engine import __version__
from engine.errors import StudioError
from engine.queue import log_files
from engine.queue.backend import Backend
from engine.queue.choice import read_choice
from engine.queue.door import Door
from engine.queue.lifecycle import EnginePaths, engine_paths
from engine.queue.local_backend import LocalBackend
from engine.queue.places import local_places
from engine.queue.service import Service

log = logging.getLogger("engine")

WORKERS_END_SECONDS = 30


def main(backend: Callable[[EnginePaths], Backend] | None = None) -> int:
    """Run the engine until it is stopped; returns the exit code. `backend` makes what runs its workers: this machine,
    unless told otherwise.
    """
    paths = engine_paths()
    paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    lock = _take_patiently(paths.lock)
    if lock is None:
        log.info("another engine runs already")
        return 0
    _log_to(paths.log)
    try:
        return asyncio.run(_serve(paths, backend or _local))
    except StudioError as error:
        log.error("%s", error)
        return 1
    finally:
        os.close(lock)


def _log_to(path: Path) -> None:
    """Log into the engine's own log; and to stderr as well, where that is something else, like systemd's journal.

    Only who holds the lock may do so: two processes that set one log aside would tear it.
    """
    root = logging.getLogger()
    output = root.handlers[0]
    own = log_files.LogFile(path)
    own.setFormatter(output.formatter)
    root.addHandler(own)
    if log_files.is_open_as(path, 2):
        root.removeHandler(output)


def _local(paths: EnginePaths) -> Backend:
    return LocalBackend(local_places(workers=read_choice(paths.folder).workers))


async def _serve(paths: EnginePaths, make_backend: Callable[[EnginePaths], Backend]) -> int:
    workers_lock = await _wait_for_old_workers(paths.workers_lock)
    renderer: Literal["blender", "fake"] = "fake" if os.environ.get("STUDIO_RENDERER") == "fake" else "blender"
    backend = await asyncio.to_thread(make_backend, paths)
    service = Service(paths, backend, renderer=renderer, inherit=(workers_lock,))
    door = Door(paths.socket, service)
    service.publish = door.publish
    service.is_watched = lambda: door.subscribers > 0
    await door.open()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: service.stop(now=True))
    log.info("engine %s started, process %d", __version__, os.getpid())
    try:
        if service.took_back:
            await asyncio.to_thread(backend.reclaim)
        await asyncio.to_thread(service.reconcile)
        await service.supervisor.run()
    finally:
        await door.close()
        await asyncio.to_thread(backend.close)
        service.close()
        os.close(workers_lock)
        log.info("engine ended")
    return 0


def _take(path: Path) -> int | None:
    """An exclusive lock on a file, held while the descriptor is open in any process; None where another has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _take_patiently(path: Path) -> int | None:
    """As `_take`; tries again for a moment, since who asks whether an engine runs holds the lock for an instant."""
    for _ in range(10):
        descriptor = _take(path)
        if descriptor is not None:
            return descriptor
        time.sleep(0.02)
    return None


async def _wait_for_old_workers(path: Path) -> int:
    """The lock that an engine shares with its workers: to have it means that those of the last engine are dead.

    The kernel ends them with their engine; this waits for it to have done so.
    """
    for _ in range(WORKERS_END_SECONDS * 20):
        descriptor = _take(path)
        if descriptor is not None:
            return descriptor
        await asyncio.sleep(0.05)
    raise StudioError(f"Workers of an earlier engine are still alive (they hold {path}); end them, then start again.")


def _become_chosen() -> None:
    """Where workers are to run on a cluster, become the engine that can do that: its libraries are large."""
    try:
        choice = read_choice(engine_paths().folder)
    except StudioError as error:
        sys.exit(f"engine ERROR {error}")
    if choice.backend != "local":
        os.execv(sys.executable, [sys.executable, "-m", "engine.cluster.daemon"])


if __name__ == "__main__":
    _become_chosen()
    sys.exit(main())
