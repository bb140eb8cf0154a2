"""`studio queue watch` and `wait`: the queue as it changes, as a live table, as lines, or as JSON events."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from engine.queue.door_messages import AnyChange, JobChanged, JobRemoved, ShowJob, Snapshot
from studio.engine_link import EngineView, Gone, ask, follow
from studio.jobs_text import (
    ENDED,
    bar,
    duration,
    fitted,
    in_order,
    job_messages,
    job_sentence,
    job_table,
    job_title,
    printable,
    rate_text,
    recent,
    wrapped,
)
from studio.listening import while_read
from studio.workers_text import worker_rows

if TYPE_CHECKING:
    from rich.text import Text

REDRAW_SECONDS = 0.25
SECONDS_BETWEEN_LINES = 15.0
FEWEST_ROWS = 6


def stream_events() -> None:
    """Print every change as one line of JSON."""
    for change in while_read(follow(start=False)):
        if isinstance(change, Gone):
            click.echo(msgspec.json.encode({"type": "EngineGone", "sentence": change.sentence}))
        elif change is not None:
            click.echo(msgspec.json.encode(change))  # which flushes


def print_changes() -> None:
    """Print a line whenever a job changes its state or a while has passed; for output that is no terminal."""
    view, told = EngineView(), dict[int, tuple[str, float]]()
    for change in while_read(follow(start=False)):
        view.take(change)
        match change:
            case Snapshot():
                for job in in_order(recent(view.jobs.values())):
                    _tell(job, told)
            case JobChanged(job):
                _tell(job, told)
            case JobRemoved(id):
                click.echo(f"Job {id}: removed.")
            case Gone(sentence):
                click.echo(sentence)


def _tell(job: dict[str, Any], told: dict[int, tuple[str, float]]) -> None:
    state, at = told.get(job["id"], ("", 0.0))
    if job["state"] != state or time.monotonic() - at > SECONDS_BETWEEN_LINES:
        told[job["id"]] = (job["state"], time.monotonic())
        click.echo(f"{time.strftime('%H:%M:%S')} {job_sentence(job)}")


def show_live(*, everything: bool, color: bool) -> None:
    """Draw the queue on the whole terminal, again whenever it changes."""
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    changes = follow(start=False, tick=0.5)
    view = EngineView()
    view.take(next(changes))  # an engine that does not run is told before the screen is taken
    console = Console(no_color=not color)

    def drawn() -> Text:
        columns, rows = console.size
        lines = screen(view, columns, rows, everything=everything, color=color)
        return Text.from_ansi("\n".join(lines), no_wrap=True, overflow="crop")

    live = Live(drawn(), console=console, screen=True, auto_refresh=False)
    with _ended_in_order(), live:
        drawn_at = time.monotonic()
        for change in changes:
            view.take(change)
            if change is None or time.monotonic() - drawn_at >= REDRAW_SECONDS:
                live.update(drawn(), refresh=True)
                drawn_at = time.monotonic()


def screen(view: EngineView, columns: int, rows: int, *, everything: bool, color: bool) -> list[str]:
    """The live table: engine, workers, jobs, reasons. At most `rows` lines of at most `columns`."""
    if rows < FEWEST_ROWS or columns < 60:
        return [f"The table needs 60 x {FEWEST_ROWS} cells."[:columns]]
    jobs = in_order(view.jobs.values() if everything else recent(view.jobs.values()))
    head = [_headline(view, jobs, columns, color)]
    if view.message:
        head += wrapped(printable(view.message), columns)
    if view.gone is not None:
        head += wrapped("`studio engine start` starts it; nothing is lost.", columns)
    head += worker_rows(list(view.workers.values()), columns, max(rows // 4, 1))
    foot = ["Ctrl-C ends watching; the engine goes on."]
    room = rows - len(head) - len(foot) - 3
    messages = job_messages(jobs, columns)[: max(room // 3, 0)]
    shown = jobs[: max(room - len(messages), 2)]
    if len(shown) < len(jobs):
        shown = shown[:-1]
        foot.insert(0, f"and {len(jobs) - len(shown):,} more; `studio queue ls --all` lists all")
    table = job_table(shown, columns, color=color) if jobs else ["The queue is empty: `studio queue add` fills it."]
    lines = [*head, "", *table, *messages][: rows - len(foot)]
    return [*lines, *[""] * (rows - len(lines) - len(foot)), *foot]


def _headline(view: EngineView, jobs: Sequence[dict[str, Any]], columns: int, color: bool) -> str:
    busy = [job for job in jobs if job["state"] in ("queued", "rendering")]
    rate = sum(job.get("rate") or 0.0 for job in busy)
    left = sum(job["count"] - job["done"] - job["quarantined"] for job in busy)
    text = f"Engine {view.activity}, {left:,} frames to render"
    if rate:
        text += f", {rate_text(rate)} a minute, {duration(60 * left / rate)} left"
    text = fitted(text, columns).rstrip()
    return click.style(text, bold=True) if color else text


def wait_for(names: Sequence[str], ended: Callable[[dict[str, Any]], None]) -> list[dict[str, Any]]:
    """Wait until all these jobs are done, failed, cancelled or removed; `ended` is told of each.

    The engine is started where it does not run or crashes; one that is stopped on purpose is waited for.

    Returns:
        The jobs as they ended; one that was removed has the state `removed`.
    """
    wanted = {job["id"]: job for job in (ask(ShowJob(name), start=True) for name in names)}
    open_ids = set(wanted)
    line, view = _WaitLine(), EngineView()
    with closing(line):
        for change in follow(start=True):
            view.take(change)
            line.hear(change)
            for job_id in sorted(open_ids) if view.gone is None else ():
                wanted[job_id] = view.jobs.get(job_id, {**wanted[job_id], "state": "removed"})
                if wanted[job_id]["state"] in (*ENDED, "removed"):
                    open_ids.remove(job_id)
                    line.close()
                    ended(wanted[job_id])
            if not open_ids:
                break
            line.show(list(wanted.values()), gone=view.gone is not None)
    return list(wanted.values())


class _WaitLine:
    """Progress on stderr where that is a terminal, in one line that is redrawn; and a word when the engine goes."""

    def __init__(self) -> None:
        self._drawn_at = 0.0

    def hear(self, change: AnyChange | Gone | None) -> None:
        if isinstance(change, Gone):
            self.close()
            purpose = "was stopped; waiting until it is started again (`studio engine start`)"
            crash = "went away; waiting for it to come back"
            click.echo(f"The engine {purpose if change.on_purpose else crash}.", err=True)

    def show(self, jobs: Sequence[dict[str, Any]], *, gone: bool) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._drawn_at < REDRAW_SECONDS:
            return
        done, count = sum(job["done"] for job in jobs), sum(job["count"] for job in jobs)
        what = job_title(jobs[0]) if len(jobs) == 1 else f"{len(jobs)} jobs"
        left = max((job["seconds_left"] for job in jobs if job.get("seconds_left") is not None), default=None)
        states = "engine away" if gone else ", ".join(sorted({job["state"] for job in jobs}))
        text = f"{bar(done, count, 20)} {done:,}/{count:,} {what}: {states}, {duration(left)} left"
        sys.stderr.write("\r\x1b[K" + fitted(text, shutil.get_terminal_size().columns - 1).rstrip())
        sys.stderr.flush()
        self._drawn_at = time.monotonic()

    def close(self) -> None:
        if self._drawn_at:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn_at = 0.0


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Let SIGTERM end the program in order, so that the terminal is given back."""

    def end(number: int, _: object) -> None:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
