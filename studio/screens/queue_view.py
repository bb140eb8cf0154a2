"""What the Queue screen shows: jobs, workers, the newest frame and the log of the selected job, as they change."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.cells import cell_len
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widgets import Static

from engine.queue.door_messages import FrameFinished
from studio.browser import DEFAULT_OVERLAYS
from studio.footer import KeyFooter
from studio.jobs_text import ENDED, Map, in_order, rate_text, recent
from studio.newest import finish_times
from studio.screens.common import StatusLine, Table, too_small_notice
from studio.screens.queue_panes import JobLog, JobTable, NewestPicture
from studio.screens.queue_requests import RequestingScreen
from studio.screens.queue_rows import JOB_COLUMNS, WORKER_COLUMNS, JobRows, worker_rows
from studio.screens.queue_texts import empty_text, of_job, rate_parts, status_text, title_text
from studio.tabs import TabBar
from studio.throughput import STEP_SECONDS, STEPS, Throughput
from widgets.backpressure import terminal_is_behind
from widgets.border_titles import entitle
from widgets.prompt_bar import PromptBar
from widgets.row_table import RowTable
from widgets.sparkline import spark

if TYPE_CHECKING:
    from studio.app import StudioApp
    from studio.engine_link import EngineView

HIGH_ROWS = 32
"""Lines from which workers and log have a pane each."""

SETTLE_SECONDS = 0.15
"""How long the cursor rests on a job before its log and picture are read."""


class QueueView(RequestingScreen):
    """Shows what `StudioApp.engine` knows of jobs, and the selected one's log and newest frame."""

    CSS_PATH = "../styles/queue.tcss"
    AUTO_FOCUS = "#jobs"

    def __init__(self) -> None:
        super().__init__()
        self.throughput = Throughput()
        self._rows = JobRows()
        self.marked: set[int] = set()
        self.everything = False
        """Whether jobs that ended long ago are listed too."""
        self._settling: Timer | None = None
        self._behind: Timer | None = None
        self.starting = False
        """Whether the engine was asked to start and has not been heard of since."""
        self._bars: list[str] = []
        self._past_is_known = False
        self._said: tuple[str, str, int] | None = None

    def compose(self) -> ComposeResult:
        yield TabBar("queue")
        yield self._titled(JobTable(JOB_COLUMNS, id="jobs"), "Jobs")
        with Horizontal(id="below", classes="content"):
            yield NewestPicture(id="newest")
            with Vertical(id="right"):
                yield self._titled(Static(id="rate", markup=False), "Frames a minute")
                yield self._titled(Table(WORKER_COLUMNS, id="workers"), "Workers")
                yield self._titled(JobLog(id="job-log"), "Log")
        yield StatusLine(id="status", classes="content", markup=False)
        yield PromptBar(id="prompt")
        yield KeyFooter()
        yield too_small_notice()

    def _titled[W: Static | RowTable | JobLog](self, widget: W, title: str) -> W:
        widget.border_title = title
        if isinstance(widget, JobTable):
            widget.add_class("content")
        return widget

    @property
    def studio(self) -> StudioApp:
        """The app."""
        return cast("StudioApp", self.app)

    @property
    def view(self) -> EngineView | None:
        """What is known of the engine."""
        return self.studio.engine

    def on_mount(self) -> None:
        picture = self.query_one(NewestPicture)
        picture.characters, picture.colorless = self.studio.characters, self.app.no_color
        picture.border_title = "Newest frame"
        kept = self.studio.recall("queue")
        self.everything = kept.get("everything") is True
        self.set_class(kept.get("workers") is True, "-workers")
        picture.overlays = DEFAULT_OVERLAYS if kept.get("overlays", True) is True else frozenset()
        self._wanted_cursor = str(kept.get("job", ""))
        self.query_one(JobLog).needle = str(kept.get("filter", ""))
        self.studio.engine_heard.subscribe(self, self._hear)
        self.studio.engine_changed.subscribe(self, self._engine_changed)
        self.set_interval(5.0, self.show_all)
        self.show_all()

    def on_screen_resume(self) -> None:
        """What happened meanwhile is shown now."""
        self.show_all()

    def sized(self, width: int, height: int) -> None:
        self.set_class(height >= HIGH_ROWS, "-high")
        self.set_class(height < HIGH_ROWS, "-low")
        self.query_one("#newest").styles.width = "44%" if height >= HIGH_ROWS else min(30, width * 3 // 8)
        self.show_all()

    # What the engine tells

    def _hear(self, change: Any) -> None:
        if isinstance(change, FrameFinished):
            self.query_one(NewestPicture).hear_of(change.job_id, change.index)

    def _engine_changed(self, view: EngineView) -> None:
        if not self._past_is_known and view.gone is None:
            self._past_is_known = True
            self._read_past([job for job in view.jobs.values() if job["state"] == "rendering"])
        self.throughput.take(view.jobs.values())
        self.starting = self.starting and view.gone is not None
        self.refresh_bindings()
        if self.studio.screen is self:
            self.show_all()

    @work(thread=True, group="past", exit_on_error=False)
    def _read_past(self, jobs: Sequence[Map]) -> None:
        """See in the folders of running jobs how many frames were finished before this screen was there to count."""
        now = time.time()
        since = now - STEPS * STEP_SECONDS
        times = [at for job in jobs for at in finish_times(Path(job["root"]), job["start"], job["count"], since)]
        self.app.call_from_thread(self.throughput.add_past, [now - at for at in times])

    def show_all(self) -> None:
        """Show what is known now; later, if the terminal is still busy with earlier output."""
        if not self.is_attached:
            return
        if terminal_is_behind(self.app):
            if self._behind is None:
                self._behind = self.set_timer(0.1, self._try_again)
            return
        self._show_jobs()
        self._show_workers()
        self._show_rate()
        self._show_status()

    def _try_again(self) -> None:
        self._behind = None
        self.show_all()

    def _show_jobs(self) -> None:
        table, view = self.query_one(JobTable), self.view
        shown = self.listed()
        self.marked &= {job["id"] for job in shown}
        cells = 8 if self.app.size.width < 140 else 12
        rows = self._rows.rows(shown, self.marked, self.app.theme_variables, cells)
        table.set_rows(rows, empty=empty_text(view, self.studio.settings.keys, starting=self.starting))
        self._place_cursor(table, shown)
        self._show_title(len(shown))
        self._select_soon()

    def _place_cursor(self, table: JobTable, shown: Sequence[Map]) -> None:
        """On the job that was just added; at first, where it was last time, unless that has ended and others have not.

        Keys act on the job under the cursor: what was finished long ago is seldom what they are meant for.
        """
        added = self.studio.added_job
        if added is not None and any(job["id"] == added for job in shown):
            self.studio.added_job = None
            table.cursor = str(added)
        elif table.cursor is None and shown:
            before = next((job for job in shown if str(job["id"]) == self._wanted_cursor), shown[0])
            first_is_live = shown[0]["state"] not in ENDED
            table.cursor = str((shown[0] if before["state"] in ENDED and first_is_live else before)["id"])

    def _show_title(self, shown: int) -> None:
        hidden = (len(self.view.jobs) if self.view is not None else 0) - shown
        # Not the rate: a table whose border changes is drawn as a whole.
        older = f"{hidden:,} older: a shows them" if hidden > 0 else ""
        entitle(self.query_one(JobTable), title_text(self.view, shown, len(self.marked)), older)

    def _rate_text(self) -> str:
        """How fast all jobs together go, and how long they will take."""
        parts = rate_parts(self.view.jobs.values()) if self.view is not None and self.view.gone is None else []
        if parts and self.has_class("-low"):
            line = spark(self.throughput.per_minute(), 12, characters=self.studio.characters)[0]
            parts.insert(0, line.strip())
        return "  ".join(filter(None, parts))

    def _show_workers(self) -> None:
        table = self.query_one("#workers", Table)
        workers = list(self.view.workers.values()) if self.view is not None else []
        away = self.view is None or self.view.gone is not None
        table.set_rows(worker_rows(workers), empty="–" if away else "None: they start with the next job.")
        hint = "v: log" if self.has_class("-low") else ""
        entitle(table, f"Workers ({len(workers)})" if workers else "Workers", hint)

    def _show_rate(self) -> None:
        pane = self.query_one("#rate", Static)
        width, rows = pane.content_size
        if width < 1 or rows < 1:
            return
        values = self.throughput.per_minute()
        lines = spark(values, width, rows=rows, characters=self.studio.characters)
        if lines != self._bars:
            self._bars = lines
            pane.update(Text("\n".join(lines), no_wrap=True))
        most = max(values[-width:-1], default=0.0)  # the last step is not over
        entitle(pane, "Frames a minute", f"at most {rate_text(most)}" if most else "")

    def _show_status(self) -> None:
        job = self.current
        text = status_text(self.view, job, self.studio.settings.keys, starting=self.starting)
        # A reason needs the whole line.
        self._say(text, "" if job is not None and job["message"] else self._rate_text())

    def _say(self, left: str, right: str) -> None:
        """Both ends of the status line; the left one is cut if they do not fit."""
        width = max(self.app.size.width - 2, 1)
        if self._said == (left, right, width):
            return
        self._said = left, right, width
        start = Text(left, end="")
        start.truncate(max(width - cell_len(right) - 2, 1), overflow="ellipsis", pad=True)
        self.query_one(StatusLine).update(Text.assemble(start, "  ", right, no_wrap=True))

    # The selected job

    def listed(self) -> list[Map]:
        """The jobs in the table, in its order."""
        jobs = self.view.jobs.values() if self.view is not None else ()
        return in_order(jobs if self.everything else recent(jobs))

    @property
    def current(self) -> Map | None:
        """The job under the cursor."""
        key = self.query_one(JobTable).cursor
        return self.view.jobs.get(int(key)) if key is not None and self.view is not None else None

    def chosen(self) -> list[Map]:
        """The marked jobs, or the one under the cursor, in the table's order."""
        if self.marked:
            return [job for job in self.listed() if job["id"] in self.marked]
        return [self.current] if self.current is not None else []

    @on(RowTable.Moved, "#jobs")
    def _cursor_moved(self) -> None:
        self._select_soon()
        self._show_status()
        self.keep_choices()

    def _select_soon(self) -> None:
        """Read log and picture once the cursor rests."""
        if self._settling is not None:
            self._settling.reset()
        else:
            self._settling = self.set_timer(SETTLE_SECONDS, self.select)

    def select(self) -> None:
        """Show the log and the newest frame of the job under the cursor."""
        self._settling = None
        job = self.current
        self.query_one(NewestPicture).show_job(job)
        log = self.query_one(JobLog)
        log.show_job(None if job is None else job["id"])
        title = "Log" if job is None else f"Log of {of_job(job)}"
        title = f"{title}: “{log.needle}”" if log.needle else title
        hints = ["f follows"] if not log.following else []
        hints += [f"v: workers ({len(self.view.workers)})"] if self.view is not None and self.has_class("-low") else []
        entitle(log, title, " · ".join(hints))

    def keep_choices(self) -> None:
        """Remember how the screen is looked at."""
        self.studio.keep(
            "queue",
            {
                "everything": self.everything,
                "workers": self.has_class("-workers"),
                "overlays": bool(self.query_one(NewestPicture).overlays),
                "job": self.query_one(JobTable).cursor or "",
                "filter": self.query_one(JobLog).needle,
            },
        )
