"""Progress of a render on stderr: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

import click

from engine.queue.foreground import Event, Prepared, Progress

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn, Task, TaskID

SECONDS_BETWEEN_LINES = 15.0

LEAST_BAR = 6
"""Cells of the live bar that texts leave to it."""


class Piece(NamedTuple):
    """A part of the line beside the bar; those of a low rank are kept where there is no room for all."""

    text: str
    rank: int


def duration(seconds: float | None) -> str:
    """`1:02:03`, `2:03`, or `–` when unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def frames(number: int) -> str:
    """`1 frame`, `2 frames`."""
    return f"{number} frame" if number == 1 else f"{number} frames"


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
            are = "is" if event.skipped == 1 else "are"
            already = f" {event.skipped} {are} there already." if event.skipped else ""
            self._live.say(f"Rendering {frames(event.total)} on {event.device}.{already}")
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


def _summary(event: Progress) -> list[str]:
    """Rate, times and failures, each a piece of its own."""
    rate = f"{60 * event.done / event.seconds:.1f}/min" if event.done and event.seconds > 0 else "–/min"
    pieces = [rate, f"{duration(event.seconds)} gone", f"{duration(event.seconds_left)} left"]
    return [*pieces, f"{event.failed} failed"] if event.failed else pieces


def fit(pieces: Sequence[Piece], columns: int) -> str:
    """As many of the pieces as `columns` have room for, the most important first, in the order given.

    Where not even the most important one fits, it is cut, with an ellipsis.
    """
    ranked = sorted(range(len(pieces)), key=lambda number: pieces[number].rank)
    taken = set(ranked[:1])
    for number in ranked[1:]:
        if len(_joined(pieces, taken | {number})) <= columns:
            taken.add(number)
    text = _joined(pieces, taken)
    return text if len(text) <= columns else f"{text[: max(columns - 1, 0)]}…"


def _joined(pieces: Sequence[Piece], taken: set[int]) -> str:
    return " · ".join(pieces[number].text for number in sorted(taken))


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
            click.echo(f"{self.title}: {finished}/{event.total} frames, {', '.join(_summary(event))}", err=True)

    def close(self) -> None:
        return


class _LiveBar:
    """For people: one line that is redrawn, and never wider than the terminal."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._bar: RichProgress | None = None
        self._task: TaskID | None = None

    def open(self) -> None:
        from rich.console import Console
        from rich.progress import Progress as RichProgress

        console = Console(stderr=True)
        self._bar = RichProgress(_whole_line(console), console=console)
        start = (Piece("starting Blender", 0), Piece("loading assets", 1))
        self._task = self._bar.add_task(self.title, total=None, pieces=start)
        self._bar.start()

    def say(self, sentence: str) -> None:
        assert self._bar is not None
        self._bar.console.print(sentence, highlight=False, markup=False)

    def show(self, event: Event) -> None:
        assert self._bar is not None
        assert self._task is not None
        if isinstance(event, Prepared):
            first = (Piece(f"0/{event.total}", 0), Piece("drawing the first frame", 1))
            self._bar.update(self._task, total=max(event.total, 1), pieces=first)
            return
        share = event.samples_done / event.samples if event.samples else 0.0
        completed = min(event.done + event.failed + share, event.total)
        self._bar.update(self._task, completed=completed, pieces=_pieces(event))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()


def _pieces(event: Progress) -> tuple[Piece, ...]:
    rate, gone, left, *failed = _summary(event)
    pieces = [Piece(f"{event.done + event.failed}/{event.total}", 0)]
    if event.samples:
        pieces.append(Piece(f"frame {event.frame}: {event.samples_done}/{event.samples} samples", 4))
    pieces += [Piece(rate, 3), Piece(gone, 5), Piece(left, 1)]
    return (*pieces, *(Piece(text, 2) for text in failed))


def _whole_line(console: Console) -> ProgressColumn:
    """Spinner, title, bar and pieces as one column: Rich would shorten columns of their own for the sake of the bar."""
    from rich.progress import ProgressColumn, SpinnerColumn
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    spinner = SpinnerColumn()

    class WholeLine(ProgressColumn):
        def render(self, task: Task) -> Table:
            # Some terminals wrap a line that reaches their last cell.
            room = console.width - 1
            pieces: Sequence[Piece] = task.fields["pieces"]
            beside = room - LEAST_BAR - 4
            foremost = fit([piece for piece in pieces if piece.rank <= 1], beside)
            title = fit([Piece(task.description, 0)], max(min(room // 4, beside - len(foremost)), 1))
            status = fit(pieces, beside - len(title))
            bar = ProgressBar(
                total=task.total,
                completed=task.completed,
                width=max(room - len(title) - len(status) - 4, 1),
                pulse=task.total is None,
                animation_time=task.get_time(),
            )
            line = Table.grid(padding=(0, 1))
            line.add_row(spinner.render(task), Text(title), bar, Text(status))
            return line

    return WholeLine()
