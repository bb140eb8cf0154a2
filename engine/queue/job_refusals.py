"""Why a job cannot be changed in the way that somebody asked for, and what can be done instead."""

from __future__ import annotations

from engine.errors import BadInput
from engine.queue.jobs import LIVE_STATES, Job, JobState


def missing(text: str) -> BadInput:
    """There is no job of that number or name."""
    return BadInput(f"There is no job “{text}”: `studio queue ls --all` shows those that there are.")


def wrong_state(job: Job, verb: str) -> BadInput:
    """A job is in a state in which it cannot be `verb` (`paused`, `moved`)."""
    return BadInput(f"Job {job.id} “{job.name}” is {job.state} and cannot be {verb}: {_instead(job)}.")


def nothing_to_retry(job: Job) -> BadInput:
    """A job has no quarantined frames."""
    return BadInput(f"Job {job.id} “{job.name}” has no quarantined frames to retry: {_instead(job)}.")


def _instead(job: Job) -> str:
    """What can be done with a job, by its state."""
    match job.state:
        case JobState.DONE:
            return f"all its frames are rendered; `studio queue extend {job.id} --count N` lets it have more"
        case JobState.FAILED:
            return f"`studio queue retry {job.id}` renders its quarantined frames again"
        case JobState.CANCELLED:
            return "add its frames again by `studio queue add`; those in its folder count as done"
        case JobState.PAUSED:
            return f"it is paused, and `studio queue resume {job.id}` goes on with it"
    return "it goes on by itself"


def refuse_ended(jobs: list[Job], verb: str) -> None:
    """Raise BadInput where one of some jobs has no frames left to render."""
    for job in jobs:
        if job.state not in LIVE_STATES:
            raise wrong_state(job, verb)
