"""Printing a log file, with the lines that are added to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from studio.jobs_text import printable
from studio.listening import listen, while_read
from studio.log_tail import follow_lines, last_lines
from studio.output import emit_json


def print_log(path: Path, lines: int, *, follow: bool, as_json: bool) -> int:
    """Print the last `lines` lines of a log, and with `follow` those that come, until Ctrl-C; returns the exit code."""
    if follow:
        return listen(lambda: _print_each(while_read(follow_lines(path, lines)), as_json=as_json))
    found = last_lines(path, lines)
    if as_json:
        emit_json(found)
    elif found:
        click.echo("\n".join(map(_safe, found)))
    elif not path.exists():
        click.echo(f"Nothing has been written to {path} yet.", err=True)
    return 0


def _print_each(lines: Iterator[str | None], *, as_json: bool) -> None:
    for line in lines:
        if line is not None:
            click.echo(json.dumps(line, ensure_ascii=False) if as_json else _safe(line))


def _safe(line: str) -> str:
    """The line as it may be shown on a terminal."""
    return printable(line.replace("\t", "    "))
