"""`studio engine`: starting, stopping and looking at the background engine."""

from __future__ import annotations

import shutil
import sys
import time
from typing import Any

import click

from studio.output import InOrder, emit_json, json_option

_workers_option = click.option(
    "--workers",
    type=click.IntRange(1, 8),
    help="Workers at each GPU, or on the processor where there is none, from now on; 1 unless chosen (docs/engine.md).",
)


@click.group(cls=InOrder, epilog="Exit codes: 0 done, 1 failed or not running, 2 wrong use, 130 interrupted.")
def command() -> None:
    """Start, stop and look at the background engine.

    It renders the jobs of `studio queue`, and outlives the terminal that started it. It starts by itself when a job is
    added; these commands are for the rest.

    \b
    Example:
      studio engine status
    """


@command.command("status", short_help="Tell whether the engine runs, and what it does.")
@json_option
def status(as_json: bool) -> int:
    """Tell whether the engine runs (exit 0) or not (exit 1), since when, and what it does. Starts nothing."""
    from engine.errors import EngineRefused
    from engine.queue.client import EngineClient
    from engine.queue.door_messages import EngineStatus, Workers
    from engine.queue.lifecycle import engine_paths, is_running
    from studio.engine_link import version_note

    paths = engine_paths()
    if not is_running():
        if as_json:
            emit_json({"running": False, "folder": str(paths.folder), "log": str(paths.log)})
        else:
            click.echo("The engine is not running: `studio engine start` starts it. Jobs are kept meanwhile.")
        return 1
    try:
        with EngineClient.connect(paths.socket) as client:
            found: dict[str, Any] = client.request(EngineStatus())
            workers: list[dict[str, Any]] = client.request(Workers())
    except EngineRefused as refusal:
        _tell_of_refusal(str(refusal), as_json)
        return 0
    note = version_note(found["program_version"])
    if as_json:
        emit_json(
            {"running": True, **found, "workers": workers, "version_differs": bool(note), "folder": str(paths.folder)}
        )
        return 0
    click.echo("\n".join(_status_lines(found, workers, shutil.get_terminal_size().columns)))
    if note:
        click.echo(f"Note: {note}")
    return 0


def _tell_of_refusal(sentence: str, as_json: bool) -> None:
    """The status of an engine that does not let this program in: it says why, and no more can be known."""
    from engine.queue.lifecycle import engine_paths, engine_process
    from studio.jobs_text import folder_text, printable, wrapped

    paths, pid = engine_paths(), engine_process()
    if as_json:
        emit_json(
            {"running": True, "pid": pid, "state": "unknown", "message": sentence, "folder": str(paths.folder),
             "log": str(paths.log)}
        )  # fmt: skip
        return
    lines = [
        "✓ running    but it does not let this program in",
        *("  " + line for line in wrapped(printable(sentence), shutil.get_terminal_size().columns - 2)),
        f"  process    {pid or '–'}",
        f"  folder     {folder_text(str(paths.folder))}",
        f"  log        {folder_text(str(paths.log))}",
    ]
    click.echo("\n".join(lines))


def _status_lines(status: dict[str, Any], workers: list[dict[str, Any]], columns: int) -> list[str]:
    from engine.queue.lifecycle import engine_paths
    from studio.jobs_text import duration, folder_text, moment, printable, wrapped
    from studio.workers_text import idle_advice, worker_lines

    up = duration(time.time() - status["started_at"])
    jobs = ", ".join(f"{count:,} {state}" for state, count in status["jobs"].items() if count) or "none"
    advice = idle_advice(workers) if status.get("backend", "local") == "local" else ""
    lines = [
        f"✓ running    {status['state']}",
        f"  process    {status['pid']}, since {moment(status['started_at'])} ({up})",
        f"  version    {status['program_version']}",
        f"  jobs       {jobs}",
        f"  workers    {len(workers) or 'none: they start with the next frame'}{_where_text(status)}",
        *("    " + line for line in worker_lines(workers, columns - 4)),
        *("    " + line for line in (wrapped(advice, columns - 4) if advice else [])),
        f"  folder     {folder_text(str(engine_paths().folder))}",
        f"  log        {folder_text(status['log'])}",
    ]
    if status["message"]:
        lines[1:1] = ["  " + line for line in wrapped(printable(status["message"]), columns - 2)]
    return lines


def _where_text(status: dict[str, Any]) -> str:
    backend, each = status.get("backend", "local"), status.get("workers_each", 1)
    if backend != "local":
        return f", on {backend.capitalize()}"
    return f", {each} at each device" if each > 1 else ""


@command.command("start", short_help="Start the engine.")
@click.option(
    "--backend",
    type=click.Choice(["local", "ray", "slurm"]),
    help="What runs the workers, from now on: this machine, a Ray cluster or Slurm (docs/cluster.md).",
)
@click.option("--address", help="Of the Ray cluster: HOST:PORT, or `local` to start one on this machine.")
@_workers_option
@json_option
def start(backend: str | None, address: str | None, workers: int | None, as_json: bool) -> None:
    """Start the engine; does nothing where it runs. Jobs with frames left are gone on with.

    \b
    Example:
      studio engine start
      studio engine start --backend ray --address head:6379
    """
    from engine.queue.lifecycle import is_running, start_engine

    before = is_running()
    found = start_engine(backend, address, workers)
    if as_json:
        emit_json({"started": not before, **found})
    else:
        click.echo(f"The engine {'runs already' if before else 'has started'}, process {found['pid']}.")


@command.command("stop", short_help="Stop the engine; the queue is kept.")
@click.option("--now", is_flag=True, help="Do not finish the frames at hand; they are rendered again later.")
@json_option
def stop(now: bool, as_json: bool) -> None:
    """Stop the engine after the frames at hand. The queue is kept, and goes on when the engine starts again."""
    stopped = _stop(now)
    if as_json:
        emit_json({"stopped": stopped})
    else:
        click.echo("The engine has stopped; its queue is kept." if stopped else "The engine was not running.")


@command.command("restart", short_help="Stop the engine and start it again.")
@click.option("--now", is_flag=True, help="Do not finish the frames at hand first; they are rendered again.")
@_workers_option
@json_option
def restart(now: bool, workers: int | None, as_json: bool) -> None:
    """Stop the engine, and start it as this program's version. Nothing is lost.

    \b
    Example:
      studio engine restart --workers 2
    """
    from engine.queue.lifecycle import choose_workers, start_engine

    # Before the engine stops: whoever starts it again, it has the new number.
    if workers is not None:
        choose_workers(workers)
    stopped = _stop(now)
    found = start_engine()
    if as_json:
        emit_json({"stopped": stopped, "started": True, **found})
    else:
        click.echo(f"The engine has started{' again' if stopped else ''}, process {found['pid']}.")


def _stop(now: bool) -> bool:
    from engine.queue.lifecycle import stop_engine

    def tell(finishes: bool) -> None:
        if finishes and sys.stderr.isatty():
            click.echo("The engine finishes the frames at hand, then stops; --now would not wait.", err=True)
        elif not finishes and not now:
            click.echo(
                "This engine is of another version and stops at once; frames at hand are rendered again.", err=True
            )

    return stop_engine(now, tell)


@command.command("logs", short_help="Print the engine's log.")
@click.option("-f", "--follow", is_flag=True, help="Go on with the lines that are added, until Ctrl-C (exit 130).")
@click.option("-n", "--lines", default=100, show_default=True, type=click.IntRange(min=0), help="Lines to begin with.")
@json_option
def logs(follow: bool, lines: int, as_json: bool) -> int:
    """Print the engine's log, whether it runs or not; jobs have their own: `studio queue logs JOB`.

    With --json it is a list of lines; with -f as well, one JSON text a line.

    \b
    Example:
      studio engine logs -n 20 -f
    """
    from engine.queue.lifecycle import engine_paths
    from studio.log_print import print_log

    return print_log(engine_paths().log, lines, follow=follow, as_json=as_json)


@command.command("install-service", short_help="Start the engine with the machine, by systemd.")
@click.option("--print", "only_print", is_flag=True, help="Print the unit, and write nothing.")
@json_option
def install_service(only_print: bool, as_json: bool) -> None:
    """Write a systemd user service, so that the engine starts with the machine. It says how to enable it.

    Without systemd it fails (exit 1): a reboot then needs `studio engine start`.

    \b
    Example:
      studio engine install-service --print
    """
    from studio import systemd

    if only_print:
        if as_json:
            emit_json({"path": str(systemd.unit_path()), "unit": systemd.unit_text()})
        else:
            click.echo(systemd.unit_text(), nl=False)
        return
    path, lingers = _write_unit(), systemd.lingers()
    commands = _commands(lingers)
    if as_json:
        emit_json({"path": str(path), "lingers": lingers, "commands": commands})
        return
    click.echo(f"{path} is written. To enable it:")
    for text in commands:
        click.echo(f"  {text}")
    if lingers:
        click.echo("It starts with the machine and goes on when you log out: lingering is on for you.")
    else:
        click.echo(
            "Without the last one, systemd starts it at your first login and ends it, its renders too, at your last\n"
            "logout. Lingering may need an administrator."
        )


def _write_unit() -> Any:
    from engine.errors import Failure, StorageError
    from engine.files import make_folder, reason, write_atomically
    from studio import systemd

    if not systemd.is_available():
        raise Failure(
            "systemd does not run here, so nothing starts the engine after a reboot: run `studio engine start` then; "
            "the queue is kept and goes on."
        )
    path = systemd.unit_path()
    try:
        make_folder(path.parent)
        write_atomically(path, systemd.unit_text().encode())
    except OSError as error:
        raise StorageError(f"{path} cannot be written: {reason(error)}; `--print` shows what belongs there.") from None
    return path


def _commands(lingers: bool | None) -> list[str]:
    """What the user has to type, in order."""
    from engine.queue.lifecycle import is_running
    from studio import systemd

    # An engine that was started by hand would keep the service's from starting.
    first = ["studio engine stop"] if is_running() else []
    last = [] if lingers else ["loginctl enable-linger"]
    return [*first, "systemctl --user daemon-reload", f"systemctl --user enable --now {systemd.SERVICE}", *last]
