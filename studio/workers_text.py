"""Render processes as text for people: what they do, on what, and what that takes.

Workers are the plain maps of engine.queue.door_messages.
"""

from __future__ import annotations

from collections.abc import Sequence

from studio.jobs_text import Map, cells, fitted, printable

_MOST_IDLE = 0.1
"""Share of the time that a GPU may be left alone before that is worth a word."""


def worker_lines(workers: Sequence[Map], columns: int) -> list[str]:
    """All that is known of the workers, in lines of at most `columns`; a long one goes on in the next, indented."""
    return [line for worker in workers for line in _packed(list(_parts(worker).values()), columns)]


def worker_rows(workers: Sequence[Map], columns: int, most: int) -> list[str]:
    """A line for each worker, with what there is room for; workers beyond the `most` lines are counted."""
    shown = workers if len(workers) <= most else workers[: most - 1]
    lines = [_one_line(worker, columns) for worker in shown]
    if len(shown) < len(workers):
        lines.append(
            fitted(f"and {len(workers) - len(shown):,} more workers: `studio engine status`", columns).rstrip()
        )
    return lines


def idle_advice(workers: Sequence[Map]) -> str:
    """What would use this machine's GPUs that are left alone too long, in a sentence; empty where none is, or where
    workers share them already."""
    idle = [worker for worker in workers if _has_time_for_two(worker)]
    if not idle:
        return ""
    share = f"{'up to ' if len(idle) > 1 else ''}{max(worker['between_samplings'] for worker in idle):.0%}"
    names = ", ".join(printable(worker["name"]) for worker in idle)
    return (
        f"For {share} of the time nothing is sampled on {names}: `studio engine restart --workers 2` lets two workers "
        "share each GPU, and loses nothing."
    )


def _has_time_for_two(worker: Map) -> bool:
    """Whether a worker has a GPU for itself that has time, and as far as is known memory, for a second one."""
    from engine.queue.tracing import WINDOW

    between = worker.get("between_samplings")
    if between is None or between <= _MOST_IDLE or worker.get("between_frames", 0) < WINDOW:
        return False
    used, total = worker.get("gpu_memory_used_bytes"), worker.get("gpu_memory_total_bytes")
    has_room = used is None or total is None or 2 * used <= total
    return has_room and not worker.get("shares") and not worker["device"].startswith("CPU")


def _packed(parts: Sequence[str], columns: int) -> list[str]:
    """Parts with commas between them; none is broken unless it is longer than a line."""
    lines = [parts[0]]
    for part in parts[1:]:
        if cells(lines[-1]) + cells(part) + 3 <= columns:
            lines[-1] += f", {part}"
        else:
            lines[-1] += ","
            lines.append(f"  {part}")
    return [fitted(line, columns).rstrip() for line in lines]


def _one_line(worker: Map, columns: int) -> str:
    parts = _parts(worker)
    for drop in ("between", "device", "memory", "samples", "gpu"):
        if cells(", ".join(parts.values())) <= columns:
            break
        parts.pop(drop, None)
        parts["state"] = parts["state"].replace(": rendering frame ", ": frame ")
    return fitted(", ".join(parts.values()), columns).rstrip()


def worker_state(worker: Map) -> str:
    """What a worker does; `dead` alone would sound like trouble where there is only nothing to do."""
    if worker["state"] == "dead" and not worker.get("trouble"):
        return "waits for work"
    return str(worker["state"])


def _parts(worker: Map) -> dict[str, str]:
    parts = {"state": f"{printable(worker['name'])}: {worker_state(worker)}"}
    if worker["frame"] is not None:
        parts["state"] += f" frame {worker['frame']:,} of job {worker['job_id']}"
    if worker.get("standing"):
        parts["standing"] = printable(worker["standing"])
    if worker["samples"]:
        parts["samples"] = f"{worker['samples_done']}/{worker['samples']} samples"
    if worker.get("between_samplings") is not None:
        parts["between"] = f"{worker['between_samplings']:.0%} between samplings"
    if worker["device"]:
        parts["device"] = printable(worker["device"])
    if worker["resident_bytes"]:
        parts["memory"] = f"RAM {worker['resident_bytes'] / 1e9:.1f} GB"
    gpu = _gpu(worker)
    if gpu:
        parts["gpu"] = gpu
    if worker.get("trouble"):
        parts["trouble"] = printable(worker["trouble"])
    return parts


def _gpu(worker: Map) -> str:
    """`GPU 8.2/24.0 GB 97% 64 °C`: memory, load, temperature, as far as they are known."""
    used, total = worker.get("gpu_memory_used_bytes"), worker.get("gpu_memory_total_bytes")
    load, temperature = worker.get("gpu_load_percent"), worker.get("gpu_temperature_celsius")
    known = [
        f"{used / 1e9:.1f}/{total / 1e9:.1f} GB" if used is not None and total is not None else "",
        f"{load}%" if load is not None else "",
        f"{temperature} °C" if temperature is not None else "",
    ]
    text = " ".join(filter(None, known))
    return f"GPU {text}" if text else ""
