"""Jobs and workers as rows of tables."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from rich.text import Text

from studio.jobs_text import duration, folder_text, is_held, printable, rate_text, short_moment, state_text
from studio.workers_text import worker_state
from widgets.row_table import Column, Row

type Map = dict[str, Any]

MARK = "●"

JOB_COLUMNS = (
    Column("id", "right"),
    Column("name", flexible=True, share=0.3),
    Column("state"),
    Column("progress", priority=5),
    Column("done", "right"),
    Column("bad", "right", priority=3, optional=True),
    Column("/min", "right", priority=4),
    Column("left", "right", priority=1),
    Column("device", priority=7, share=0.2),
    Column("prio", "right", priority=8, optional=True),
    Column("started", priority=10, optional=True),
    Column("ended", priority=11, optional=True),
    Column("folder", priority=9, flexible=True, keep_end=True, share=0.3),
    Column("reason", priority=6, flexible=True, optional=True, least=24),
)

WORKER_COLUMNS = (
    Column("worker"),
    Column("state", flexible=True),
    Column("samples", priority=2),
    Column("RAM", "right", priority=4),
    Column("GPU", "right", priority=1, optional=True),
    Column("GPU memory", "right", priority=3, optional=True),
    Column("°C", "right", priority=2, optional=True),
    Column("device", priority=5, share=0.35, optional=True),
)

STATE_COLORS = {"rendering": "text-primary", "paused": "text-warning", "done": "text-success", "failed": "text-error"}
"""Variable of the theme by a job's state; the sign and the word tell it without colours too."""

WORKER_SIGNS = {"rendering": "▶", "idle": "○", "starting": "…", "preparing": "…", "stopping": "‖", "waiting": "‖"}


class JobRows:
    """Makes a row for each job, its key the job's id; a job that is the same object as last time keeps its row."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Map, tuple[object, ...], Row]] = {}

    def rows(
        self, jobs: Sequence[Map], marked: Collection[int], colors: Mapping[str, str], bar_cells: int
    ) -> list[Row]:
        """The rows of all jobs, in the order of `jobs`. `colors` are the theme's variables."""
        looks = tuple(colors.get(name, "") for name in (*STATE_COLORS.values(), "border"))
        made: dict[int, tuple[Map, tuple[object, ...], Row]] = {}
        for job in jobs:
            how = (job["id"] in marked, bar_cells, looks)
            before = self._made.get(job["id"])
            if before is None or before[0] is not job or before[1] != how:
                before = job, how, _job_row(job, job["id"] in marked, colors, bar_cells)
            made[job["id"]] = before
        self._made = made
        return [entry[2] for entry in made.values()]


def _job_row(job: Map, marked: bool, colors: Mapping[str, str], bar_cells: int) -> Row:
    color = colors.get("text-error" if is_held(job) else STATE_COLORS.get(job["state"], ""), "")
    bad = f"{job['quarantined']:,}" if job["quarantined"] else "–"
    priority = f"{job['priority']:+d}" if job["priority"] else "–"
    cells = (
        f"{MARK if marked else ' '}{job['id']}",
        printable(job["name"]),
        Text(state_text(job), style=color, end=""),
        thin_bar(job["done"], job["count"], bar_cells, color, colors.get("border", "")),
        f"{job['done']:,}/{job['count']:,}",
        Text(bad, style=colors.get("text-error", "") if job["quarantined"] else "", end=""),
        rate_text(job.get("rate")),
        duration(job.get("seconds_left")),
        printable(", ".join(job.get("devices") or ()) or job["device"]),
        priority,
        short_moment(job["started_at"]),
        short_moment(job["ended_at"]),
        folder_text(job["root"]),
        _reason(job) or "–",
    )
    return Row(str(job["id"]), cells)


def _reason(job: Map) -> str:
    """Why a job is paused or failed, without its folder's name in front, which has a column of its own."""
    return printable(job["message"].removeprefix(job["root"]).lstrip(" :"))


def thin_bar(done: int, count: int, width: int, color: str = "", rest: str = "") -> Text:
    """A bar in halves of a cell: full only when all is done, not empty when anything is."""
    halves = done * width * 2 // count if count else 0
    halves = min(max(halves, 1 if done else 0), width * 2 - (1 if done < count else 0))
    full, half = divmod(halves, 2)
    drawn = "━" * full + "╸" * half
    return Text.assemble((drawn, color), ("─" * (width - len(drawn)), rest), end="")


def worker_rows(workers: Sequence[Map]) -> list[Row]:
    """A row for each render process."""
    return [_worker_row(worker) for worker in workers]


def _worker_row(worker: Map) -> Row:
    state = f"{WORKER_SIGNS.get(worker['state'], '·')} {worker_state(worker)}"
    if worker["frame"] is not None:
        state += f" {worker['frame']:,} of job {worker['job_id']}"
    if worker.get("standing"):
        standing = printable(worker["standing"])
        # Of one that is awaited the cluster's word says more than ours.
        state = state.replace("starting", standing) if worker["state"] == "starting" else f"{state} ({standing})"
    if worker.get("trouble"):
        state += f": {printable(worker['trouble'])}"
    done, samples = worker["samples_done"], worker["samples"]
    load, degrees = worker.get("gpu_load_percent"), worker.get("gpu_temperature_celsius")
    return Row(
        str(worker["id"]),
        (
            printable(worker["name"]),
            state,
            Text.assemble(thin_bar(done, samples, 5), f" {done}/{samples}", end="") if samples else "–",
            f"{worker['resident_bytes'] / 1e9:.1f} GB" if worker["resident_bytes"] else "–",
            "–" if load is None else f"{load}%",
            _gpu_memory(worker),
            "–" if degrees is None else f"{degrees}",
            printable(worker["device"] or "–"),
        ),
    )


def _gpu_memory(worker: Map) -> str:
    used, total = worker.get("gpu_memory_used_bytes"), worker.get("gpu_memory_total_bytes")
    return "–" if used is None or total is None else f"{used / 1e9:.1f}/{total / 1e9:.1f} GB"
