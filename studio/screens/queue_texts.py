"""What the Queue screen says in its lines: how the engine is, what waits, where the selected job stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from studio.actions import ACTIONS, keys_text
from studio.jobs_text import Map, duration, folder_text, job_title, printable, rate_text

if TYPE_CHECKING:
    from studio.engine_link import EngineView, Gone

STARTING = "Starting the engine …"

_COMMAND = "`studio engine start`"
_START = next(action for action in ACTIONS if action.id == "queue.start")


def away_text(gone: Gone, keys: Mapping[str, tuple[str, ...]]) -> str:
    """Why there is no engine, and the key that starts it in place of the command that does. `keys` are the user's."""
    return printable(gone.sentence).replace(_COMMAND, keys_text(_START, keys))


def waiting_text(jobs: Iterable[Map]) -> str:
    """`2 jobs with 3,012 frames wait.`, or nothing where none waits."""
    waiting = [job for job in jobs if job["state"] in ("queued", "rendering")]
    if not waiting:
        return ""
    frames = frames_left(waiting)
    many = f"{len(waiting):,} jobs" if len(waiting) > 1 else "1 job"
    return f"{many} with {frames:,} frame{'s' if frames != 1 else ''} wait{'' if len(waiting) > 1 else 's'}."


def empty_text(view: EngineView | None, keys: Mapping[str, tuple[str, ...]], *, starting: bool) -> str:
    """What is said in place of jobs, where none is listed."""
    if view is None:
        return "Looking for the engine …"
    if view.gone is not None:
        safe = " Jobs and frames are safe on the disk." if view.gone.on_purpose else ""
        return STARTING if starting else away_text(view.gone, keys) + safe
    hidden = len(view.jobs)
    return f"{hidden:,} jobs ended over a day ago: a shows them." if hidden else "No jobs yet: 2 makes a recipe."


def title_text(view: EngineView | None, shown: int, marked: int) -> str:
    """The title over the jobs: how many there are, and what holds all of them up."""
    parts = [f"{shown:,}"] if shown else []
    parts += [f"{marked:,} marked"] if marked else []
    title = f"Jobs ({', '.join(parts)})" if parts else "Jobs"
    if view is not None and view.gone is not None and shown:
        return f"{title} as the engine left them" if view.gone.on_purpose else f"{title} as last heard of"
    return f"{title}, blocked" if view is not None and view.state == "blocked" else title


def status_text(
    view: EngineView | None, job: Map | None, keys: Mapping[str, tuple[str, ...]], *, starting: bool
) -> str:
    """The line at the end of the screen: what is wrong with the queue, or else where the selected job stands."""
    if view is not None and view.gone is not None and view.jobs:
        return STARTING if starting else f"{away_text(view.gone, keys)} {waiting_text(view.jobs.values())}".rstrip()
    if view is not None and view.state == "blocked":
        return f"The queue waits: {printable(view.message)}"
    if job is None:
        return ""
    if job["message"]:
        return f"Job {job['id']} is {job['state']}: {printable(job['message'])}"
    return " · ".join([job_title(job), folder_text(job["root"]), f"seed {job['seed']}"])


def rate_parts(jobs: Iterable[Map]) -> list[str]:
    """How fast all jobs together go, what is left of them, and how long that takes; empty where nothing is left."""
    busy = [job for job in jobs if job["state"] in ("queued", "rendering")]
    rate = sum(job.get("rate") or 0.0 for job in busy)
    left = frames_left(busy)
    if not left:
        return []
    time_left = f"{duration(60 * left / rate)} left" if rate else ""
    return [part for part in (f"{rate_text(rate)}/min" if rate else "", f"{left:,} frames", time_left) if part]


def frames_left(jobs: Iterable[Map]) -> int:
    """Frames that are neither done nor given up."""
    return sum(job["count"] - job["done"] - job["quarantined"] for job in jobs)


def of_job(job: Map) -> str:
    """`job 3 “cups”`, for the middle of a sentence."""
    return job_title(job).replace("Job", "job", 1)
