"""`studio queue`: jobs of the background engine, from adding to removing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from engine.queue.jobs import LARGEST_NUMBER
from studio.commands.render import device_option, set_option
from studio.output import InOrder, emit_json, json_option
from studio.queue_changes import CHANGES, job_argument, jobs_argument


@click.group(cls=InOrder, epilog="Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 130 interrupted.")
def command() -> None:
    """Render jobs in the background: add, list, watch, pause, retry.

    The engine renders on when you close the terminal or log out. Commands that change the queue start it where it does
    not run; ls, show, watch, logs and backup do not, and exit with 1 then.

    \b
    Example:
      studio queue add basic --count 1000 --out cups
      studio queue watch
    """


@command.command("add", short_help="Put frames of a recipe into the queue.")
@click.argument("recipe")
@click.option("-n", "--count", required=True, type=click.IntRange(1, LARGEST_NUMBER), help="Number of frames.")
@click.option("-o", "--out", required=True, type=click.Path(path_type=Path), help="Folder of the dataset.")
@click.option(
    "--start", default=0, show_default=True, type=click.IntRange(0, LARGEST_NUMBER), help="Index of the first frame."
)
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0, LARGEST_NUMBER), help="Seed of all draws.")
@click.option(
    "--priority",
    default=0,
    show_default=True,
    type=click.IntRange(-LARGEST_NUMBER, LARGEST_NUMBER),
    help="The larger, the sooner.",
)
@click.option("--name", help="What the job is called; the recipe's name when left out.")
@set_option
@device_option
@json_option
def add(
    recipe: str,
    count: int,
    out: Path,
    start: int,
    seed: int,
    priority: int,
    name: str | None,
    overrides: tuple[str, ...],
    device: str,
    as_json: bool,
) -> None:
    """Put frames of RECIPE, a preset's name or a .toml file, into the queue.

    Frames that are in the folder already count as done.

    \b
    Example:
      studio queue add basic --count 10000 --out cups --set render.samples=128
    """
    import presets
    from engine.recipe.load import load_recipe
    from studio.engine_link import ask
    from studio.queue_folder import look_into
    from studio.queueing import Wish, add_job, added_text

    file = presets.find(recipe)
    loaded = load_recipe(file, overrides)
    source = recipe if recipe in presets.names() else str(file.resolve())
    wish = Wish(count, seed, start, out, priority, name, device)
    held = look_into(loaded, wish)
    job = add_job(loaded, source, wish, lambda request: ask(request, start=True))
    if as_json:
        emit_json(job)
        return
    click.echo(added_text(job, held))
    click.echo(
        f"It goes on when this terminal closes. See it: studio queue watch. Its log: studio queue logs {job['id']}"
    )


@command.command("ls", short_help="List the jobs.")
@click.option("--all", "everything", is_flag=True, help="Also jobs that ended more than a day ago.")
@json_option
def list_jobs(everything: bool, as_json: bool) -> None:
    """List the jobs: those with frames left in the order of the queue, then those that ended.

    Exits with 1 if the engine does not run.
    """
    from engine.queue.door_messages import EngineStatus, ListJobs
    from studio.engine_link import connected
    from studio.jobs_text import colorful, in_order, job_messages, job_table, printable, recent, wrapped

    with connected(start=False) as client:
        jobs = client.request(ListJobs())
        status = client.request(EngineStatus())
    shown = in_order(jobs if everything else recent(jobs))
    if as_json:
        emit_json(shown)
        return
    columns = shutil.get_terminal_size().columns
    if status["message"]:
        click.echo("\n".join(wrapped(f"The queue waits: {printable(status['message'])}", columns)))
    if shown:
        click.echo("\n".join([*job_table(shown, columns, color=colorful()), *job_messages(shown, columns)]))
    else:
        click.echo("There are no jobs: studio queue add RECIPE --count N --out DIR")
    if len(shown) < len(jobs):
        click.echo(f"{len(jobs) - len(shown):,} more ended over a day ago: studio queue ls --all")


@command.command("show", short_help="Print all that is known of a job.")
@job_argument
@json_option
def show(job: str, as_json: bool) -> None:
    """Print all that is known of a job: progress, times, devices, and why frames were given up.

    --json has its whole recipe too.

    \b
    Example:
      studio queue show cups
    """
    from engine.queue.door_messages import ShowJob
    from studio.engine_link import ask
    from studio.jobs_text import colorful, job_details

    found = ask(ShowJob(job), start=False)
    if as_json:
        emit_json(found)
    else:
        click.echo("\n".join(job_details(found, shutil.get_terminal_size().columns, color=colorful())))


@command.command("watch", short_help="Show the queue as it changes.")
@click.option("--all", "everything", is_flag=True, help="Also jobs that ended more than a day ago.")
@click.option("--json", "as_json", is_flag=True, help="Print each change as a JSON object, one a line.")
def watch(everything: bool, as_json: bool) -> int:
    """Show the queue as it changes, until Ctrl-C (exit 130). The engine goes on.

    On a terminal it is a table. Elsewhere a line is printed when a job changes its state, and now and then. With
    --json the first object has the type Snapshot and holds everything; JobChanged, JobRemoved, WorkerChanged,
    EngineChanged, FrameFinished and LogLine follow, and a new Snapshot wherever some were skipped. EngineGone tells
    that the engine went away; its next Snapshot tells that it is back.

    \b
    Example:
      studio queue watch --json | jq 'select(.type == "FrameFinished")'
    """
    from studio.jobs_text import colorful
    from studio.listening import listen
    from studio.queue_watch import print_changes, show_live, stream_events

    if as_json:
        return listen(stream_events)
    if not sys.stdout.isatty():
        return listen(print_changes)
    return listen(lambda: show_live(everything=everything, color=colorful()))


@command.command("wait", short_help="Wait until jobs have ended.")
@jobs_argument
@json_option
def wait(jobs: tuple[str, ...], as_json: bool) -> int:
    """Wait until jobs have ended. Exits with 0 when all are done, 1 when one failed, was cancelled or removed.

    The engine is started where it does not run, and again after a crash. One that is stopped by hand is waited for.

    \b
    Example:
      studio queue wait cups && studio export cups --format coco --out cups.json
    """
    from studio.jobs_text import job_sentence
    from studio.queue_watch import wait_for

    ended = wait_for(jobs, lambda job: None if as_json else click.echo(job_sentence(job)))
    if as_json:
        emit_json(ended)
    return 0 if all(job["state"] == "done" for job in ended) else 1


@command.command("logs", short_help="Print a job's log.")
@job_argument
@click.option("-f", "--follow", is_flag=True, help="Go on with the lines that are added, until Ctrl-C (exit 130).")
@click.option("-n", "--lines", default=100, show_default=True, type=click.IntRange(min=0), help="Lines to begin with.")
@json_option
def logs(job: str, follow: bool, lines: int, as_json: bool) -> int:
    """Print a job's log. It can be read by the job's number when the engine does not run, too.

    With --json it is a list of lines; with -f as well, one JSON text a line.

    \b
    Example:
      studio queue logs cups -f
    """
    from engine.errors import EngineDown
    from engine.queue.door_messages import ShowJob
    from engine.queue.lifecycle import engine_paths
    from studio.engine_link import ask
    from studio.log_print import print_log

    try:
        job_id = ask(ShowJob(job), start=False)["id"]
    except EngineDown:
        if not (job.isdecimal() and job.isascii() and engine_paths().job_log(int(job)).exists()):
            raise
        job_id = int(job)
    return print_log(engine_paths().job_log(job_id), lines, follow=follow, as_json=as_json)


@command.command("backup", short_help="Copy the ledger of all jobs to a file.")
@click.argument("file", type=click.Path(path_type=Path))
@json_option
def backup(file: Path, as_json: bool) -> None:
    """Write a copy of the ledger, all jobs and what is known of their frames, to FILE. Rendering goes on meanwhile.

    \b
    Example:
      studio queue backup queue-$(date +%F).db
    """
    from engine.queue.door_messages import Backup
    from studio.engine_link import ask

    path = file.expanduser().absolute()
    ask(Backup(str(path)), start=False, timeout=None)
    if as_json:
        emit_json({"path": str(path), "bytes": path.stat().st_size})
    else:
        click.echo(f"{path}: {path.stat().st_size:,} bytes")


for change in CHANGES:
    command.add_command(change)
