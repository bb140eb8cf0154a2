"""What the app says by itself of the engine: a job that ended, the engine lost and found, the queue blocked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from studio.engine_link import EngineView
from studio.jobs_text import job_sentence, printable


@dataclass(frozen=True, slots=True)
class Toast:
    """One notice."""

    text: str
    severity: Literal["information", "warning", "error"] = "information"


@dataclass(frozen=True, slots=True)
class Told:
    """What the user knows already."""

    states: dict[int, str]
    state: str
    gone: bool

    @classmethod
    def of(cls, view: EngineView) -> Told:
        """What a view says now."""
        return cls({key: job["state"] for key, job in view.jobs.items()}, view.state, view.gone is not None)


def toasts(before: Told, view: EngineView) -> Iterator[Toast]:
    """What is worth a notice since then. Nothing is at the first sight of an engine."""
    if not before.state:
        return
    gone = view.gone is not None
    if gone and not before.gone:
        assert view.gone is not None
        if view.gone.on_purpose:
            yield Toast("The engine was stopped. Jobs wait until it is started again.", "warning")
        else:
            yield Toast("The engine went away; nothing that was rendered is lost.", "error")
    elif before.gone and not gone:
        yield Toast("The engine is back.")
    if view.state == "blocked" and before.state != "blocked":
        yield Toast(printable(view.message) or "The queue is blocked.", "error")
    for key, job in view.jobs.items():
        if job["state"] in ("done", "failed") and before.states.get(key, job["state"]) != job["state"]:
            yield Toast(job_sentence(job), "information" if job["state"] == "done" else "error")
