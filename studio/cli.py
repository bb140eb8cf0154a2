"""The command line. Commands are imported when they are called, so that `--help` costs next to nothing."""

from __future__ import annotations

import importlib
import os
import signal
import sys
from typing import Any

import click

from engine import __version__
from engine.errors import StudioError
from studio.output import graphics_option

COMMANDS: dict[str, str] = {
    "demo": "Render a small labelled dataset of the cup and show it.",
    "render": "Render frames of a recipe into a dataset.",
    "bench": "Tell where a frame's time goes by stage, and which settings would save most.",
    "queue": "Render jobs in the background: add, list, watch, pause, retry.",
    "engine": "Start, stop and look at the background engine.",
    "library": "Models, HDRIs and pictures: add folders, list, look at, tag.",
    "recipe": "Open a recipe in the app; check, compare and estimate one; draws of it.",
    "presets": "List, show and copy the recipes that ship; print the recipe schema; measure how varied frames are.",
    "plugins": "Code of your own in recipes: list, allow, forbid.",
    "show": "Print a frame of a dataset, or a contact sheet, in the terminal.",
    "video": "Make a film of a dataset's frames, with or without overlays.",
    "inspect": "Browse a dataset's frames and annotations.",
    "stats": "Count instances, sizes, places, views and brightness of a dataset.",
    "report": "Write a dataset's pictures, statistics and problems into one HTML page.",
    "evaluate": "Compare predictions with a dataset: AP, and the frames that went worst.",
    "suggest": "Name the settings whose ranges hold the most misses of a detector.",
    "export": "Write a dataset in a format that training code reads.",
    "diff": "Tell whether two datasets are the same, and where they are not.",
    "validate": "Read a dataset back and check every record against its files.",
    "doctor": "Tell what this machine can do, what is missing and how to mend it.",
}
"""Name and one line of help of each command; `studio.commands.NAME` holds it as `command`."""


class LazyGroup(click.Group):
    """A group whose commands are imported when needed; the list of commands needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"studio.commands.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0].endswith(".toml"):
            return "recipe", self.get_command(ctx, "recipe"), args
        if args[0] not in COMMANDS:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=COMMANDS, ctx=ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong use or bad input, 130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", prog_name="studio", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show tracebacks, and the renderer's own messages.")
@click.option("--readonly", is_flag=True, help="In the app, refuse what changes the queue or files.")
@click.option("--ascii", "characters", is_flag=True, help="In the app, pictures of characters instead of half blocks.")
@graphics_option
@click.pass_context
def group(ctx: click.Context, debug: bool, readonly: bool, characters: bool, graphics: str | None) -> None:
    """Render labelled images of your own 3D objects, from a terminal.

    Without a command, opens the app, at the screen of last time; `studio FILE.toml` opens a recipe there.
    """
    ctx.obj = {"debug": debug, "readonly": readonly, "characters": characters}
    if debug:
        os.environ["STUDIO_DEBUG"] = "1"
    if ctx.invoked_subcommand is None:
        from studio.commands.inspect import open_app

        open_app(characters=characters, graphics=graphics)


def main(args: list[str] | None = None) -> None:
    """Run the program and end the process with its exit code. SIGTERM, which batch systems send, acts like Ctrl-C."""
    signal.signal(signal.SIGTERM, _interrupt)
    code = run(args)
    try:
        sys.stdout.flush()
    except OSError as error:
        code = _cannot_print(error)
    sys.exit(code)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _cannot_print(error: OSError) -> int:
    """stdout takes no more (a full disk, a closed pipe); Python would complain again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 0
    return _complain(f"Error: the output cannot be written: {error.strerror}.", 1)


def run(args: list[str] | None = None) -> int:
    """Run the program; returns the exit code. Errors go to stderr as one sentence, without a traceback."""
    try:
        outcome: Any = group.main(args=args, prog_name="studio", standalone_mode=False)
    except click.exceptions.Abort:
        return _complain("Interrupted.", 130)
    except KeyboardInterrupt:
        return _complain("Interrupted.", 130)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except click.UsageError as error:
        from studio.usage_errors import explain

        return _complain(explain(error), error.exit_code)
    except click.ClickException as error:
        return _complain(f"Error: {error.format_message()}", error.exit_code)
    except StudioError as error:
        if _debug():
            raise
        return _complain(f"Error: {error}", error.exit_code)
    except Exception as error:
        if _debug():
            raise
        if isinstance(error, OSError) and error.filename is None:
            return _cannot_print(error)
        what = f"{type(error).__name__}: {error}"
        return _complain(f"Error: something unforeseen went wrong ({what}). `studio --debug ...` shows where.", 1)
    return outcome if isinstance(outcome, int) else 0


def _debug() -> bool:
    return os.environ.get("STUDIO_DEBUG") == "1"


def _complain(sentence: str, exit_code: int) -> int:
    click.echo(sentence, err=True)
    return exit_code


if __name__ == "__main__":
    main()
