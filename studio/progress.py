"""Progress of a render on stderr: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

import click

from engine.queue.foreground import Event, Prepared, Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

SECONDS_BETWEEN_LINES = 15.0


def duration(seconds: float | None) -> str:
    """`1:02:03`, `2:03`, or `–` when unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class RenderReporter:
    """Tells the user how a run goes. Use it as a context manager; pass `listen` to the run."""

    def __init__(self, title: str) -> None:
        self.last: Progress | None = None
        self._live: _LiveBar | _PlainLines = _LiveBar(title) if sys.stderr.isatty() else _PlainLines(title)

    def listen(self, event: Event) -> None:
        """Show one event of the run."""
        if isinstance(event, Prepared):
            for warning in event.warnings:
                self._live.say(f"Note: {warning}")
            already = f" {event.skipped} are there already." if event.skipped else ""
            self._live.say(f"Rendering {event.total} frames on {event.device}.{already}")
        else:
            self.last = event
        self._live.show(event)

    def __enter__(self) -> Self:
        self._live.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.close()


def _summary(event: Progress) -> str:
    rate = f"{60 * event.done / event.seconds:.1f}/min" if event.done and event.seconds > 0 else "–"
    failed = f", {event.failed} failed" if event.failed else ""
    return f"{rate}, {duration(event.seconds)} gone, {duration(event.seconds_left)} left{failed}"


class _PlainLines:
    """For logs: a line when something finished, not more often than every few seconds."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._spoke = 0.0
        self._told = 0

    def open(self) -> None:
        click.echo(f"{self.title}: starting Blender and loading assets", err=True)

    def say(self, sentence: str) -> None:
        click.echo(sentence, err=True)

    def show(self, event: Event) -> None:
        if isinstance(event, Prepared):
            return
        finished = event.done + event.failed
        due = finished == event.total or time.monotonic() - self._spoke > SECONDS_BETWEEN_LINES
        if due and finished > self._told:
            self._spoke, self._told = time.monotonic(), finished
            click.echo(f"{self.title}: {finished}/{event.total} frames, {_summary(event)}", err=True)

    def close(self) -> None:
        return


class _LiveBar:
    """For people: one line that is redrawn."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn
        from rich.progress import Progress as RichProgress

        self._bar = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[status]}"),
            console=Console(stderr=True),
            expand=True,
        )
        self._task = self._bar.add_task(self.title, total=None, status="starting Blender, loading assets")
        self._bar.start()

    def say(self, sentence: str) -> None:
        assert self._bar is not None
        self._bar.console.print(sentence, highlight=False, markup=False)

    def show(self, event: Event) -> None:
        assert self._bar is not None
        assert self._task is not None
        if isinstance(event, Prepared):
            self._bar.update(self._task, total=max(event.total, 1), status="drawing the first frame")
            return
        share = event.samples_done / event.samples if event.samples else 0.0
        finished = event.done + event.failed
        current = f" · frame {event.frame}: {event.samples_done}/{event.samples} samples" if event.samples else ""
        self._bar.update(
            self._task,
            completed=min(finished + share, event.total),
            status=f"{finished}/{event.total}{current} · {_summary(event)}",
        )

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
