"""The commands of `studio queue` that change jobs: pause, resume, cancel, retry, priority, move, extend, rm."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from engine.queue.jobs import LARGEST_NUMBER
from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.queue.door_messages import Request

jobs_argument = click.argument("jobs", metavar="JOB...", nargs=-1, required=True)
job_argument = click.argument("job", metavar="JOB")
yes_option = click.option("-y", "--yes", is_flag=True, help="Do not ask.")


def _change(request: Request, as_json: bool) -> None:
    """Ask for a change, and tell where the jobs stand then."""
    from studio.engine_link import ask
    from studio.jobs_text import job_sentence

    answer = ask(request, start=True)
    if as_json:
        emit_json(answer)
        return
    for job in answer if isinstance(answer, list) else [answer]:
        click.echo(job_sentence(job))


@click.command("pause", short_help="Render no more frames of jobs until resume.")
@jobs_argument
@json_option
def pause(jobs: tuple[str, ...], as_json: bool) -> None:
    """Render no more frames of these jobs until `resume`; those at hand are given back."""
    from engine.queue.door_messages import PauseJobs

    _change(PauseJobs(jobs), as_json)


@click.command("resume", short_help="Go on with paused jobs.")
@jobs_argument
@json_option
def resume(jobs: tuple[str, ...], as_json: bool) -> None:
    """Go on with paused jobs."""
    from engine.queue.door_messages import ResumeJobs

    _change(ResumeJobs(jobs), as_json)


@click.command("cancel", short_help="End jobs for good; their frames stay.")
@jobs_argument
@yes_option
@json_option
def cancel(jobs: tuple[str, ...], yes: bool, as_json: bool) -> int:
    """End jobs for good. What they have rendered stays. Asks first where there is a terminal."""
    from engine.queue.door_messages import CancelJobs

    if not (yes or _agreed(jobs, lambda job: "Cancel " + _where(job) + " Its frames stay.")):
        return 1
    _change(CancelJobs(jobs), as_json)
    return 0


@click.command("retry", short_help="Render quarantined frames again.")
@jobs_argument
@json_option
def retry(jobs: tuple[str, ...], as_json: bool) -> None:
    """Bring quarantined frames back, and render them again."""
    from engine.queue.door_messages import RetryJobs

    _change(RetryJobs(jobs), as_json)


@click.command("priority", short_help="Let jobs go sooner or later.", context_settings={"ignore_unknown_options": True})
@click.argument("number", metavar="N", type=click.IntRange(-LARGEST_NUMBER, LARGEST_NUMBER))
@jobs_argument
@json_option
def priority(number: int, jobs: tuple[str, ...], as_json: bool) -> None:
    """Give jobs the priority N: the larger, the sooner; 0 is usual, and it may be negative."""
    from engine.queue.door_messages import SetPriority

    _change(SetPriority(jobs, number), as_json)


@click.command("move", short_help="Move jobs among those of the same priority.")
@jobs_argument
@click.option("--to", "where", required=True, metavar="PLACE", help="top, bottom, before:JOB or after:JOB.")
@json_option
def move(jobs: tuple[str, ...], where: str, as_json: bool) -> None:
    """Move jobs among those of the same priority.

    \b
    Example:
      studio queue move 7 8 --to before:cups
    """
    from engine.queue.door_messages import MoveJobs

    _change(MoveJobs(jobs, where), as_json)


@click.command("extend", short_help="Let a job have more frames.")
@job_argument
@click.option(
    "-n", "--count", required=True, type=click.IntRange(1, LARGEST_NUMBER), help="Frames in all, old and new."
)
@json_option
def extend(job: str, count: int, as_json: bool) -> None:
    """Let a job have more frames. One that has ended renders the new ones only."""
    from engine.queue.door_messages import ExtendJob

    _change(ExtendJob(job, count), as_json)


@click.command("rm", short_help="Forget jobs; their files stay.")
@jobs_argument
@click.option("--delete-files", is_flag=True, help="Delete the frames of the job too.")
@yes_option
@json_option
def remove(jobs: tuple[str, ...], delete_files: bool, yes: bool, as_json: bool) -> int:
    """Forget jobs; those with frames left are cancelled first. Files stay, unless --delete-files says otherwise.

    Asks first where there is a terminal.

    \b
    Example:
      studio queue rm cups --delete-files
    """
    from engine.queue.door_messages import RemoveJobs, ShowJob
    from studio.engine_link import ask
    from studio.jobs_text import folder_text, job_title

    what = " Its frames are deleted." if delete_files else " Its frames stay."
    if not (yes or _agreed(jobs, lambda job: "Forget " + _where(job) + what)):
        return 1
    found = [ask(ShowJob(job), start=True) for job in jobs]
    ask(RemoveJobs(jobs, delete_files), start=True, timeout=None)
    if as_json:
        emit_json({"removed": [job["id"] for job in found], "files_deleted": delete_files})
        return 0
    for job in found:
        folder = folder_text(job["root"])
        fate = f"its frames in {folder} are deleted" if delete_files else f"its frames stay in {folder}"
        click.echo(f"{job_title(job)} is forgotten; {fate}.")
    return 0


def _where(job: dict[str, Any]) -> str:
    from studio.jobs_text import folder_text, job_title

    return f"{job_title(job)}, {job['done']:,} of {job['count']:,} frames done in {folder_text(job['root'])}?"


def _agreed(names: Sequence[str], question: Callable[[dict[str, Any]], str]) -> bool:
    """Whether the user agrees to what is asked of each job; nobody is asked where there is no terminal."""
    from engine.queue.door_messages import ShowJob
    from studio.engine_link import ask

    if not sys.stdin.isatty():
        return True
    for name in names:
        if not click.confirm(question(ask(ShowJob(name), start=True)), err=True):
            click.echo("Nothing was changed.", err=True)
            return False
    return True


CHANGES: tuple[click.Command, ...] = (pause, resume, cancel, retry, priority, move, extend, remove)
