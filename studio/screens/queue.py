"""The queue: jobs, workers, the newest frame and the log of the selected job, live; every change by a key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from engine.errors import StudioError
from engine.queue.door_messages import (
    CancelJobs,
    ExtendJob,
    MoveJobs,
    PauseJobs,
    RemoveJobs,
    Request,
    ResumeJobs,
    RetryJobs,
)
from studio.actions import bindings
from studio.jobs_text import ENDED, Map, folder_text
from studio.queue_account import account
from studio.queue_order import changed_priorities, one_place
from studio.screens.queue_panes import JobLog, JobTable, NewestPicture
from studio.screens.queue_texts import away_text, of_job
from studio.screens.queue_view import QueueView
from widgets.prompt_bar import PromptBar


class QueueScreen(QueueView):
    """What a user can do with jobs. Changes are asked of the engine, and appear when it tells of them."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("queue")]
    SCOPES: ClassVar[tuple[str, ...]] = ("queue", "table", "log", "app")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The engine can be started only where it does not run."""
        return action != "start" or self._is_away

    @property
    def _is_away(self) -> bool:
        return self.view is not None and self.view.gone is not None

    def refusal(self, action: str) -> str:
        """Why an action that changes jobs is refused while no engine runs; empty where it is not."""
        if not self._is_away or action == "start":
            return ""
        assert self.view is not None
        assert self.view.gone is not None
        return f"No job can be changed now. {away_text(self.view.gone, self.studio.settings.keys)}"

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

    def _change(
        self,
        make: Callable[[tuple[str, ...]], Request],
        fits: Callable[[Map], bool],
        none: str,
        done: str,
        why_left: str = "",
    ) -> None:
        """Ask for a change of those chosen jobs that it fits; say `none` where it fits none.

        `done` and `why_left` are those of `account`.
        """
        jobs = self.chosen()
        fitting, left = [job for job in jobs if fits(job)], [job for job in jobs if not fits(job)]
        if fitting:
            self.ask([make(_ids(fitting))], account(done, fitting, left, why_left))
        else:
            self.notify(none if jobs else "There is no job here.", severity="warning")

    def action_pause(self) -> None:
        self._change(
            PauseJobs,
            lambda job: job["state"] in ("queued", "rendering"),
            "Only a waiting or running job can be paused.",
            "paused",
        )

    def action_resume(self) -> None:
        self._change(
            ResumeJobs, lambda job: job["state"] == "paused", "Only a paused job can be resumed.", "in the queue again"
        )

    def action_retry(self) -> None:
        self._change(
            RetryJobs,
            lambda job: job["quarantined"] > 0 and job["state"] != "cancelled",
            "No frame of this job is quarantined, or it was cancelled.",
            "in the queue again",
            "had no quarantined frames",
        )

    def action_cancel(self) -> None:
        chosen = self.chosen()
        jobs = [job for job in chosen if job["state"] not in ENDED]
        if not jobs:
            self.notify("Only a job with frames left can be cancelled.", severity="warning")
            return
        told = account("cancelled", jobs, [job for job in chosen if job["state"] in ENDED])
        self._ask_first(f"Cancel {_named(jobs)} for good? {_frames_of(jobs)}", "cancel", CancelJobs(_ids(jobs)), told)

    def action_remove(self) -> None:
        if jobs := self.chosen():
            question = f"Forget {_named(jobs)}? {_frames_of(jobs)}"
            self._ask_first(question, "forget", RemoveJobs(_ids(jobs)), account("forgotten", jobs))

    def action_delete(self) -> None:
        if jobs := self.chosen():
            done = sum(job["done"] for job in jobs)
            folders = ", ".join(dict.fromkeys(folder_text(job["root"]) for job in jobs))
            question = (
                f"Forget {_named(jobs)} and DELETE {done:,} rendered frames in {folders}? They cannot be had back."
            )
            told = account(f"forgotten, and their {done:,} frames deleted", jobs)
            self._ask_first(question, "delete them", RemoveJobs(_ids(jobs), delete_files=True), told)

    def _ask_first(self, question: str, yes: str, request: Request, told: str) -> None:
        from studio.screens.confirm import ConfirmScreen

        def answered(agreed: bool | None) -> None:
            if agreed:
                self.ask([request], told)

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
            f"the {'first' if place == 'top' else 'last'} of their priority",
        )

    def action_priority(self, by: int) -> None:
        jobs = self.chosen()
        self.ask(changed_priorities(jobs, by), account(f"{'raised' if by > 0 else 'lowered'} in priority", jobs))

    def action_extend(self) -> None:
        job = self.current
        if job is not None:
            note = "in all, old and new"
            self.query_one(PromptBar).ask("extend", f"frames of {of_job(job)}", str(job["count"]), note)

    def action_start(self) -> None:
        self.starting = True
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
        self.keep_choices()
        self.show_all()

    def action_overlays(self) -> None:
        self.query_one(NewestPicture).toggle_overlays()
        self.keep_choices()

    def action_pane(self) -> None:
        self.toggle_class("-workers")
        self.keep_choices()

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
            self.keep_choices()
            self.select()
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
            self.keep_choices()
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
        self.keep_choices()
        self.select()
        self.query_one(JobTable).focus()


def _ids(jobs: Sequence[Map]) -> tuple[str, ...]:
    return tuple(str(job["id"]) for job in jobs)


def _named(jobs: Sequence[Map]) -> str:
    return of_job(jobs[0]) if len(jobs) == 1 else f"{len(jobs)} jobs"


def _frames_of(jobs: Sequence[Map]) -> str:
    done, count = sum(job["done"] for job in jobs), sum(job["count"] for job in jobs)
    where = folder_text(jobs[0]["root"]) if len(jobs) == 1 else "their folders"
    return f"{done:,} of {count:,} frames are done; they stay in {where}."
