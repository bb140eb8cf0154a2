"""`studio doctor`: what this machine can do, what is missing, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from studio.output import emit_json, json_option

if TYPE_CHECKING:
    from engine.queue.protocol import Description
    from engine.queue.worker_process import WorkerProcess

PACKAGES = ("bpy", "textual", "numpy", "pillow", "rich-pixels", "watchdog", "pycocotools")

MARKS = {"ok": "✓", "note": "•", "problem": "✗"}

LITTLE_SPACE = 2 * 1024**3
"""Bytes of free disk below which a warning is due: a few thousand frames."""

ANSWER_SECONDS = 120.0
"""Blender starts in seconds; the first look for EEVEE on a machine without GPU takes up to half a minute."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    level: str
    """`ok`, `note` (works, but could be better) or `problem`"""
    text: str
    remedy: str = ""
    data: Any = None


@click.command()
@json_option
def command(as_json: bool) -> int:
    """Tell what this machine can do, what is missing and how to mend it.

    Exits with 1 if something is missing without which nothing can be rendered.
    """
    findings = [_versions(), _libraries(), *_blender(), _terminal(), *_disk(), _paths()]
    failed = any(finding.level == "problem" for finding in findings)
    if as_json:
        document = {f.subject: {"level": f.level, "text": f.text, "remedy": f.remedy, "data": f.data} for f in findings}
        emit_json({"ok": not failed, "findings": document})
    else:
        for finding in findings:
            _print(finding)
    return 1 if failed else 0


def _print(finding: Finding) -> None:
    head, *rest = finding.text.splitlines() or [""]
    click.echo(f"{MARKS[finding.level]} {finding.subject:<10} {head}")
    for line in rest + finding.remedy.splitlines():
        click.echo(" " * 13 + line)


def _versions() -> Finding:
    from engine import __version__

    found: dict[str, str | None] = {"studio": __version__, "python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    missing = [name for name, version in found.items() if version is None]
    text = ", ".join(f"{name} {version}" for name, version in found.items() if version)
    if missing:
        remedy = f"Not installed: {', '.join(missing)}. Install the package again."
        return Finding("versions", "problem", text, remedy, found)
    return Finding("versions", "ok", text, data=found)


def _libraries() -> Finding:
    from engine.system_libraries import Need, check_libraries, remedy

    states = check_libraries()
    data = [{"soname": s.library.sonames[0], "need": str(s.library.need), "loaded": s.loaded} for s in states]
    missing = [state for state in states if not state.loaded]
    if not missing:
        return Finding("libraries", "ok", f"all {len(states)} system libraries that Blender needs are there", data=data)
    fatal = any(state.library.need is Need.BLENDER for state in missing)
    names = ", ".join(state.library.sonames[0] for state in missing)
    return Finding("libraries", "problem" if fatal else "note", f"missing: {names}", remedy(states), data)


def _blender() -> list[Finding]:
    """Ask a worker; Blender must not be loaded here, and its failure must not be ours."""
    from engine.queue.protocol import ChannelClosed, Describe
    from engine.queue.worker_process import WorkerProcess

    with WorkerProcess() as worker:
        worker.send(Describe())
        try:
            report = _answer(worker)
        except ChannelClosed:
            reason, tail = worker.obituary(), worker.log_tail()
            return [Finding("blender", "problem", f"Blender does not start: {reason}", tail)]
    if report is None:
        return [Finding("blender", "problem", f"Blender did not answer within {ANSWER_SECONDS:.0f} seconds")]
    names = ", ".join(f"{device['kind']} {device['name']}" for device in report.devices)
    on_gpu = report.chosen_kind != "CPU"
    hint = "" if on_gpu else "Cycles found no GPU it can use: rendering works, slower. See docs/headless-servers.md."
    return [
        Finding("blender", "ok", f"{report.blender_version}"),
        Finding(
            "cycles",
            "ok" if on_gpu else "note",
            f"renders on {report.chosen}; sees {names}",
            hint,
            {"devices": list(report.devices), "chosen": report.chosen, "chosen_kind": report.chosen_kind},
        ),
        _eevee(report.eevee),
    ]


def _answer(worker: WorkerProcess) -> Description | None:
    """The worker's description of the machine; None when it does not come in time."""
    from engine.queue.protocol import Description

    deadline = time.monotonic() + ANSWER_SECONDS
    while (left := deadline - time.monotonic()) > 0:
        report = worker.receive(timeout=left)
        if isinstance(report, Description):
            return report
    return None


def _eevee(eevee: dict[str, Any]) -> Finding:
    if not eevee["runs"]:
        return Finding("eevee", "note", "cannot run here; previews use Cycles", str(eevee["reason"]), eevee)
    kind = "software rendering, slow; previews use Cycles" if eevee["software"] else "a GPU"
    level = "note" if eevee["software"] else "ok"
    return Finding("eevee", level, f"runs on {eevee['renderer']} ({kind})", data=eevee)


def _terminal() -> Finding:
    size = shutil.get_terminal_size()
    data = {
        "columns": size.columns,
        "rows": size.lines,
        "is_terminal": sys.stdout.isatty(),
        "TERM": os.environ.get("TERM", ""),
        "COLORTERM": os.environ.get("COLORTERM", ""),
        "multiplexer": next((name for name in ("TMUX", "STY") if os.environ.get(name)), ""),
        "colors": _colors(),
    }
    text = f"{size.columns}x{size.lines}, TERM={data['TERM'] or 'unset'}, {data['colors']}"
    if data["colors"] == "24-bit colour" or not data["is_terminal"]:
        return Finding("terminal", "ok", text, data=data)
    remedy = "If your terminal can do 24-bit colour, say so: export COLORTERM=truecolor (ssh does not pass it on)."
    return Finding("terminal", "note", text, remedy, data)


def _colors() -> str:
    """How many colours the app would send, by the rules of Rich, which Textual follows."""
    if os.environ.get("NO_COLOR"):
        return "no colour (NO_COLOR is set)"
    if os.environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "24-bit colour"
    term = os.environ.get("TERM", "")
    if term in ("", "dumb", "unknown"):
        return "no colour"
    return "24-bit colour" if term.endswith("-direct") else "256 colours" if "256color" in term else "16 colours"


def _disk() -> list[Finding]:
    import tempfile

    places = {"here": Path.cwd(), "temporary": Path(tempfile.gettempdir())}
    findings = []
    for name, path in places.items():
        free = shutil.disk_usage(path).free
        writable = os.access(path, os.W_OK)
        text = f"{path} ({name}): {free / 1024**3:.1f} GiB free{'' if writable else ', not writable'}"
        low = free < LITTLE_SPACE
        remedy = "There is little space left; a 640x480 frame takes about half a megabyte." if low else ""
        data = {"path": str(path), "free_bytes": free, "writable": writable}
        findings.append(Finding("disk" if name == "here" else "disk tmp", "note" if low else "ok", text, remedy, data))
    return findings


def _paths() -> Finding:
    from engine.paths import cache_dir, config_dir, data_dir, state_dir

    found = {"config": config_dir(), "data": data_dir(), "state": state_dir(), "cache": cache_dir()}
    text = "\n".join(f"{name:<7}{path}" for name, path in found.items())
    return Finding("folders", "ok", text, data={name: str(path) for name, path in found.items()})
