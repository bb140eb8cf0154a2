"""The background engine from outside: where it lives, whether it runs, starting and stopping it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from engine.errors import BadInput, EngineDown, EngineRefused, Failure
from engine.paths import state_dir
from engine.queue.choice import Choice, choice_of, keep_choice, read_choice
from engine.queue.client import EngineClient
from engine.queue.door_messages import EngineStatus, Stop
from engine.queue.log_files import last_lines
from engine.queue.socket_address import connect_socket, peer_of

START_SECONDS = 20.0
CLUSTER_START_SECONDS = 180.0
"""For an engine that has a cluster to connect to, or to start."""
STOP_SECONDS = 600.0
_KNOCK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class EnginePaths:
    """The files of the engine, below the user's state folder."""

    folder: Path

    @property
    def socket(self) -> Path:
        """Where clients knock."""
        return self.folder / "door.sock"

    @property
    def ledger(self) -> Path:
        """The database of jobs and frames."""
        return self.folder / "ledger.db"

    @property
    def jobs_left(self) -> Path:
        """The jobs as the last engine left them; not there while one runs, nor after a crash."""
        return self.folder / "jobs-left.json"

    @property
    def lock(self) -> Path:
        """Held by the one engine that runs."""
        return self.folder / "engine.lock"

    @property
    def start_lock(self) -> Path:
        """Held by who is starting the engine."""
        return self.folder / "start.lock"

    @property
    def workers_lock(self) -> Path:
        """Held by the engine and by each of its workers, so that a new engine can wait for the end of the last one."""
        return self.folder / "workers.lock"

    @property
    def log(self) -> Path:
        """What the engine has to say."""
        return self.folder / "engine.log"

    @property
    def quarantine(self) -> Path:
        """Bundles of frames that were given up."""
        return self.folder / "quarantine"

    def job_log(self, job_id: int) -> Path:
        """What happened in a job."""
        return self.folder / "jobs" / f"{job_id}.log"


def engine_paths() -> EnginePaths:
    """The files of this user's engine. They survive logout, unlike XDG_RUNTIME_DIR."""
    return EnginePaths(state_dir() / "engine")


def is_running() -> bool:
    """Whether an engine holds the lock (it may still be starting)."""
    try:
        with engine_paths().lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def connect(*, start: bool = True, timeout: float | None = None) -> EngineClient:
    """A connection to the engine, which is started first where it does not run and `start` is true.

    Raises:
        EngineDown: it does not run, cannot run, or does not answer in time.
        StudioError: it is of another version; the sentence names the remedy.
    """
    paths = engine_paths()
    if timeout is None:
        timeout = START_SECONDS if read_choice(paths.folder).backend == "local" else CLUSTER_START_SECONDS
    if not start and not is_running():
        raise EngineDown("The engine does not run. `studio engine start` starts it.")
    deadline = time.monotonic() + timeout
    spawned: subprocess.Popen[bytes] | None = None
    while True:
        if start and spawned is None and not is_running():
            spawned = _start(paths, deadline)
        try:
            return EngineClient.connect(paths.socket, timeout=max(0.1, deadline - time.monotonic()))
        except EngineDown:
            if spawned is not None and spawned.poll():
                raise EngineDown(f"The engine could not start: {_last_words(paths.log)}") from None
            if time.monotonic() > deadline:
                raise EngineDown(
                    f"The engine did not answer within {timeout:.0f} s. `studio engine logs` tells what it said."
                ) from None
            time.sleep(0.05)


def choose_workers(workers: int) -> None:
    """Have so many workers share a device of this machine, from the next start on.

    Raises:
        BadInput: the workers are not on this machine, or the choice cannot be kept.
    """
    folder = engine_paths().folder
    keep_choice(folder, choice_of(None, None, workers, read_choice(folder)))


def start_engine(backend: str | None = None, address: str | None = None, workers: int | None = None) -> dict[str, Any]:
    """Start the engine where it does not run; returns its status.

    What runs its workers, and how many share a device, is chosen for this and all later starts; what is left out stays.

    Raises:
        BadInput: these do not fit each other, or the engine runs already with another choice.
    """
    folder = engine_paths().folder
    if (backend, address, workers) != (None, None, None):
        before = None if is_running() else Choice()
        with suppress(BadInput):  # a broken file is replaced
            before = read_choice(folder)
        chosen = choice_of(backend, address, workers, before or Choice())
        if is_running() and chosen != before:
            _refuse_change(chosen, before)
        keep_choice(folder, chosen)
    with connect() as client:
        status: dict[str, Any] = client.request(EngineStatus())
        return status


def _refuse_change(chosen: Choice, before: Choice | None) -> NoReturn:
    if before is not None and chosen.backend == before.backend == "local":
        raise BadInput(
            f"The engine runs already, with --workers {before.workers}: `studio engine restart --workers "
            f"{chosen.workers}` changes that and loses nothing."
        )
    raise BadInput("The engine runs already, with another backend: `studio engine stop` ends it, then start it anew.")


def stop_engine(now: bool = False, told: Callable[[bool], None] = lambda finishes: None) -> bool:
    """Stop the engine and wait for its end; False where it did not run.

    Without `now` it finishes the frames that are being rendered first, unless it speaks another protocol. `told` is
    called while it is waited for, with whether it finishes them.

    Raises:
        Failure: it is still there after minutes.
    """
    if not is_running():
        return False
    pid, finishes = _ask_to_stop(now)
    told(finishes)
    deadline = time.monotonic() + STOP_SECONDS
    while is_running() and not _is_another(pid):
        if time.monotonic() > deadline:
            raise Failure("The engine has not stopped yet; `studio engine stop --now` ends it without waiting.")
        time.sleep(0.05)
    return True


def _ask_to_stop(now: bool) -> tuple[int, bool]:
    """Tell the engine to stop; returns its process id, and whether it finishes the frames at hand.

    One of another protocol is told by a signal, which it obeys at once.
    """
    try:
        with connect(start=False) as client:
            client.request(Stop(now))
            return client.welcome.pid, not now
    except EngineRefused as refusal:
        pid = engine_process()
        if pid is None:
            raise Failure(f"The engine cannot be stopped from here; end its process. It says: {refusal}") from None
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        return pid, False


def _is_another(pid: int) -> bool:
    """Whether the engine that runs is not the process `pid`: somebody has started it again."""
    return engine_process() not in (None, pid)


def engine_process() -> int | None:
    """The process that listens at the engine's socket, of whatever version; None where there is none that we see."""
    try:
        with connect_socket(engine_paths().socket, _KNOCK_SECONDS) as connection:
            pid, _ = peer_of(connection)
    except OSError:
        return None
    return pid if pid > 0 else None  # in a container's eyes a process outside of it has the number 0


def _start(paths: EnginePaths, deadline: float) -> subprocess.Popen[bytes] | None:
    """Start the engine, unless somebody else has just done so; returns once it holds its lock or has ended.

    Who starts it takes turns, so that never two are started, of which one would begin when the other is stopped.
    """
    paths.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with paths.start_lock.open("ab") as turn:
        while not _try_lock(turn.fileno()):
            if time.monotonic() > deadline:
                return None
            time.sleep(0.02)
        if is_running():
            return None
        process = _spawn(paths)
        while process.poll() is None and not is_running() and time.monotonic() < deadline:
            time.sleep(0.02)
        return process


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _last_words(log: Path) -> str:
    """The last thing that an engine said, without the time."""
    try:
        line = last_lines(log, 1)[-1]
    except (OSError, IndexError):
        return "it left no word."
    return line.partition(" ERROR ")[2] or line


def _spawn(paths: EnginePaths) -> subprocess.Popen[bytes]:
    """Start the daemon in a session of its own, away from this terminal, its output in the log."""
    here = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    with paths.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "engine.queue.daemon"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={**os.environ, "PYTHONPATH": path},
        )
