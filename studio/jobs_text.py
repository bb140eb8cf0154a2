"""Jobs as text for people: tables that fit the terminal, states told by a sign and a word.

Jobs are the plain maps of engine.queue.door_messages. Lines hold colours, as escape sequences, only when asked for.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

type Map = dict[str, Any]

SIGNS = {"queued": "○", "rendering": "▶", "paused": "‖", "done": "✓", "failed": "✗", "cancelled": "⊘"}
COLORS = {"rendering": "cyan", "paused": "yellow", "done": "green", "failed": "red", "cancelled": "bright_black"}
ENDED = frozenset({"done", "failed", "cancelled"})
"""States in which a job has no frames left to render."""

RECENT_SECONDS = 24 * 3600.0
"""Jobs that ended longer ago are left out of lists, unless all are asked for."""

BAR_CELLS = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"
_OWN = frozenset("".join(SIGNS.values()) + _EIGHTHS + "█░–…“”")
"""Characters of this module's own, each one column wide."""
_TITLES = ("ID", "NAME", "STATE", "PROGRESS", "DONE", "QUAR", "/MIN", "LEFT", "FOLDER")
_RIGHT = frozenset({"ID", "DONE", "QUAR", "/MIN", "LEFT"})
_NAME_CELLS, _FOLDER_CELLS = 8, 10
"""What name and folder have at least; the bar goes before they get less."""


def colorful() -> bool:
    """Whether standard output shows colours, and its user wants them."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def printable(text: str) -> str:
    """The text without characters that could steer the terminal or break the line."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "�" for character in text)


def cells(text: str) -> int:
    """Columns that the text takes."""
    if all(character < "\u0300" or character in _OWN for character in text):
        return len(text)  # without loading a library for it
    from rich.cells import cell_len

    return cell_len(text)


def fitted(text: str, width: int, *, keep_end: bool = False, right: bool = False) -> str:
    """The text in exactly `width` columns: cut with an ellipsis at its end, or at its beginning, or filled up."""
    length = cells(text)
    if length > width:
        while text and cells(text) > width - 1:
            text = text[1:] if keep_end else text[:-1]
        text = ("…" + text if keep_end else text + "…") if width > 0 else ""
        length = cells(text)
    room = " " * (width - length)
    return room + text if right else text + room


def duration(seconds: float | None) -> str:
    """`2:03`, `1:02:03`, `3d 04h`, or `–` when unknown."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours >= 48:
        return f"{hours // 24}d {hours % 24:02}h"
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def rate_text(rate: float | None) -> str:
    """Frames per minute in three digits, or `–` when unknown."""
    if rate is None:
        return "–"
    return f"{rate:.2f}" if rate < 10 else f"{rate:.1f}" if rate < 100 else f"{rate:,.0f}"


def short_moment(seconds: float | None) -> str:
    """A time in this machine's zone, for tables: `Apr 05 16:07`, or `–`."""
    return "–" if seconds is None else f"{datetime.fromtimestamp(seconds).astimezone():%b %d %H:%M}"


def moment(seconds: float | None) -> str:
    """A time in this machine's zone: `2031-04-05 16:07:08`, or `–`."""
    return "–" if seconds is None else f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def folder_text(path: str) -> str:
    """A folder's path, with ~ for the home folder."""
    home = str(Path.home())
    inside = path == home or path.startswith(home.rstrip("/") + "/")
    return printable("~" + path[len(home.rstrip("/")) :] if inside and home != "/" else path)


def bar(done: int, count: int, width: int = BAR_CELLS) -> str:
    """A bar in eighths of a cell: full only when all is done, not empty when anything is."""
    eighths = done * width * 8 // count if count else 0
    eighths = min(max(eighths, 1 if done else 0), width * 8 - (1 if done < count else 0))
    full, part = divmod(eighths, 8)
    drawn = "█" * full + (_EIGHTHS[part] if part else "")
    return drawn + "░" * (width - len(drawn))


def is_held(job: Map) -> bool:
    """Whether a job was paused by the engine, for a reason that it tells, and not by somebody's hand."""
    return bool(job["state"] == "paused" and job["message"])


def state_text(job: Map) -> str:
    """`▶ rendering`: sign and word; `! paused` for a job that is held."""
    return f"{'!' if is_held(job) else SIGNS.get(job['state'], '?')} {job['state']}"


def job_title(job: Map) -> str:
    """`Job 3 “cups”`."""
    return f"Job {job['id']} “{printable(job['name'])}”"


def job_sentence(job: Map) -> str:
    """One line that says where a job stands."""
    bad = f", {job['quarantined']:,} quarantined" if job["quarantined"] else ""
    return f"{job_title(job)}: {job['state']}, {job['done']:,} of {job['count']:,} frames done{bad}."


def in_order(jobs: Iterable[Map]) -> list[Map]:
    """Jobs with frames left in the order of the queue, then those that ended, the latest first."""
    live = [job for job in jobs if job["state"] not in ENDED]
    ended = [job for job in jobs if job["state"] in ENDED]
    live.sort(key=lambda job: (-job["priority"], job["position"]))
    ended.sort(key=lambda job: -(job["ended_at"] or 0.0))
    return live + ended


def recent(jobs: Iterable[Map], now: float | None = None) -> list[Map]:
    """The jobs that have not ended, or not long ago."""
    oldest = (time.time() if now is None else now) - RECENT_SECONDS
    return [job for job in jobs if job["state"] not in ENDED or (job["ended_at"] or 0.0) >= oldest]


def job_table(jobs: Sequence[Map], columns: int, *, color: bool = False) -> list[str]:
    """A table of jobs, a heading first; no line is longer than `columns`, from about 60 on."""
    rows = [_cells_of(job) for job in jobs]
    widths = [max(map(cells, column)) for column in zip(_TITLES, *rows, strict=True)]
    titles = dict(zip(_TITLES, widths, strict=True))
    gap = 2 if columns >= 100 else 1
    for drop in ("", "PROGRESS", "/MIN", "QUAR", "LEFT"):
        titles.pop(drop, None)
        room = columns - sum(width + gap for title, width in titles.items() if title not in ("NAME", "FOLDER")) - gap
        if room >= _NAME_CELLS + _FOLDER_CELLS:
            break
    titles["NAME"], titles["FOLDER"] = _share(max(room, 2), titles["NAME"], titles["FOLDER"])
    lines = []
    for at, row in enumerate([_TITLES, *rows]):
        texts = dict(zip(_TITLES, row, strict=True))
        parts = [
            fitted(texts[title], width, keep_end=title == "FOLDER" and at > 0, right=title in _RIGHT)
            for title, width in titles.items()
        ]
        if color and at == 0:
            parts = [click.style(part, bold=True) for part in parts]
        elif color:
            parts = [_painted(title, part, jobs[at - 1]) for title, part in zip(titles, parts, strict=True)]
        lines.append((" " * gap).join(parts).rstrip())
    return lines


def _cells_of(job: Map) -> tuple[str, ...]:
    return (
        str(job["id"]),
        printable(job["name"]),
        state_text(job),
        bar(job["done"], job["count"]),
        f"{job['done']:,}/{job['count']:,}",
        f"{job['quarantined']:,}" if job["quarantined"] else "–",
        rate_text(job.get("rate")),
        duration(job.get("seconds_left")),
        folder_text(job["root"]),
    )


def _share(room: int, name: int, folder: int) -> tuple[int, int]:
    """Widths of name and folder that together fit into `room`; neither takes more than half from the other."""
    if name + folder <= room:
        return name, folder
    name = min(name, max(room // 2, room - folder))
    return name, min(folder, room - name)


def _painted(title: str, part: str, job: Map) -> str:
    color = COLORS.get(job["state"])
    if title in ("STATE", "PROGRESS") and color:
        return click.style(part, fg=color)
    if title == "QUAR" and job["quarantined"]:
        return click.style(part, fg="red")
    return part


def job_messages(jobs: Iterable[Map], columns: int) -> list[str]:
    """Why jobs are paused or failed, wrapped."""
    lines = []
    for job in jobs:
        if job["message"]:
            lines += wrapped(f"Job {job['id']} {job['state']}: {printable(job['message'])}", columns)
    return lines


def wrapped(text: str, columns: int) -> list[str]:
    """The text in lines of at most `columns`; the second and later ones are indented."""
    import textwrap

    return textwrap.wrap(text, max(columns, 20), subsequent_indent="  ", break_on_hyphens=False) or [""]


def job_details(job: Map, columns: int, *, color: bool = False) -> list[str]:
    """All that is known of a job, a line for each thing."""
    state = state_text(job)
    last = job["start"] + job["count"] - 1
    rows = [
        ("state", click.style(state, fg=COLORS.get(job["state"])) if color else state),
        ("progress", f"{bar(job['done'], job['count'], 20)} {job['done']:,}/{job['count']:,} frames done"),
        ("quarantined", f"{job['quarantined']:,}"),
        ("rate", f"{rate_text(job.get('rate'))} frames a minute, {duration(job.get('seconds_left'))} left"),
        ("message", printable(job["message"])),
        ("frames", f"{job['start']:,} to {last:,}, seed {job['seed']}"),
        ("recipe", printable(job["recipe_name"])),
        ("folder", folder_text(job["root"])),
        ("devices", ", ".join(map(printable, job.get("devices", []))) or f"– ({printable(job['device'])} wanted)"),
        ("priority", f"{job['priority']}, place {job['position']}"),
        ("added", moment(job["created_at"])),
        ("started", moment(job["started_at"])),
        ("ended", moment(job["ended_at"])),
    ]
    lines = [job_title(job)]
    for name, text in rows:
        if text or name != "message":
            lines += _labelled(name, text, columns)
    return lines + _quarantined(job, columns)


def _labelled(name: str, text: str, columns: int) -> list[str]:
    """`  name          text`, wrapped where it is long."""
    if name == "message":
        first, *rest = wrapped(text, columns - 16)
        return [f"  {name:<13} {first}", *(" " * 14 + line for line in rest)]
    return [f"  {name:<13} {text}"]


def _quarantined(job: Map, columns: int) -> list[str]:
    """The frames that were given up, why, and where the means to reproduce them lie."""
    frames: list[Map] = job.get("quarantined_frames") or []
    if not frames:
        return []
    lines = ["", f"Quarantined frames (`studio queue retry {job['id']}` tries them again)"]
    for frame in frames[:20]:
        lines += wrapped(f"{frame['index']}: {printable(frame['reason'] or 'unknown')}", columns)
        lines.append(f"  {folder_text(frame['bundle'])}")
    if len(frames) > 20:
        lines.append(f"and {len(frames) - 20:,} more; --json lists all")
    return lines
