"""The queue: jobs, workers, the newest frame and the log of the selected job, live; every change by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Footer, Static

from engine.errors import StudioError
from engine.queue.door_messages import (
    CancelJobs,
    ExtendJob,
    FrameFinished,
    MoveJobs,
    PauseJobs,
    RemoveJobs,
    Request,
    ResumeJobs,
    RetryJobs,
)
from studio.actions import bindings
from studio.browser import DEFAULT_OVERLAYS
from studio.jobs_text import ENDED, Map, duration, folder_text, in_order, job_title, printable, rate_text, recent
from studio.queue_order import changed_priorities, one_place
from studio.screens.common import StatusLine, Table, too_small_notice
from studio.screens.queue_panes import JobLog, JobTable, NewestPicture
from studio.screens.queue_requests import RequestingScreen
from studio.screens.queue_rows import JOB_COLUMNS, WORKER_COLUMNS, JobRows, worker_rows
from studio.tabs import TabBar
from studio.throughput import Throughput
from widgets.backpressure import terminal_is_behind
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

DOWN = "The engine does not run. s starts it; jobs and frames are safe on the disk."


class QueueScreen(RequestingScreen):
    """Shows what `StudioApp.engine` knows. Changes are asked of the engine, and appear when it tells of them."""

    CSS_PATH = "../styles/queue.tcss"
    AUTO_FOCUS = "#jobs"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("queue")]
    SCOPES: ClassVar[tuple[str, ...]] = ("queue", "table", "log", "app")

    def __init__(self) -> None:
        super().__init__()
        self.throughput = Throughput()
        self._rows = JobRows()
        self.marked: set[int] = set()
        self.everything = False
        """Whether jobs that ended long ago are listed too."""
        self._settling: Timer | None = None
        self._behind: Timer | None = None
        self._starting = False
        self._bars: list[str] = []
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
        yield Footer(classes="content", show_command_palette=False)
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
        self.query_one(Footer).compact = width < 100
        self.show_all()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The engine can be started only where it does not run."""
        return action != "start" or (self.view is not None and self.view.gone is not None)

    # What the engine tells

    def _hear(self, change: Any) -> None:
        if isinstance(change, FrameFinished):
            self.query_one(NewestPicture).hear_of(change.job_id, change.index)

    def _engine_changed(self, view: EngineView) -> None:
        self.throughput.take(view.jobs.values())
        self._starting = self._starting and view.gone is not None
        self.refresh_bindings()
        if self.studio.screen is self:
            self.show_all()

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
        cells = 8 if self.app.size.width < 140 else 20
        rows = self._rows.rows(shown, self.marked, self.app.theme_variables, cells)
        table.set_rows(rows, empty=self._empty(view))
        if table.cursor is None and rows:
            keys = [row.key for row in rows]
            table.cursor = self._wanted_cursor if self._wanted_cursor in keys else keys[0]
        self._show_title(len(shown))
        self._select_soon()

    def _empty(self, view: EngineView | None) -> str:
        if view is None:
            return "Looking for the engine …"
        if view.gone is not None:
            return "Starting the engine …" if self._starting else DOWN if view.gone.on_purpose else view.gone.sentence
        hidden = len(view.jobs)
        return f"{hidden:,} jobs ended over a day ago: a shows them." if hidden else "No jobs yet: 2 makes a recipe."

    def _show_title(self, shown: int) -> None:
        table = self.query_one(JobTable)
        jobs = list(self.view.jobs.values()) if self.view is not None else []
        hidden = len(jobs) - shown
        marks = f", {len(self.marked)} marked" if self.marked else ""
        # Not the rate: a table whose border changes is drawn as a whole.
        older = f"{hidden:,} older: a shows them" if hidden > 0 else ""
        entitle(table, f"Jobs ({shown:,}{marks})" if shown else "Jobs", older)

    def _rate_text(self) -> str:
        """How fast all jobs together go, and how long they will take."""
        jobs = self.view.jobs.values() if self.view is not None else ()
        busy = [job for job in jobs if job["state"] in ("queued", "rendering")]
        rate = sum(job.get("rate") or 0.0 for job in busy)
        left = sum(job["count"] - job["done"] - job["quarantined"] for job in busy)
        if not left or (self.view is not None and self.view.gone is not None):
            return ""
        small = self.has_class("-low")
        line = spark(self.throughput.per_minute(), 12, characters=self.studio.characters)[0].strip() if small else ""
        time_left = f"{duration(60 * left / rate)} left" if rate else ""
        return "  ".join(filter(None, (line, f"{rate_text(rate)}/min" if rate else "", f"{left:,} frames", time_left)))

    def _show_workers(self) -> None:
        table = self.query_one("#workers", Table)
        workers = list(self.view.workers.values()) if self.view is not None else []
        away = self.view is None or self.view.gone is not None
        table.set_rows(worker_rows(workers), empty="–" if away else "None: they start with the next job.")
        entitle(table, f"Workers ({len(workers)})" if workers else "Workers")

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
        view, job = self.view, self.current
        if view is not None and view.gone is not None and view.jobs:
            text = "Starting the engine …" if self._starting else f"{view.gone.sentence} Here: s"
        elif view is not None and view.state == "blocked":
            text = printable(view.message)
        elif job is not None:
            parts = [job_title(job), folder_text(job["root"]), f"seed {job['seed']}"]
            text = f"{job_title(job)}: {printable(job['message'])}" if job["message"] else " · ".join(parts)
        else:
            text = ""
        self._say(text, self._rate_text())

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
        self._keep()

    def _select_soon(self) -> None:
        """Read log and picture once the cursor rests."""
        if self._settling is not None:
            self._settling.reset()
        else:
            self._settling = self.set_timer(SETTLE_SECONDS, self._select)

    def _select(self) -> None:
        self._settling = None
        job = self.current
        self.query_one(NewestPicture).show_job(job)
        log = self.query_one(JobLog)
        log.show_job(None if job is None else job["id"])
        title = "Log" if job is None else f"Log of {_of(job)}"
        title = f"{title}: “{log.needle}”" if log.needle else title
        entitle(log, title, "" if log.following else "f follows")

    def _keep(self) -> None:
        self.studio.keep(
            "queue",
            {
                "everything": self.everything,
                "workers": self.has_class("-workers"),
                "overlays": bool(self.query_one(NewestPicture).overlays),
                "job": self.query_one(JobTable).cursor or "",
            },
        )

    # Marks

    def action_mark(self) -> None:
        if self.current is not None:
            self.marked ^= {self.current["id"]}
            self.query_one(JobTable).action_cursor_down()
            self.show_all()

    def action_mark_all(self) -> None:
        ids = {job["id"] for job in self.listed()}
        self.marked = set() if self.marked == ids else ids
        self.show_all()

    # Changes

    def _change(self, make: Callable[[tuple[str, ...]], Request], fits: Callable[[Map], bool], none: str) -> None:
        """Ask for a change of those chosen jobs that it fits; say `none` where it fits none."""
        names = tuple(str(job["id"]) for job in self.chosen() if fits(job))
        if names:
            self.ask([make(names)])
        else:
            self.notify(none if self.chosen() else "There is no job here.", severity="warning")

    def action_pause(self) -> None:
        self._change(
            PauseJobs,
            lambda job: job["state"] in ("queued", "rendering"),
            "Only a waiting or running job can be paused.",
        )

    def action_resume(self) -> None:
        self._change(ResumeJobs, lambda job: job["state"] == "paused", "Only a paused job can be resumed.")

    def action_retry(self) -> None:
        self._change(RetryJobs, lambda job: job["quarantined"] > 0, "No frame of this job is quarantined.")

    def action_cancel(self) -> None:
        jobs = [job for job in self.chosen() if job["state"] not in ENDED]
        if not jobs:
            self.notify("Only a job with frames left can be cancelled.", severity="warning")
            return
        self._ask_first(f"Cancel {_named(jobs)} for good? {_frames_of(jobs)}", "cancel", CancelJobs(_ids(jobs)))

    def action_remove(self) -> None:
        if jobs := self.chosen():
            question = f"Forget {_named(jobs)}? {_frames_of(jobs)}"
            self._ask_first(question, "forget", RemoveJobs(_ids(jobs)))

    def action_delete(self) -> None:
        if jobs := self.chosen():
            done = sum(job["done"] for job in jobs)
            folders = ", ".join(dict.fromkeys(folder_text(job["root"]) for job in jobs))
            question = (
                f"Forget {_named(jobs)} and DELETE {done:,} rendered frames in {folders}? They cannot be had back."
            )
            self._ask_first(question, "delete them", RemoveJobs(_ids(jobs), delete_files=True))

    def _ask_first(self, question: str, yes: str, request: Request) -> None:
        from studio.screens.confirm import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.ask([request])

        self.app.push_screen(ConfirmScreen(question, yes), answered)

    def action_move(self, by: int) -> None:
        request = one_place(self.listed(), self.chosen(), by)
        if request is not None:
            self.ask([request])
        else:
            where, key = ("first", "+ raises") if by < 0 else ("last", "- lowers")
            self.notify(f"It is the {where} of its priority ({key} that), or it has ended.", severity="warning")

    def action_move_to(self, place: str) -> None:
        self._change(
            lambda names: MoveJobs(names, place),
            lambda job: job["state"] not in ENDED,
            "A job that ended has no place.",
        )

    def action_priority(self, by: int) -> None:
        self.ask(changed_priorities(self.chosen(), by))

    def action_extend(self) -> None:
        job = self.current
        if job is not None:
            note = "in all, old and new"
            self.query_one(PromptBar).ask("extend", f"frames of {_of(job)}", str(job["count"]), note)

    def action_start(self) -> None:
        self._starting = True
        self.start_engine()
        self.show_all()

    # Looking

    def action_inspect(self) -> None:
        self.run_worker(self._inspect(), exclusive=True, group="inspect")

    async def _inspect(self) -> None:
        job = self.current
        if job is None:
            return
        try:
            await self.studio.inspect_folder(Path(job["root"]))
        except StudioError as error:
            self.notify(str(error), severity="error", markup=False)

    def action_everything(self) -> None:
        self.everything = not self.everything
        self._keep()
        self.show_all()

    def action_overlays(self) -> None:
        self.query_one(NewestPicture).toggle_overlays()
        self._keep()

    def action_pane(self) -> None:
        self.toggle_class("-workers")
        self._keep()

    def action_follow(self) -> None:
        self.query_one(JobLog).follow()

    def action_filter(self) -> None:
        self.remove_class("-workers")
        needle = self.query_one(JobLog).needle
        self.query_one(PromptBar).ask("filter", "filter log", needle, "Enter keeps it, Esc clears it")

    def action_leave(self) -> None:
        log = self.query_one(JobLog)
        if log.needle:
            log.needle = ""
            self._select()
        elif self.marked:
            self.marked = set()
            self.show_all()

    @on(PromptBar.Typed)
    def _typed(self, event: PromptBar.Typed) -> None:
        if event.question == "filter":
            self.query_one(JobLog).needle = event.text

    @on(PromptBar.Cancelled)
    def _cancelled(self, event: PromptBar.Cancelled) -> None:
        if event.question == "filter":
            self.query_one(JobLog).needle = ""
        self.query_one(JobTable).focus()

    @on(PromptBar.Answered)
    def _answered(self, event: PromptBar.Answered) -> None:
        if event.question == "extend":
            number = event.text.replace(",", "").strip()
            if not (number.isdecimal() and number.isascii()) or self.current is None:
                event.bar.note("a whole number of frames", wrong=True)
                return
            self.ask([ExtendJob(str(self.current["id"]), int(number))])
        event.bar.close()
        self._select()
        self.query_one(JobTable).focus()


def entitle(widget: Widget, title: str, subtitle: str = "") -> None:
    """Write on a pane's border; setting what is there already would draw the whole pane again."""
    if widget.border_title != title:
        widget.border_title = title
    if widget.border_subtitle != subtitle:
        widget.border_subtitle = subtitle


def _ids(jobs: Sequence[Map]) -> tuple[str, ...]:
    return tuple(str(job["id"]) for job in jobs)


def _of(job: Map) -> str:
    """`job 3 “cups”`, for the middle of a sentence."""
    return job_title(job).replace("Job", "job", 1)


def _named(jobs: Sequence[Map]) -> str:
    return _of(jobs[0]) if len(jobs) == 1 else f"{len(jobs)} jobs"


def _frames_of(jobs: Sequence[Map]) -> str:
    done, count = sum(job["done"] for job in jobs), sum(job["count"] for job in jobs)
    where = folder_text(jobs[0]["root"]) if len(jobs) == 1 else "their folders"
    return f"{done:,} of {count:,} frames are done; they stay in {where}."
