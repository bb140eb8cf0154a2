"""Panes of the Queue screen: the table of jobs, the log of the selected one, its newest frame."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.message import Message
from textual.timer import Timer
from textual.worker import get_current_worker

from engine.errors import StudioError
from studio.actions import bindings
from studio.browser import DEFAULT_OVERLAYS, Wish
from studio.jobs_text import Map, printable
from widgets.border_titles import entitle
from widgets.image_view import ImageView
from widgets.log_view import LogView
from widgets.row_table import RowTable

if TYPE_CHECKING:
    from studio.drawing import Drawn as FrameDrawn

PICTURE_SECONDS = 0.5
"""Between two pictures of frames that come faster."""

LOG_LINES = 500
"""Lines that a log begins with."""

_STAMP = re.compile(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9]{2}:[0-9]{2}:[0-9]{2})\S*")


class JobTable(RowTable):
    """The jobs. Enter is the screen's, so that a click selects and no more."""

    BINDINGS: ClassVar[list[BindingType]] = [item for item in bindings("table") if item.id != "table.choose"]
    SCOPES: ClassVar[tuple[str, ...]] = ("queue", "table")

    def action_choose(self) -> None:
        """Clicks come here."""


class JobLog(LogView):
    """The log of one job, read and followed in a thread."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("log")]
    SCOPES: ClassVar[tuple[str, ...]] = ("log",)

    class Read(Message):
        """A thread has read lines."""

        def __init__(self, job_id: int, lines: list[str], again: bool) -> None:
            super().__init__()
            self.job_id, self.lines, self.again = job_id, lines, again

    job_id: int | None = None

    def show_job(self, job_id: int | None) -> None:
        """Show the log of a job, or none."""
        if job_id == self.job_id:
            return
        self.job_id = job_id
        self.clear("No lines yet." if job_id is not None else "No job is selected.")
        if job_id is None:
            self.workers.cancel_node(self)
        else:
            self._read(job_id)

    @work(thread=True, exclusive=True, group="log", exit_on_error=False)
    def _read(self, job_id: int) -> None:
        from engine.queue.lifecycle import engine_paths
        from studio.log_tail import follow_lines

        worker = get_current_worker()
        waiting: list[str] = []
        try:
            for line in follow_lines(engine_paths().job_log(job_id), LOG_LINES):
                if worker.is_cancelled:
                    return
                if line is not None:
                    waiting.append(_STAMP.sub(r"\1", printable(line)))
                if waiting and (line is None or len(waiting) >= LOG_LINES):
                    self.post_message(self.Read(job_id, waiting, False))
                    waiting = []
        except StudioError as error:
            self.post_message(self.Read(job_id, [str(error)], False))

    @on(Read)
    def _take(self, event: Read) -> None:
        event.stop()
        if event.job_id == self.job_id:
            self.add(event.lines)


class NewestPicture(ImageView):
    """The newest finished frame of one job, drawn in a thread: while one is drawn, only the latest wish is kept."""

    class Drawn(Message):
        """A thread has drawn a frame, or found out why there is none."""

        def __init__(self, job_id: int, index: int | None, result: FrameDrawn | None, problem: str = "") -> None:
            super().__init__()
            self.job_id, self.index, self.result, self.problem = job_id, index, result, problem

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.overlays: frozenset[str] = DEFAULT_OVERLAYS
        self._job: Map | None = None
        self._index: int | None = None
        """The newest frame that the engine has told of; None to look for it on the disk."""
        self._busy = False
        self._wanted = False
        self._drawn_at = 0.0
        self._timer: Timer | None = None

    def show_job(self, job: Map | None) -> None:
        """Show the newest frame of a job, or none."""
        same = self._job is not None and job is not None and self._job["id"] == job["id"]
        self._job = job
        if same:
            return
        self._index = None
        entitle(self, "Newest frame")
        self.show_message("" if job is None else "No frame yet." if not job["done"] else "Reading …")
        if job is not None and job["done"]:
            self.draw()

    def hear_of(self, job_id: int, index: int) -> None:
        """A frame was finished."""
        if self._job is not None and self._job["id"] == job_id:
            self._index = index
            self.draw()

    def toggle_overlays(self) -> None:
        """Show or hide boxes, masks and names."""
        self.overlays = frozenset() if self.overlays else DEFAULT_OVERLAYS
        self.draw()

    @on(ImageView.Resized)
    def _resized(self, event: ImageView.Resized) -> None:
        event.stop()
        self.draw()

    def draw(self) -> None:
        """Have the newest frame drawn, at once or when its turn comes."""
        if self._job is None or (not self._job["done"] and self._index is None) or min(self.content_size) < 1:
            return
        wait = self._drawn_at + PICTURE_SECONDS - time.monotonic()
        if self._busy or self._timer is not None:
            self._wanted = True
        elif wait > 0:
            self._timer = self.set_timer(wait, self._turn)
        else:
            self._begin()

    def _turn(self) -> None:
        self._timer = None
        self._begin()

    def _begin(self) -> None:
        if self._job is not None:
            self._busy, self._wanted = True, False
            self._draw(self._job, self._index, self.overlays, *self.content_size)

    @work(thread=True, group="newest", exit_on_error=False)
    def _draw(self, job: Map, index: int | None, overlays: frozenset[str], columns: int, rows: int) -> None:
        from engine.dataset.read import Dataset
        from studio.drawing import draw_wish
        from studio.frames import FrameCache
        from studio.newest import newest_frame

        root = Path(job["root"])
        try:
            found = newest_frame(root, job["start"], job["count"]) if index is None else index
            if found is None:
                self.post_message(self.Drawn(job["id"], None, None, f"No frame of this job is in {root}."))
                return
            wish = Wish(found, "color", overlays, None, columns, rows)
            drawn = draw_wish(FrameCache(Dataset.open(root), 1), wish, characters=self.characters)
            self.post_message(self.Drawn(job["id"], found, drawn, drawn.frame.problem))
        except StudioError as error:
            self.post_message(self.Drawn(job["id"], index, None, str(error)))

    @on(Drawn)
    def _show(self, event: Drawn) -> None:
        event.stop()
        self._busy, self._drawn_at = False, time.monotonic()
        if self._job is not None and event.job_id == self._job["id"]:
            result = event.result
            if result is None or result.picture is None:
                self.show_message(event.problem)
            else:
                entitle(self, f"Frame {event.index:,}")
                self.show_picture(result.picture, result.texts, result.fine, result.native)
        else:
            self._wanted = True
        if self._wanted:
            self._wanted = False
            self.draw()
