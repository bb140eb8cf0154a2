"""The command line's connection to the background engine: asking once, and hearing of changes through its restarts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import click

import engine
from engine.errors import EngineDown
from engine.queue.client import ChangeStream, EngineClient
from engine.queue.door_messages import (
    AnyChange,
    EngineChanged,
    JobChanged,
    JobRemoved,
    Request,
    Snapshot,
    WorkerChanged,
)
from engine.queue.lifecycle import START_SECONDS, connect, is_running
from studio.jobs_text import printable

TICK_SECONDS = 1.0
"""The longest silence of `follow`."""

STOPPED = "The engine was stopped; `studio engine start` starts it again."

_NOTED = "studio.engine_link.version_noted"

CRASH_SECONDS = 2.0
"""How long an engine that crashed may take to come back by itself, under systemd say, before it is started."""


def ask(request: Request, *, start: bool, timeout: float | None = 60.0) -> Any:
    """Ask the engine one thing; it is started first where it does not run and `start` is true.

    Raises:
        EngineDown: it does not run, or does not answer.
        StudioError: its answer, when it could not do it.
    """
    if start and not is_running():
        click.echo("Starting the background engine.", err=True)
    with connected(start=start) as client:
        return client.request(request, timeout)


def connected(*, start: bool, timeout: float = START_SECONDS) -> EngineClient:
    """As `engine.queue.lifecycle.connect`; an engine of another version is told of on stderr, once in a command."""
    client = connect(start=start, timeout=timeout)
    note = version_note(client.welcome.program_version)
    context = click.get_current_context(silent=True)
    if note and context is not None and not context.meta.get(_NOTED):
        context.meta[_NOTED] = True
        click.echo(f"Note: {note}", err=True)
    return client


def version_note(engine_version: str) -> str:
    """One line on an engine whose version is not this program's; empty where it is."""
    own = engine.__version__
    if engine_version == own:
        return ""
    is_newer = _numbers(engine_version) > _numbers(own)
    remedy = "update this program" if is_newer else "`studio engine restart` updates it and loses nothing"
    what = "a newer" if is_newer else "an older"
    return f"the engine runs {what} version, {printable(engine_version)} (this program: {own}); {remedy}."


def _numbers(version: str) -> list[int]:
    """The numbers of a version, for comparing."""
    return [int(number) for number in re.findall(r"[0-9]+", version)]


@dataclass(frozen=True, slots=True)
class Gone:
    """The engine went away, or does not run, or does not let this program in."""

    sentence: str
    on_purpose: bool
    """Whether it was stopped: it had said that it was stopping, or does not run."""
    jobs: Sequence[dict[str, Any]] | None = None
    """The jobs, where they are known from elsewhere than this engine."""


def follow(*, start: bool, tick: float = TICK_SECONDS) -> Iterator[AnyChange | Gone | None]:
    """All changes, a `Snapshot` first and again after each `Gone`; None when nothing happened for `tick` seconds.

    It waits for an engine that went away to come back. With `start` it is started at the beginning, and again after a
    crash; one that was stopped on purpose is left so.

    Raises:
        EngineDown: it does not run at the beginning, or cannot be started.
        EngineRefused: it runs, and does not let this program in.
    """
    stream = _subscribed(start, None)
    while True:
        on_purpose = False
        try:
            with stream:
                while True:
                    change = stream.wait(tick)
                    on_purpose = on_purpose or _says_stopping(change)
                    yield change
        except EngineDown as error:
            yield Gone(STOPPED if on_purpose else str(error), on_purpose)
        found: ChangeStream | None = None
        lost_at = time.monotonic()
        while found is None:
            yield None
            time.sleep(min(tick, 0.2))
            crashed = not on_purpose and time.monotonic() - lost_at > CRASH_SECONDS
            if start and crashed:
                found = _subscribed(start, None)
            else:
                try:
                    found = _subscribed(False, tick)
                except EngineDown:
                    continue
        stream = found


def _subscribed(start: bool, timeout: float | None) -> ChangeStream:
    with connected(start=start, timeout=START_SECONDS if timeout is None else timeout) as client:
        return client.subscribe()


def _says_stopping(change: AnyChange | None) -> bool:
    match change:
        case EngineChanged(state="stopping"):
            return True
        case Snapshot(engine=engine):
            return engine.get("state") == "stopping"
    return False


def _at_rest(job: dict[str, Any]) -> dict[str, Any]:
    """A job while no engine runs: what was being rendered is rendered again by the next one."""
    if job["state"] != "rendering":
        return job
    return job | {"state": "queued", "leased": 0, "rate": None, "seconds_left": None}


@dataclass(slots=True)
class EngineView:
    """What a listener knows of the engine: its jobs, workers and state."""

    jobs: dict[int, dict[str, Any]] = field(default_factory=dict)
    workers: dict[Any, dict[str, Any]] = field(default_factory=dict)
    state: str = ""
    message: str = ""
    gone: Gone | None = None
    """Set while the engine is away."""

    def take(self, change: AnyChange | Gone | None) -> None:
        """Note a change."""
        match change:
            case Snapshot(jobs, workers, engine):
                self.jobs = {job["id"]: job for job in jobs}
                self.workers = {worker["id"]: worker for worker in workers}
                self.state, self.message, self.gone = engine["state"], engine["message"], None
            case JobChanged(job):
                self.jobs[job["id"]] = job
            case JobRemoved(id):
                self.jobs.pop(id, None)
            case WorkerChanged(worker):
                self.workers[worker["id"]] = worker
            case EngineChanged(state, message):
                self.state, self.message = state, message
            case Gone(jobs=jobs):
                self.workers, self.gone = {}, change
                known = self.jobs.values() if jobs is None else jobs
                self.jobs = {job["id"]: _at_rest(job) for job in known}

    @property
    def activity(self) -> str:
        """`stopping` and `blocked` as the engine says; else whether it renders anything."""
        if self.gone is not None:
            return "not running"
        if self.state in ("stopping", "blocked"):
            return self.state
        return "working" if any(job["state"] == "rendering" for job in self.jobs.values()) else "idle"
